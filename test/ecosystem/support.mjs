// Runs programs that use libraries, and says whose TLS they ran on.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run as runProgram, skipBecause, start } from '../support/child.mjs';
import { fixture, fixturePath } from '../support/fixtures.mjs';
import { registered } from '../register/support.mjs';
import { subject, subjectPath } from '../support/subject.mjs';

const cache = process.env.OWNSSL_CACHE || join(os.homedir(), '.cache', 'ownssl');
const packages = join(cache, 'ecosystem');

/** How a program comes to use ownssl. */
export const ways = ['--require', '--import', 'passed'];

export const title = (how) =>
  how === 'passed' ? 'given sockets of ownssl, without register' : `over ownssl/register, ${how}`;

/** Skips the test unless the package is there and runs on this Node. */
export function library(context, name, { node = 0 } = {}) {
  if (!existsSync(join(packages, 'node_modules', name)))
    skipBecause(context, `${name} is not installed: npm run test:ecosystem`);
  if (Number(process.versions.node.split('.')[0]) < node)
    skipBecause(context, `${name} needs Node ${node}`);
  return join(packages, 'node_modules', name);
}

/** What a program needs to trust our servers and to show itself to them. */
const trust = {
  ca: fixture('root.crt').toString(),
  cert: fixture('server-ec-chain.crt').toString(),
  key: fixture('server-ec.key').toString(),
  clientCert: fixture('client-chain.crt').toString(),
  clientKey: fixture('client.key').toString(),
};

function command(app, how, options) {
  const file = fileURLToPath(new URL(`apps/${app}.mjs`, import.meta.url));
  const argument = JSON.stringify({ ...trust, subjectPath, packages, how, ...options });
  const args = [...(how === 'passed' ? [] : registered(how)), file, argument];
  return { args, env: { NODE_EXTRA_CA_CERTS: fixturePath('root.crt') } };
}

/** The result of a program that ran to its end. */
export async function run(app, how, options = {}) {
  const { args, env } = command(app, how, options);
  const { code, stdout, stderr } = await runProgram(process.execPath, args, { env });
  assert.equal(code, 0, stdout + stderr);
  return check(stdout, stderr, how);
}

/** A program that serves until `result()` is asked for. */
export async function serve(app, how, options = {}) {
  const { args, env } = command(app, how, options);
  const server = start(process.execPath, args, { env, ready: /^port (\d+)/m });
  const [, port] = await server.ready;
  return {
    port: Number(port),
    async result() {
      server.process.stdin.end();
      const { code } = await server.exited;
      assert.equal(code, 0, server.output());
      return check(server.output(), '', how);
    },
  };
}

function check(output, stderr, how) {
  const line = output.split('\n').findLast((each) => each.startsWith('{'));
  assert(line, output + stderr);
  const { result, registered: version, sockets } = JSON.parse(line);
  assert.equal(typeof version, how === 'passed' || subject === 'builtin' ? 'undefined' : 'string');
  assert(sockets.length > 0, 'the program has noted no socket');
  assert(!sockets.includes(false), 'a socket is not of the module under test');
  return { ...result, sockets: sockets.length };
}
