// Records that no library would send in such numbers: KeyUpdate messages of TLS 1.3, made by hand (RFC 8446, 4.6.3 and 7).
import { createCipheriv, createHmac } from 'node:crypto';

/** HKDF-Expand-Label of RFC 8446, 7.1, for outputs of at most one hash. */
function expand(secret, label, length) {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}

/** A record under a traffic secret of TLS_AES_128_GCM_SHA256; `sequence`: how many were sent before it, up to 255. */
export function encrypt(secret, type, message, sequence = 0) {
  const inner = Buffer.concat([message, Buffer.from([type])]);
  const header = Buffer.from([23, 3, 3, 0, 0]);
  header.writeUInt16BE(inner.length + 16, 3);
  const nonce = Buffer.from(expand(secret, 'iv', 12));
  nonce[11] ^= sequence;
  const cipher = createCipheriv('aes-128-gcm', expand(secret, 'key', 16), nonce);
  cipher.setAAD(header);
  return Buffer.concat([header, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
}

/**
 * So many KeyUpdate messages, each of which asks for one in return, and then `text`. `secret`: of keylog's
 * CLIENT_TRAFFIC_SECRET_0, under which nothing was sent yet.
 */
export function keyUpdates(secret, count, text) {
  const records = [];
  let current = secret;
  for (let i = 0; i < count; i++) {
    records.push(encrypt(current, 22, Buffer.from([24, 0, 0, 1, 1])));
    current = expand(current, 'traffic upd', 32);
  }
  records.push(encrypt(current, 23, Buffer.from(text)));
  return Buffer.concat(records);
}
