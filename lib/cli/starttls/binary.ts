// Protocols of packets: PostgreSQL, MySQL, LDAP.

import { refused, unexpected, type Conversation } from './conversation';
import { said } from './lines';

/** PostgreSQL's documentation, "Message Formats": SSLRequest, answered by one byte. */
export async function postgres(peer: Conversation): Promise<void> {
  const request = Buffer.alloc(8);
  request.writeUInt32BE(8, 0);
  request.writeUInt32BE(80877103, 4);
  peer.send(request);
  const [answer] = await peer.bytes(1);
  if (answer === 'S'.charCodeAt(0)) return;
  if (answer === 'N'.charCodeAt(0)) throw refused('the server has TLS switched off');
  if (answer !== 'E'.charCodeAt(0)) {
    throw unexpected(`this is no PostgreSQL: it answered with the byte ${answer}`);
  }
  // A server of before 7.0, or one that can not fork. Its words have no protection; they are only shown.
  throw refused('the server answers the request for TLS with an error');
}

const CLIENT_PROTOCOL_41 = 0x200;
const CLIENT_SSL = 0x800;
const CLIENT_SECURE_CONNECTION = 0x8000;

/** MySQL's "Protocol::HandshakeV10" and "Protocol::SSLRequest", which has no answer. */
export async function mysql(peer: Conversation): Promise<void> {
  const header = await peer.bytes(4);
  const size = header.readUIntLE(0, 3);
  if (size < 2 || size > 4096 || header[3] !== 0) {
    throw unexpected(`this is no MySQL: it begins with ${header.toString('hex')}`);
  }
  const hello = await peer.bytes(size);
  if (hello[0] === 0xff) {
    throw unexpected(`the server does not serve: ${said(hello.toString('latin1', 3))}`);
  }
  if (hello[0] !== 10) throw unexpected(`this is no MySQL of protocol 10, but of ${hello[0]}`);
  // Behind the version, which ends with a zero: 4 bytes of thread, 8 of a salt, a zero, 2 of capabilities.
  const capabilities = hello.indexOf(0, 1) + 1 + 4 + 8 + 1;
  if (capabilities + 2 > hello.length) throw unexpected('the greeting of MySQL is too short');
  if (!(hello.readUInt16LE(capabilities) & CLIENT_SSL)) {
    throw refused('the server has TLS switched off');
  }
  const request = Buffer.alloc(4 + 32);
  request.writeUIntLE(32, 0, 3);
  request[3] = 1;
  request.writeUInt32LE(CLIENT_PROTOCOL_41 | CLIENT_SSL | CLIENT_SECURE_CONNECTION, 4);
  request.writeUInt32LE(1 << 24, 8);
  // utf8mb4_general_ci
  request[12] = 45;
  peer.send(request);
}

const START_TLS_OID = '1.3.6.1.4.1.1466.20037';

/** Reads the length of BER (X.690, 8.1.3) that is at `offset`; undefined if it is not all there, or absurd. */
function berLength(bytes: Buffer, offset: number): { length: number; next: number } | undefined {
  const first = bytes[offset];
  if (first === undefined) return undefined;
  if (first < 0x80) return { length: first, next: offset + 1 };
  const count = first & 0x7f;
  if (count < 1 || count > 4 || offset + 1 + count > bytes.length) return undefined;
  return { length: bytes.readUIntBE(offset + 1, count), next: offset + 1 + count };
}

/** RFC 4511, 4.14: an extended request, message 1, and its result. */
export async function ldap(peer: Conversation): Promise<void> {
  const name = Buffer.from(START_TLS_OID);
  const operation = Buffer.concat([Buffer.from([0x77, name.length + 2, 0x80, name.length]), name]);
  const message = Buffer.concat([Buffer.from([0x02, 0x01, 0x01]), operation]);
  peer.send(Buffer.concat([Buffer.from([0x30, message.length]), message]));

  const head = await peer.bytes(2);
  const more = head[1]! < 0x80 ? Buffer.alloc(0) : await peer.bytes(head[1]! & 0x7f);
  const size = berLength(Buffer.concat([head.subarray(1), more]), 0);
  if (head[0] !== 0x30 || !size || size.length > 16 * 1024) {
    throw unexpected(`this is no LDAP: it begins with ${head.toString('hex')}`);
  }
  const body = await peer.bytes(size.length);
  // messageID, then [APPLICATION 24], whose first element is the result code.
  const id = body[0] === 0x02 ? berLength(body, 1) : undefined;
  const at = id ? id.next + id.length : 0;
  const response = body[at] === 0x78 ? berLength(body, at + 1) : undefined;
  const code = response && body[response.next] === 0x0a ? body[response.next + 2] : undefined;
  if (code === undefined) throw unexpected('this is no LDAP, or no answer to what was asked');
  if (code !== 0) throw refused(`the server refuses StartTLS with the result code ${code}`);
}
