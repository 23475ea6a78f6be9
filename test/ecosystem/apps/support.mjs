// What the programs share. Each is run by run() or serve() of ../support.mjs, in a process that either
// ownssl/register has put on ownssl, or that passes sockets of ownssl to its library (`passed`).
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
export const given = JSON.parse(process.argv[2]);
const subject = require(given.subjectPath);

/** What the program uses; libraries find node:tls by themselves. */
export const tls = given.how === 'passed' ? subject : require('node:tls');
export const passed = given.how === 'passed';

/** A package of the ecosystem's own folder. */
export const load = createRequire(join(given.packages, 'package.json'));

const sockets = [];

/** Notes a socket that the library works with. */
export function used(socket) {
  if (!sockets.includes(socket)) sockets.push(socket);
  return socket;
}

/** The result of the program, with what tells whose sockets were in use. */
export function report(result) {
  console.log(
    JSON.stringify({
      result,
      registered: process.versions.ownssl,
      sockets: sockets.map((socket) => socket instanceof subject.TLSSocket),
    }),
  );
}

/** For servers: tells the port, and resolves when the test has seen enough. */
export async function serveUntilEnd(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  console.log(`port ${server.address().port}`);
  await new Promise((resolve) => process.stdin.resume().on('end', resolve));
}

/** Bytes that compress badly and differ from place to place. */
export function pattern(size) {
  const bytes = Buffer.alloc(size);
  for (let i = 0, x = 1; i < size; i++) {
    x = (Math.imul(x, 1103515245) + 12345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

export const times = (count, make) => Promise.all(Array.from({ length: count }, (_, i) => make(i)));

export const event = (emitter, name) =>
  new Promise((resolve, reject) => {
    emitter.once(name, resolve);
    if (name !== 'error') emitter.once('error', reject);
  });

/** Notes the sockets of clients that a library opens by tls.connect(). */
export function watchConnects() {
  const { connect } = tls;
  tls.connect = (...args) => used(connect(...args));
}

/** Listens on loopback; the port. */
export const listening = (server) =>
  new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
