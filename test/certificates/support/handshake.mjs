// One handshake between a module under test and Node's own, in process, with a hostile certificate on one side.
import builtin from 'node:tls';
import { duplexPair } from '../../support/duplex.mjs';
import { pem } from './certificate.mjs';

const anything = 'DEFAULT:@SECLEVEL=0';

/** What the presenting side needs: Node's own OpenSSL, told to mind nothing. */
export function presentation({ chain, old, groups }) {
  return {
    secureContext: builtin.createSecureContext({
      cert: chain.map(({ der }) => pem(der)).join(''),
      key: chain[0].key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      ciphers: anything,
      ...(old ? { maxVersion: 'TLSv1.2' } : {}),
      ...(groups ? { ecdhCurve: groups } : {}),
    }),
  };
}

export const trusted = ({ trust }) => trust.map(({ der }) => pem(der));

/** Resolves to what `look(socket)` says of the client when it is connected, or to { code, message } of its error. */
export async function asClient(tls, { given, ca, host, look, ...options }) {
  const [near, far] = duplexPair();
  const server = new builtin.TLSSocket(far, { isServer: true, ...given });
  server.on('error', () => {});
  const client = tls.connect({ socket: near, host, servername: '', ca, ...options });
  return outcome(client, 'secureConnect', look, [client, server, near, far]);
}

/** The same for a server to which the certificate comes as a client's. */
export async function asServer(tls, { given, own, ca, ciphers, look, ...options }) {
  const [near, far] = duplexPair();
  const server = tls.createServer({
    ...own,
    ca,
    ciphers,
    requestCert: true,
    rejectUnauthorized: false,
    ...options,
  });
  const client = builtin.connect({
    socket: near,
    servername: '',
    rejectUnauthorized: false,
    ...given,
  });
  client.on('error', () => {});
  const settled = new Promise((resolve) => {
    server.once('secureConnection', (socket) => resolve(look(socket.on('error', () => {}))));
    server.once('tlsClientError', ({ code, message }) => resolve({ code, message }));
  });
  server.emit('connection', far);
  const result = await settled;
  for (const stream of [client, near, far]) stream.destroy();
  return result;
}

async function outcome(socket, event, look, streams) {
  const result = await new Promise((resolve) => {
    socket.once(event, () => resolve(look(socket)));
    socket.on('error', ({ code, message }) => resolve({ code, message }));
    socket.once('close', () => resolve({ code: 'CLOSED', message: 'closed without an error' }));
  });
  for (const stream of streams) stream.destroy();
  return result;
}
