// The rows of the matrix.
import * as c from './c.mjs';
import * as curl from './curl.mjs';
import * as gnutls from './gnutls.mjs';
import * as go from './go.mjs';
import * as haproxy from './haproxy.mjs';
import * as java from './java.mjs';
import * as nginx from './nginx.mjs';
import * as nss from './nss.mjs';
import * as openssl from './openssl.mjs';
import * as python from './python.mjs';

export const peers = [openssl, gnutls, nss, c, python, java, go, curl, nginx, haproxy].flatMap(
  (file) => file.peers,
);

export function findPeer(name) {
  const found = peers.find((peer) => peer.name === name);
  if (!found) throw new Error(`no peer is called ${name}`);
  return found;
}
