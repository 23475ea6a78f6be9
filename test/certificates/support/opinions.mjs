// What one implementation of tls thinks of an entry of the corpus.
import { certificate, key, pem } from './certificate.mjs';
import { formatting } from './formatting.mjs';
import { asClient, asServer, presentation, trusted } from './handshake.mjs';
import { tellClient, tellServer } from './raw.mjs';

const server = certificate({ subject: 'server', key: key('server') });
const own = {
  cert: pem(server.der),
  key: server.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
};

/** Distributions choose different levels by default; this one needs 112 bits of security. */
const ciphers = 'DEFAULT@SECLEVEL=2';

/** The hosts that an entry is asked about: one is enough where the chain is refused anyway. */
export function hostsOf({ is, isNot, refused, unreadable }) {
  if (unreadable) return [];
  const all = [...is, ...isNot];
  return refused ? all.slice(0, 1) : all;
}

/**
 * Codes of refusals ('ok' where there is none) by question: 'as client' and 'as server' look at the chain alone, the
 * others at it and a host. `formatted` is what can be read of the certificates.
 */
export async function opinion(tls, entry) {
  if (entry.unreadable)
    return unreadable(
      tls,
      entry.chain.map(({ der }) => der),
    );
  const answers = new Map();
  const formatted = new Map();
  const given = presentation(entry);
  const ca = trusted(entry);
  const look = (question) => (socket) => {
    formatted.set(question, formatting(socket));
    return { code: socket.authorizationError ?? 'ok' };
  };
  const ask = async (question, answer) => answers.set(question, (await answer).code);
  const unchecked = { rejectUnauthorized: false, checkServerIdentity: () => undefined };
  const asked = { given, ca, ciphers };
  await ask(
    'as client',
    asClient(tls, { ...asked, host: 'a.test', look: look('as client'), ...unchecked }),
  );
  await ask('as server', asServer(tls, { ...asked, own, look: look('as server') }));
  for (const host of hostsOf(entry))
    await ask(host, asClient(tls, { ...asked, host, look: () => ({ code: 'ok' }) }));
  return { answers, formatted };
}

/** The same of certificates that do not parse. */
export async function unreadable(tls, list) {
  const answers = new Map([
    ['as client', await tellClient(tls, list)],
    ['as server', await tellServer(tls, list, own)],
  ]);
  return { answers, formatted: new Map() };
}

/** One handshake, for the first host that the entry speaks of: { answer, expected }. */
export async function firstImpression(tls, entry) {
  const { is, isNot, refused, chain } = entry;
  if (entry.unreadable) {
    const { answers } = await unreadable(
      tls,
      chain.map(({ der }) => der),
    );
    return { answer: [...answers.values()].find((answer) => answer === 'ok'), expected: 'refused' };
  }
  const look = (socket) => {
    formatting(socket);
    return { code: socket.authorizationError ?? 'ok' };
  };
  const [host = 'a.test'] = [...is, ...isNot];
  const asked = { given: presentation(entry), ca: trusted(entry), ciphers, host, look };
  const { code } = await asClient(tls, { ...asked, rejectUnauthorized: false });
  return { answer: code, expected: !refused && is.includes(host) ? 'ok' : 'refused' };
}
