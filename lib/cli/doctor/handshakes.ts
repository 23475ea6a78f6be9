// Handshakes with itself, over loopback: a server and a client of this very library.

import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { SecureVersion } from 'node:tls';
import * as tls from '../..';
import { openssl } from '../../native/openssl';
import { problemFrom } from '../support/exit';
import { makeCertificate } from '../support/made-certificate';
import type { Finding } from './findings';

/** A handshake that takes longer has stalled. */
const PATIENCE = 10_000;

export async function handshakes(): Promise<Finding[]> {
  const made = makeCertificate(['localhost', '127.0.0.1']);
  const byCertificate = (version: SecureVersion) =>
    check(`handshake ${version}`, {
      server: { ...made, minVersion: version, maxVersion: version },
      client: { ca: made.cert, servername: 'localhost', minVersion: version, maxVersion: version },
    });
  const key = randomBytes(32);
  const ciphers = 'PSK+AESGCM:TLS_AES_128_GCM_SHA256';
  return [
    await byCertificate('TLSv1.3'),
    await byCertificate('TLSv1.2'),
    await check('handshake psk', {
      server: { ciphers, pskCallback: (_socket, name) => (name === 'doctor' ? key : null) },
      client: {
        ciphers,
        pskCallback: () => ({ identity: 'doctor', psk: key }),
        checkServerIdentity: () => undefined,
      },
    }),
  ];
}

interface Both {
  server: tls.TlsOptions;
  client: tls.ConnectionOptions;
}

async function check(name: string, both: Both): Promise<Finding> {
  try {
    return { check: name, result: 'ok', detail: await shake(both) };
  } catch (error) {
    const { message, code } = problemFrom(error);
    const detail = `${message}${code === undefined ? '' : ` (${code})`}`;
    // FIPS forbids what is tried here in some versions: then it is a fact, and no fault.
    return {
      check: name,
      result: openssl.fips && name.endsWith('psk') ? 'warning' : 'failed',
      detail,
    };
  }
}

/** Shakes hands and sends 100 kB there and back; resolves to what was negotiated. */
async function shake({ server: serverOptions, client: clientOptions }: Both): Promise<string> {
  const signal = AbortSignal.timeout(PATIENCE);
  const server = tls.createServer(serverOptions, (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  // The client meets the same error.
  server.on('tlsClientError', () => undefined);
  let client: tls.TLSSocket | undefined;
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening', { signal });
    const { port } = server.address() as AddressInfo;
    const begin = performance.now();
    client = tls.connect({ ...clientOptions, host: '127.0.0.1', port });
    await once(client, 'secureConnect', { signal });
    const took = Math.round((performance.now() - begin) * 10) / 10;
    const message = randomBytes(100_000);
    client.end(message);
    const chunks: Buffer[] = [];
    client.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [protocol, cipher] = [client.getProtocol(), client.getCipher()?.standardName];
    const group = client.getEphemeralKeyInfo()?.name;
    await once(client, 'end', { signal });
    if (!Buffer.concat(chunks).equals(message))
      throw new Error('what came back is not what was sent');
    return [protocol, cipher, group, `${took} ms`].filter((part) => part).join(', ');
  } finally {
    client?.destroy();
    server.close();
  }
}
