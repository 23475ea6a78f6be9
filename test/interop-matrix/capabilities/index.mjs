// The columns of the matrix.
import alpn from './alpn.mjs';
import { ecdsa, ed25519, rsa } from './certificates.mjs';
import clientCertificate from './client-certificate.mjs';
import channelBinding from './channel-binding.mjs';
import clientHello from './client-hello.mjs';
import dane from './dane.mjs';
import data from './data.mjs';
import earlyData from './early-data.mjs';
import ech from './ech.mjs';
import externalKey from './external-key.mjs';
import fragments from './fragments.mjs';
import { byPeer, byUs } from './half-close.mjs';
import keyUpdate from './key-update.mjs';
import large from './large.mjs';
import namedClientCertificate from './named-client-certificate.mjs';
import ocsp from './ocsp.mjs';
import postHandshake from './post-handshake.mjs';
import psk from './psk.mjs';
import rawPublicKey from './raw-public-key.mjs';
import resumption from './resumption.mjs';
import sni from './sni.mjs';
import ticketKeys from './ticket-keys.mjs';

export const capabilities = [
  ...[data, rsa, ecdsa, ed25519, clientCertificate, alpn, sni, psk, resumption, ocsp],
  ...[keyUpdate, large, fragments, byUs, byPeer, clientHello],
  ...[externalKey, rawPublicKey, earlyData, dane, channelBinding, ticketKeys, ech],
  ...[namedClientCertificate, postHandshake],
];
