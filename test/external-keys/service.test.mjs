// A signing service in another process: handshakes wait for it side by side.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { start } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { connect, serve } from '../support/ends.mjs';
import { failure, once } from '../support/events.mjs';
import { fixture, fixturePath } from '../support/fixtures.mjs';
import { socketPath } from '../support/paths.mjs';
import { ofOwnsslOnly } from './support.mjs';

const signer = fileURLToPath(new URL('signer.mjs', import.meta.url));
const MANY = 64;

/** A key whose private half is with the service, which waits until it has `gate` requests. */
async function remoteKey(name, gate) {
  const path = socketPath();
  const args = [signer, fixturePath(`${name}.key`), path, String(gate)];
  const service = start(process.execPath, args, { ready: /READY/ });
  await service.ready;
  const socket = tidy(net.connect(path));
  const waiting = new Map();
  const came = [];
  // It tells of the socket's errors as well.
  const lines = createInterface(socket).on('error', () => {});
  lines.on('line', (line) => {
    const { id, signature, came: number } = JSON.parse(line);
    came.push(number);
    waiting.get(id).resolve(Buffer.from(signature, 'base64'));
    waiting.delete(id);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('The signer is gone'));
  });
  let last = 0;
  const key = {
    publicKey: createPublicKey(fixture(`${name}.key`)),
    sign(data, { hash, padding, saltLength }) {
      const id = (last += 1);
      const request = { id, data: data.toString('base64'), hash, padding, saltLength };
      socket.write(`${JSON.stringify(request)}\n`);
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        key.onrequest?.();
      });
    },
  };
  return { key, service, came, waiting };
}

describe('a signing service in another process', function () {
  this.timeout(60_000);
  ofOwnsslOnly();

  for (const [name, version] of [
    ['server-ec', 'TLSv1.3'],
    ['server-rsa', 'TLSv1.2'],
  ]) {
    it(`has ${MANY} questions before it answers the first: ${name}, ${version}`, async () => {
      const { key, came } = await remoteKey(name, MANY);
      const cert = fixture(`${name}-chain.crt`);
      const { port } = await serve({ cert, key, minVersion: version, maxVersion: version });
      const clients = Array.from({ length: MANY }, () => connect({ port }));
      await Promise.all(clients.map((client) => once(client, 'secureConnect')));
      assert.ok(clients.every((client) => client.authorized));
      assert.deepEqual(came, Array(MANY).fill(MANY));
    });
  }

  it('that ends fails the handshakes that wait for it', async () => {
    const { key, service, waiting } = await remoteKey('server-ec', MANY);
    const { server, port } = await serve({ cert: fixture('server-ec-chain.crt'), key });
    const errors = [];
    const told = new Promise((resolve) => {
      server.on('tlsClientError', (error) => {
        if (errors.push(error.message) === 3) resolve();
      });
    });
    key.onrequest = () => {
      if (waiting.size === 3) service.process.kill();
    };
    const clients = Array.from({ length: 3 }, () => failure(connect({ port }), 'secureConnect'));
    await Promise.all([...clients, told]);
    assert.deepEqual(errors, Array(3).fill('The signer is gone'));
  });
});
