// What has to be refused, and the error code that has to say so.
import { connectPlain } from '../../test/support/ends.mjs';
import { failure } from '../../test/support/events.mjs';
import { fixture } from '../../test/support/fixtures.mjs';
import { open } from './exchanges.mjs';
import { opensslServer, plainServer, psk } from './peers.mjs';

const wrongKey = Buffer.from('7f3a91c05e', 'hex');
const withKey = (key) => ({
  pskCallback: () => ({ identity: psk.identity, psk: key }),
  checkServerIdentity: () => undefined,
});

// The alert that a wrong key brings has other names in other versions of OpenSSL.
const alert = (name) => new RegExp(`^ERR_SSL_\\w*(/TLS)?_?ALERT_(${name})$`);

export const refusals = [
  {
    what: 'certificate of an unknown authority',
    server: () => opensslServer('certificate'),
    options: () => ({ ca: fixture('other-root.crt') }),
    code: /^UNABLE_TO_GET_ISSUER_CERT_LOCALLY$/,
  },
  {
    what: 'certificate for another host',
    server: () => opensslServer('wrong host'),
    code: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
  },
  {
    what: 'expired certificate',
    server: () => opensslServer('expired'),
    code: /^CERT_HAS_EXPIRED$/,
  },
  {
    what: 'wrong pre-shared key, TLS 1.2',
    server: () => opensslServer('PSK, TLS 1.2'),
    options: () => ({ ...withKey(wrongKey), ciphers: 'PSK+HIGH' }),
    code: alert('BAD_RECORD_MAC|DECRYPT_ERROR'),
  },
  {
    what: 'wrong pre-shared key, TLS 1.3',
    server: () => opensslServer('PSK, TLS 1.3'),
    options: () => withKey(wrongKey),
    code: alert('ILLEGAL_PARAMETER|DECRYPT_ERROR'),
  },
  {
    what: 'no client certificate where one is required',
    server: () => opensslServer('client certificate'),
    options: () => ({ maxVersion: 'TLSv1.2' }),
    code: alert('HANDSHAKE_FAILURE'),
  },
  {
    what: 'server that speaks plain HTTP',
    server: plainServer,
    code: /^ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/,
  },
];

/** Resolves to the error that a connection to `server` is refused with; rejects if it is not. */
export function refused({ options = () => ({}) }, server) {
  const socket = open({ socket: connectPlain(server.port), ...options() });
  return failure(socket, 'secureConnect');
}
