// Every callback and event of the API × what an application may do in it: throw, reject, never answer, destroy, end,
// write, collect garbage.
import { constants, createPublicKey, privateDecrypt, sign } from 'node:crypto';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { gc } from '../support/memory.mjs';
import { tls } from '../support/subject.mjs';
import { isAlert } from './exchange.mjs';
import { openLink } from './link.mjs';
import { verdictOf } from './verdict.mjs';
import { withDeadline } from './watch.mjs';

/** For those that never answer: handshakeTimeout, in ms. */
const PATIENCE = 60;

const psk = {
  server: { ciphers: 'PSK+HIGH:TLS_AES_128_GCM_SHA256', pskIdentityHint: 'hint' },
  client: {
    ciphers: 'PSK+HIGH:TLS_AES_128_GCM_SHA256',
    checkServerIdentity: () => undefined,
  },
  key: Buffer.alloc(32, 1),
};
const certificate = identity('server-ec');
const serverContext = tls.createSecureContext(certificate);
/** A key that is elsewhere, whose sign() is the function in question; and its good answer. */
const elsewhere = (name) => (callback) => ({
  cert: fixture(`${name}-chain.crt`),
  key: { publicKey: createPublicKey(fixture(`${name}.key`)), sign: callback },
});
/** Raw public keys are taken by the function in question. */
const accepts = (callback) => ({ rawPublicKey: { accept: callback } });
const present = { rawPublicKey: { present: true } };
/** A store of sessions with the function in question. */
const storing = (name) => (callback) => ({
  sessionCache: { get: () => undefined, set: () => {}, delete: () => {}, [name]: callback },
});
const ech = tls.openssl?.features.encryptedClientHello
  ? tls.generateEchKeys({ publicName: 'b.example.net' })
  : {};
/** Of TLS 1.2, where the client encrypts the secret for the server's key. */
const rsaKeyExchange = { ciphers: 'AES128-GCM-SHA256' };
const signature = (name) => (data, options) => sign(options.hash, data, fixture(`${name}.key`));

/**
 * The callbacks in which the application has a say: whose it is, the option (or a function that makes the options), the good answer;
 * `calls`: it answers through its last argument. Where the question is put by an event of the server, `event` names it.
 * `feature`: of the OpenSSL that it needs; `sync`: it can't wait for an answer.
 */
export const questions = {
  SNICallback: { at: 'server', option: 'SNICallback', calls: true, good: () => serverContext },
  clientHelloCallback: {
    at: 'server',
    option: 'clientHelloCallback',
    calls: true,
    good: () => ({ secureContext: serverContext }),
  },
  ALPNCallback: {
    at: 'server',
    option: 'ALPNCallback',
    client: { ALPNProtocols: ['a'] },
    good: () => 'a',
  },
  'pskCallback of the server': {
    at: 'server',
    option: 'pskCallback',
    server: psk.server,
    client: { ...psk.client, pskCallback: () => ({ psk: psk.key, identity: 'i' }) },
    good: () => psk.key,
  },
  'pskCallback of the client': {
    at: 'client',
    option: 'pskCallback',
    server: { ...psk.server, pskCallback: () => psk.key },
    client: psk.client,
    good: () => ({ psk: psk.key, identity: 'i' }),
    // Its answer is a part of the ClientHello: the server has heard nothing yet.
    first: true,
  },
  'sign of the server': {
    at: 'server',
    options: elsewhere('server-ec'),
    calls: true,
    good: signature('server-ec'),
  },
  'sign of the client': {
    at: 'client',
    options: elsewhere('client'),
    calls: true,
    server: { requestCert: true, ca },
    good: signature('client'),
  },
  'decrypt of the server': {
    at: 'server',
    options: (callback) => ({
      cert: fixture('server-rsa-chain.crt'),
      key: {
        publicKey: createPublicKey(fixture('server-rsa.key')),
        sign: signature('server-rsa'),
        decrypt: callback,
      },
      ...rsaKeyExchange,
    }),
    client: rsaKeyExchange,
    versions: ['TLSv1.2'],
    calls: true,
    good: (data) =>
      privateDecrypt({ key: fixture('server-rsa.key'), padding: constants.RSA_NO_PADDING }, data),
  },
  clientCertificateCallback: {
    at: 'client',
    option: 'clientCertificateCallback',
    calls: true,
    server: { requestCert: true, ca },
    good: () => identity('client'),
  },
  'clientCertificateCallback, asked later': {
    at: 'client',
    option: 'clientCertificateCallback',
    calls: true,
    versions: ['TLSv1.3'],
    server: { ca },
    client: { postHandshakeAuth: true },
    good: () => identity('client'),
    // The server asks when the connection is established.
    asksLater: true,
    late: true,
    after: true,
  },
  'SNICallback behind Encrypted ClientHello': {
    at: 'server',
    option: 'SNICallback',
    calls: true,
    good: () => serverContext,
    feature: 'encryptedClientHello',
    versions: ['TLSv1.3'],
    server: { echKeys: ech.pem },
    client: { echConfigList: ech.configList },
  },
  'accept of the client': {
    at: 'client',
    options: accepts,
    server: present,
    good: () => true,
    feature: 'rawPublicKeys',
  },
  'accept of the server': {
    at: 'server',
    options: accepts,
    server: { requestCert: true },
    client: { ...identity('client'), ...present },
    good: () => true,
    feature: 'rawPublicKeys',
  },
  'get of sessionCache': {
    at: 'client',
    options: storing('get'),
    good: () => undefined,
    sync: true,
    // The server hears of nothing but the end.
    before: true,
  },
  'set of sessionCache': {
    at: 'client',
    options: storing('set'),
    good: () => undefined,
    sync: true,
    late: true,
    after: true,
  },
  checkServerIdentity: { at: 'client', option: 'checkServerIdentity', good: () => undefined },
  OCSPRequest: {
    at: 'server',
    event: 'OCSPRequest',
    calls: true,
    client: { requestOCSP: true },
    good: () => Buffer.from('response'),
  },
  OCSPResponse: {
    at: 'client',
    event: 'OCSPResponse',
    client: { requestOCSP: true },
    server: { ocsp: true },
    good: () => undefined,
    // An event: what listeners return is nobody's business.
    listens: true,
  },
  newSession: {
    at: 'server',
    event: 'newSession',
    calls: true,
    server: { secureOptions: constants.SSL_OP_NO_TICKET },
    good: () => undefined,
    // OpenSSL asks when the handshake is over, and has no way to take it back: the connection ends, without an alert.
    late: true,
    // As in Node, its callback only says that the session is kept: nobody looks at what it is called with, or how often.
    signals: true,
  },
  resumeSession: {
    at: 'server',
    event: 'resumeSession',
    calls: true,
    server: { secureOptions: constants.SSL_OP_NO_TICKET },
    resumes: true,
    good: () => null,
  },
};

/** Events that only tell. What a listener throws is not caught by anybody, as with any emitter. */
export const events = {
  'keylog of the client': { at: 'client', event: 'keylog' },
  'keylog of the server': { at: 'server', event: 'keylog' },
  session: { at: 'client', event: 'session' },
  earlyData: {
    at: 'server',
    event: 'earlyData',
    versions: ['TLSv1.3'],
    server: { maxEarlyData: 1000 },
    client: { earlyData: 'early' },
    resumes: true,
  },
  'secure of the client': { at: 'client', event: 'secure' },
  'secure of the server': { at: 'server', event: 'secure' },
  secureConnect: { at: 'client', event: 'secureConnect' },
  'data of the client': { at: 'client', event: 'data' },
  'data of the server': { at: 'server', event: 'data' },
  'end of the client': { at: 'client', event: 'end' },
  'end of the server': { at: 'server', event: 'end' },
  finish: { at: 'client', event: 'finish' },
  close: { at: 'client', event: 'close' },
};

const cause = () => new Error('on purpose');

/** What an application does instead of an answer. `fails`: the handshake ends by it, and the peer gets an alert. */
export const behaviours = {
  throws: {
    fails: true,
    act() {
      throw cause();
    },
  },
  rejects: { fails: true, promises: true, act: () => Promise.reject(cause()) },
  'answers an error': { fails: true, calls: true, act: (socket, reply) => reply(cause()) },
  'answers an error, later': {
    fails: true,
    calls: true,
    act: (socket, reply) => void setImmediate(reply, cause()),
  },
  'answers twice': {
    fails: true,
    silent: true, // Whatever it is that goes on in the application: no more of it.
    calls: true,
    act(socket, reply, good) {
      reply(null, good);
      reply(null, good);
    },
  },
  'answers later': {
    calls: true,
    act: (socket, reply, good) => void setImmediate(reply, null, good),
  },
  'promises an answer': {
    promises: true,
    act: (socket, reply, good) => new Promise((resolve) => setImmediate(resolve, good)),
  },
  'never answers': { never: true, act: () => new Promise(() => {}) },
  'destroys the socket': {
    destroys: true,
    needsSocket: true,
    act: (socket) => void socket().destroy(),
  },
  'destroys the socket, with an error': {
    destroys: true,
    needsSocket: true,
    act: (socket) => void socket().destroy(cause()),
  },
  'destroys, and answers': {
    destroys: true,
    needsSocket: true,
    act(socket, reply, good) {
      socket().destroy();
      return answers(reply, good);
    },
  },
  'ends the socket, and answers': {
    ends: true,
    needsSocket: true,
    act(socket, reply, good) {
      socket().end();
      return answers(reply, good);
    },
  },
  'writes, and answers': {
    needsSocket: true,
    act(socket, reply, good) {
      if (socket().writable) socket().write('from within');
      return answers(reply, good);
    },
  },
  'collects garbage, and answers': {
    act(socket, reply, good) {
      gc();
      return answers(reply, good);
    },
  },
};

function answers(reply, good) {
  reply?.(null, good);
  return good;
}

/** Whether a question, or an event, comes with this version, and with the OpenSSL in use. */
export const comes = ({ feature, versions = [] }, version) =>
  (feature === undefined || tls.openssl.features[feature]) &&
  (versions.length === 0 || versions.includes(version));

/** Which behaviours make sense where. */
export function fits(question, behaviour) {
  if (question.sync && (behaviour.promises || behaviour.never)) return false;
  // The program does not have the socket yet.
  if (question.before && behaviour.needsSocket) return false;
  if (behaviour.calls && !question.calls) return false;
  if (question.listens && (behaviour.promises || behaviour.never)) return false;
  return !(behaviour.promises && question.event);
}

/** Events have nothing to answer. */
export const tells = (behaviour) => !behaviour.calls && !behaviour.promises && !behaviour.never;

/**
 * One connection in which the application does `behaviour` when it is asked, or told; resolves to complaints. `strays` gets
 * uncaught exceptions, which are taken out of it where they are due.
 */
export async function ask({ label, question, behaviour, over, version, pairs, strays }) {
  const range = { minVersion: version, maxVersion: version };
  const sockets = {};
  const errors = { client: [], server: [] };
  const secure = { client: false, server: false };
  let asked = 0;
  const handler = function (...args) {
    asked += 1;
    const reply = question.calls ? args.at(-1) : undefined;
    // pskCallback of a client is called before tls.connect() has returned.
    const socket = this instanceof tls.TLSSocket ? this : sockets[question.at];
    return behaviour.act(() => socket, reply, question.good?.(...args));
  };
  const makes = question.options ?? ((callback) => ({ [question.option]: callback }));
  const isOption = question.event === undefined;
  const optionAt = (end) => (question.at === end && isOption ? makes(handler) : {});

  const { ocsp, ...serverOptions } = { ...question.server, ...optionAt('server') };
  const anonymous = serverOptions.pskCallback !== undefined;
  const listener = tls.createServer({
    ...(anonymous ? {} : certificate),
    ...range,
    ...serverOptions,
  });
  if (ocsp) listener.on('OCSPRequest', (cert, issuer, reply) => reply(null, Buffer.from('status')));
  const onServer = question.at === 'server' && !isOption;
  const asksServer = onServer && question.good !== undefined;
  if (asksServer) listener.on(question.event, handler);

  const early = serverOptions.maxEarlyData > 0;
  const session = question.resumes
    ? await sessionFor(range, early ? listener._sharedCreds : undefined, serverOptions)
    : undefined;
  const link = await openLink(null, over === 'tcp' ? pairs : null);
  sockets.server = new tls.TLSSocket(link.server, {
    ...serverOptions,
    isServer: true,
    server: listener,
    secureContext: listener._sharedCreds,
    handshakeTimeout: behaviour.never ? PATIENCE : undefined,
  });
  sockets.client = tls.connect({
    ...{ socket: link.client, ca, servername: 'localhost', session, ...range },
    ...{ ...question.client, ...optionAt('client') },
  });
  if (behaviour.never) sockets.client.setTimeout(2 * PATIENCE, () => sockets.client.destroy());
  const gone = Object.entries(sockets).map(([name, socket]) => {
    socket.on('error', (error) => errors[name].push(error));
    socket.on('secure', () => {
      secure[name] = true;
    });
    socket.resume();
    return new Promise((resolve) => socket.once('close', resolve));
  });
  if (question.event && !asksServer) sockets[question.at].on(question.event, handler);
  sockets.server.on('secure', () => sockets.server.writable && sockets.server.write('welcome'));
  sockets.server.on('end', () => sockets.server.end());
  let later = null;
  if (question.asksLater) {
    sockets.server.on('secure', () => {
      later = verdictOf(sockets.server);
      later.then(() => sockets.server.end());
    });
    sockets.client.on('end', () => sockets.client.end());
  }
  sockets.client.on('secureConnect', () => {
    if (!sockets.client.writable) return;
    if (question.asksLater) sockets.client.write('hello');
    else sockets.client.end('hello');
  });
  const abandon = () => Object.values(sockets).forEach((socket) => socket.destroy());
  // Nobody knows what was left undone: a program ends such a connection, or itself.
  if (question.good === undefined && behaviour.fails) process.once('uncaughtException', abandon);

  const said = () =>
    Object.entries(errors).map(
      ([name, list]) => `${name}: ${list.map((e) => e.code ?? e.message)}`,
    );
  const complaints = [];
  const check = (condition, what) => {
    if (!condition)
      complaints.push(`${label}: ${what} (asked ${asked} times; ${said().join('; ')})`);
  };
  try {
    await withDeadline(Promise.all(gone));
    // On a busy machine the short time for the handshake may be over before.
    check(asked > 0 || behaviour.never, 'was not asked');
    if (question.asksLater) judgeVerdict(behaviour, await withDeadline(later), check);
    if (question.good === undefined) judgeEvent(behaviour, errors, strays, check);
    else judgeQuestion({ question, behaviour, errors, secure, version, check });
  } catch (error) {
    check(false, error.message);
    abandon();
  }
  process.off('uncaughtException', abandon);
  link.dispose();
  return complaints;
}

const onPurpose = (error) => error?.message === 'on purpose';

function judgeEvent(behaviour, errors, strays, check) {
  const all = [...errors.client, ...errors.server];
  if (behaviour.fails) {
    check(strays.length > 0, 'the exception was swallowed');
    for (const stray of strays.splice(0)) check(/on purpose/.test(stray), stray);
  } else if (behaviour.destroys) {
    for (const error of all) check(onPurpose(error) || error.code, `${error.stack}`);
  } else {
    check(all.length === 0, 'an error');
  }
}

function judgeQuestion({ question, behaviour, errors, secure, version, check }) {
  const other = question.at === 'client' ? 'server' : 'client';
  const [mine, theirs] = [errors[question.at], errors[other]];
  check(mine.length <= 1 && theirs.length <= 1, 'more than one error');
  if (behaviour.never) {
    check(!secure[question.at] || question.after, 'is secure without an answer');
  } else if (behaviour.destroys) {
    check(mine.every(onPurpose), 'an error of its own');
    check(!secure[question.at] || question.after, 'is secure after destroy()');
  } else if (behaviour.fails && !(question.signals && behaviour.calls)) {
    check(mine.length === 1, 'no error');
    check(
      mine.every((error) => onPurpose(error) || error.code === 'ERR_MULTIPLE_CALLBACK'),
      'what?',
    );
    if (question.late) return;
    check(!secure[question.at], 'is secure in spite of it');
    // A bare TLSSocket of a server is not told that its client has gone.
    const unheard = (behaviour.silent && question.at === 'client') || question.before;
    check(theirs.length === 1 || unheard, 'the peer noticed nothing');
    const silent = behaviour.silent || question.before || (question.first && version === 'TLSv1.3');
    if (!silent) check(theirs.every(isAlert), 'the peer got no alert');
  } else {
    check(mine.length + theirs.length === 0, 'an error');
    check(secure.client && secure.server, 'not secure');
  }
}

function judgeVerdict(behaviour, verdict, check) {
  const { authorized, code, stack } = verdict ?? {};
  check(authorized !== undefined || typeof code === 'string', `no verdict, nor a code: ${stack}`);
  if (behaviour.fails || behaviour.never || behaviour.destroys) {
    check(!authorized, 'the client is authorized in spite of it');
  } else if (!behaviour.ends) {
    check(authorized, `the client is not authorized: ${code}`);
  }
}

/** A session that the client can ask to resume. */
async function sessionFor(range, context, { maxEarlyData } = {}) {
  const link = await openLink(null);
  const secureContext =
    context ??
    tls.createSecureContext({
      ...certificate,
      ...range,
      secureOptions: constants.SSL_OP_NO_TICKET,
      sessionIdContext: 'faults',
    });
  const server = new tls.TLSSocket(link.server, { isServer: true, secureContext, maxEarlyData });
  const client = tls.connect({ socket: link.client, ca, servername: 'localhost', ...range });
  const ends = [server, client].map(
    (socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)),
  );
  server.resume().on('end', () => server.end());
  const session = await new Promise((resolve) => client.once('session', resolve));
  client.resume().end();
  await Promise.all(ends);
  return session;
}
