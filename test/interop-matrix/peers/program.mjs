// Peers that we wrote a program for, in programs/. All understand the same environment variables, are a pipe between
// their standard streams and TLS, and tell what they see as name=value on standard error:
//   INTEROP_ROLE (server, client), _VERSION (TLSv1.2, TLSv1.3), _PORT (of a client), _CERT, _KEY, _CA (files), _NAME (the
//   servername of a client), _ALPN (one,two), _CERT2, _KEY2, _NAME2 (a second certificate, by its servername), _PSK (hex),
//   _PSK_IDENTITY, _OCSP (a server's response; 1 for a client: ask), _VERIFY (a server asks for certificates), _RESUME (a
//   client: read the first connection to its end, then connect once more with its session), _HALF_CLOSE (go on sending after
//   the end of what is received), _UPDATE_KEYS (before anything is sent), _LATER
//   (a server asks for a certificate when it has read something; a client can be asked)
import { chain, fixturePath, keyOf } from './files.mjs';

const names = [
  'version',
  'cipher',
  'alpn',
  'servername',
  'client',
  'reused',
  'ocsp',
  'eof',
  'updated',
  'later',
];

/** The two ways to start a program. `silent` are the facts that it can't tell. */
export function program(command, { args = [], silent = [] } = {}) {
  const told = names.filter((name) => !silent.includes(name));
  const facts = Object.fromEntries(told.map((name) => [name, new RegExp(`^${name}=(.+)$`, 'm')]));
  const start = (role, wish) => ({ command, args, facts, env: environment(role, wish) });
  return {
    server: (wish) => ({ ...start('server', wish), ready: /^port=(\d+)$/m }),
    client: (wish) => start('client', wish),
  };
}

function environment(role, wish) {
  const values = {
    ROLE: role,
    VERSION: wish.version,
    PORT: wish.port,
    CERT: wish.identity && chain(wish.identity),
    KEY: wish.identity && keyOf(wish.identity),
    CA: wish.psk ? undefined : fixturePath('root.crt'),
    NAME: wish.servername,
    ALPN: wish.alpn?.join(','),
    CERT2: wish.second && chain(wish.second.identity),
    KEY2: wish.second && keyOf(wish.second.identity),
    NAME2: wish.second?.servername,
    PSK: wish.psk?.key,
    PSK_IDENTITY: wish.psk?.identity,
    OCSP: wish.ocsp,
    VERIFY: wish.verify && '1',
    RESUME: wish.resume && '1',
    HALF_CLOSE: wish.halfClose && '1',
    LATER: (wish.asksLater || wish.answersLater) && '1',
    UPDATE_KEYS: wish.updateKeys && '1',
  };
  const given = Object.entries(values).filter(([, value]) => value);
  return Object.fromEntries(given.map(([name, value]) => [`INTEROP_${name}`, String(value)]));
}
