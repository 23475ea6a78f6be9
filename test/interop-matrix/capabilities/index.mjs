// The columns of the matrix.
import alpn from './alpn.mjs';
import { ecdsa, ed25519, rsa } from './certificates.mjs';
import clientCertificate from './client-certificate.mjs';
import clientHello from './client-hello.mjs';
import data from './data.mjs';
import fragments from './fragments.mjs';
import { byPeer, byUs } from './half-close.mjs';
import keyUpdate from './key-update.mjs';
import large from './large.mjs';
import ocsp from './ocsp.mjs';
import psk from './psk.mjs';
import resumption from './resumption.mjs';
import sni from './sni.mjs';

export const capabilities = [
  ...[data, rsa, ecdsa, ed25519, clientCertificate, alpn, sni, psk, resumption, ocsp],
  ...[keyUpdate, large, fragments, byUs, byPeer, clientHello],
];
