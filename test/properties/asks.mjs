// What only ours asks in a handshake. Whatever the application takes for its answers, what comes after the handshake is
// the same.
import { createPublicKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { afterTurns } from '../faults/link.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { tls } from '../support/subject.mjs';

/** After so many turns of the event loop; null: nobody is asked. */
const turns = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 4 }) },
);

/**
 * `hello`: clientHelloCallback; `sign`: a server's key that is elsewhere; `raw`: the client's question whether it accepts a raw
 * public key; `certificate`: clientCertificateCallback, by a server that wants one; `resumes`: sessionCache; `early`: early data goes with the first message, where there is a session.
 */
export const asks = fc.record({
  hello: turns,
  sign: turns,
  raw: turns,
  certificate: turns,
  resumes: fc.boolean(),
  early: fc.boolean(),
});

const later = (count, value) =>
  count === 0 ? value : new Promise((resolve) => afterTurns(count, () => resolve(value)));

const KEY = 'server-ec.key';
const EARLY = 'what is sent early';
const contexts = new Map();
const shown = tls.createSecureContext?.(identity('client'));
/** One function for each number of turns: sessions are shared by connections with the same. */
const choosers = Array.from({ length: 5 }, (_, count) => () => later(count, shown));
let cache;

function contextsFor(range, elsewhere) {
  const name = JSON.stringify([range, elsewhere]);
  if (!contexts.has(name)) {
    // It is read at each signature, so that one context serves all programs.
    const delay = { turns: 0 };
    const key = {
      publicKey: createPublicKey(fixture(KEY)),
      sign: (data, { hash }) => later(delay.turns, sign(hash, data, fixture(KEY))),
    };
    const server = tls.createSecureContext({
      ...identity('server-ec'),
      ca,
      // A server that asks for certificates resumes no session without it.
      sessionIdContext: 'properties',
      ...(elsewhere && { key }),
      ...range,
    });
    contexts.set(name, { delay, server, client: tls.createSecureContext({ ca, ...range }) });
  }
  return contexts.get(name);
}

/** A session of a connection that has come to a good end: OpenSSL forgets those of others. */
async function sessionOf(server, client) {
  const [near, far] = duplexPair();
  const accepted = new tls.TLSSocket(far, { isServer: true, ...server });
  const visitor = tls.connect({ socket: near, servername: 'localhost', ...client });
  let session;
  visitor.on('session', (given) => {
    session = given;
  });
  accepted.on('end', () => accepted.end()).resume();
  const gone = [accepted, visitor].map((socket) => once(socket, 'close'));
  await once(visitor, 'secureConnect');
  visitor.resume().end();
  await Promise.all(gone);
  return session;
}

/**
 * Resolves to { client, server, watch(server, faults) }: the options of both ends, and what has to be true of early data.
 */
export async function asked({ hello, sign: signs, raw, certificate, resumes, early }, version) {
  const range = { minVersion: version, maxVersion: version };
  const { client, delay, server } = contextsFor(range, signs !== null);
  delay.turns = signs ?? 0;
  const takesRaw = raw !== null && tls.openssl.features.rawPublicKeys;
  const sendsEarly = early && version === 'TLSv1.3';
  cache ??= new tls.SessionCache();
  const ours = {
    server: {
      secureContext: server,
      ...(hello !== null && { clientHelloCallback: () => later(hello) }),
      ...(takesRaw && { rawPublicKey: { present: true } }),
      ...(certificate !== null && { requestCert: true, rejectUnauthorized: true }),
      ...(sendsEarly && { maxEarlyData: 100 }),
    },
    client: {
      secureContext: client,
      ...(takesRaw && { rawPublicKey: { accept: () => later(raw, true) } }),
      ...(certificate !== null && { clientCertificateCallback: choosers[certificate] }),
      ...(resumes && { sessionCache: cache }),
    },
  };
  if (sendsEarly) {
    const session = await sessionOf(ours.server, ours.client);
    Object.assign(ours.client, { session, earlyData: EARLY });
  }
  const watch = (socket, faults) => {
    const heard = [];
    socket.on('secure', () => {
      const owner = socket.getPeerCertificate().subject?.CN;
      const wanted = certificate === null ? undefined : 'client';
      if (owner !== wanted) faults.push(`the certificate of ${owner}, not of ${wanted}`);
    });
    socket.on('earlyData', (data) => heard.push(String(data)));
    socket.on('close', () => {
      const wanted = sendsEarly ? EARLY : '';
      if (heard.join('') !== wanted) faults.push(`early data: '${heard}', not '${wanted}'`);
    });
  };
  return { ...ours, watch };
}
