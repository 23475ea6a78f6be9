// Certificate messages of TLS 1.2 (RFC 5246) made by hand, for certificates that no server of OpenSSL would load.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { duplexPair } from '../../support/duplex.mjs';

const hex = (text) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const sized = (bytes, content) => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(content.length);
  return Buffer.concat([size.subarray(4 - bytes), content]);
};
const message = (type, content) => Buffer.concat([Buffer.from([type]), sized(3, content)]);

/** Handshake messages in records. */
function records(...messages) {
  const all = Buffer.concat(messages);
  const list = [];
  for (let at = 0; at < all.length; at += 16384)
    list.push(hex('16 0303'), sized(2, all.subarray(at, at + 16384)));
  return Buffer.concat(list);
}

/** The certificates, and a message that is out of order: who has read them complains of that. */
const certificates = (list) => [
  message(11, sized(3, Buffer.concat(list.map((der) => sized(3, der))))),
  message(1, Buffer.alloc(0)),
];

const cipher = hex('c02b'); // ECDHE-ECDSA-AES128-GCM-SHA256
const secureRenegotiation = hex('ff01 0001 00');
const hello = () => Buffer.concat([hex('0303'), randomBytes(32), sized(1, Buffer.alloc(0))]);

const serverHello = () =>
  message(2, Buffer.concat([hello(), cipher, hex('00'), sized(2, secureRenegotiation)]));

const clientHello = () => {
  const extensions = [
    secureRenegotiation,
    Buffer.concat([hex('000a'), sized(2, sized(2, hex('0017')))]), // groups: P-256
    Buffer.concat([hex('000b'), sized(2, sized(1, hex('00')))]), // uncompressed points
    Buffer.concat([hex('000d'), sized(2, sized(2, hex('0403 0503 0804 0401')))]), // signatures
  ];
  return message(
    1,
    Buffer.concat([hello(), sized(2, cipher), hex('01 00'), sized(2, Buffer.concat(extensions))]),
  );
};

/** What a client says to a server with these certificates (DER): the code of its error. */
export async function tellClient(tls, list, options = {}) {
  const [near, far] = duplexPair();
  const client = tls.connect({ socket: near, host: 'a.test', servername: '', ca: [], ...options });
  const failure = new Promise((resolve) => {
    client.once('error', resolve).once('secureConnect', () => resolve({ code: 'ok' }));
  });
  await once(far, 'data');
  far.resume();
  far.write(Buffer.concat([records(serverHello()), records(...certificates(list))]));
  const { code } = await failure;
  for (const stream of [client, near, far]) stream.destroy();
  return code;
}

/** What a server says to a client with these certificates: the code of its error. */
export async function tellServer(tls, list, own, options = {}) {
  const asks = { requestCert: true, rejectUnauthorized: false };
  const server = tls.createServer({ ...own, ...asks, ...options });
  const [near, far] = duplexPair();
  const failure = new Promise((resolve) => {
    server.once('tlsClientError', resolve);
    server.once('secureConnection', () => resolve({ code: 'ok' }));
  });
  server.emit('connection', far);
  near.write(records(clientHello()));
  await once(near, 'data');
  near.resume();
  near.write(records(...certificates(list)));
  const { code } = await failure;
  for (const stream of [near, far]) stream.destroy();
  return code;
}
