// Programs that speak HTTP/2 under register.
import assert from 'node:assert/strict';
import { run } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';
import { registered } from './support.mjs';

const prelude = `
const assert = require('assert');
const { readFileSync } = require('fs');
const http2 = require('http2');
const net = require('net');
const tls = require('tls');
const ca = readFileSync(${JSON.stringify(fixturePath('root.crt'))});
const identity = (name) => ({
  cert: readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name + '-chain.crt'),
  key: readFileSync(${JSON.stringify(fixturePath('.'))} + '/' + name + '.key'),
});
const lookup = (host, options, callback) =>
  options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
const listen = (server, then) => server.listen(0, '127.0.0.1', () => then(server.address().port));
const show = (value) => console.log(JSON.stringify(value));
`;

/** @returns what it has shown with `show()`. */
export async function http2Program(source) {
  const { code, stdout, stderr } = await run(process.execPath, [
    ...registered(),
    '-e',
    `${prelude}${source}`,
  ]);
  assert.equal(stderr, '');
  assert.equal(code, 0);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
