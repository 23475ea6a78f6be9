// One connection with one fault: both ends are ours, both send, both close; what each end lived through is judged.
import { ca, identity } from '../support/fixtures.mjs';
import { gc } from '../support/memory.mjs';
import { tls } from '../support/subject.mjs';
import { afterTurns, openLink } from './link.mjs';
import { verdictOf } from './verdict.mjs';
import { withDeadline } from './watch.mjs';

export const versions = ['TLSv1.2', 'TLSv1.3'];
export const transports = ['duplex', 'tcp'];
export const directions = ['toServer', 'toClient'];

/**
 * A peer that falls silent is noticed after so many ms, by the timers that a program would set. A broken length makes an end
 * wait, too; but who finds what is broken is to tell the other in time.
 */
const PATIENCE = { drops: 100, corrupts: 3000 };

/** Everything is delivered in spite of these. */
const harmless = ['fragments', 'delays', 'stalls'];
export const wireFaults = [...harmless, 'drops', 'ends', 'resets', 'corrupts'];
export const actions = {
  'destroy()': (end) => end.socket.destroy(),
  'destroy(error)': (end) => end.socket.destroy((end.cause = new Error('on purpose'))),
  'end()': (end) => end.socket.end(),
  'write()': (end) => end.write(Buffer.from('in between')),
  'garbage collection': () => gc(),
};

const shown = tls.createSecureContext(identity('client'));
const UP = Buffer.alloc(300, 'up ');
const DOWN = Buffer.alloc(20_000, 'down ');

const contexts = new Map();
function contextOf(version) {
  if (!contexts.has(version)) {
    const versions = { minVersion: version, maxVersion: version };
    const server = identity('server-ec');
    contexts.set(version, {
      client: tls.createSecureContext({ ca, ...versions }),
      server: tls.createSecureContext({ ...server, ca, ...versions }),
      listeners: new Map(),
      options: { ...server, ca, ...versions },
    });
  }
  return contexts.get(version);
}

/** A client that shows a certificate when the connection is established, after some turns of the event loop. */
const answering = {
  postHandshakeAuth: true,
  clientCertificateCallback: () => new Promise((resolve) => afterTurns(2, () => resolve(shown))),
};

/** A tls.Server for one connection at a time, used again and again: making one takes as long as a handshake. */
function idleServer(version, handshakeTimeout) {
  const { listeners, options } = contextOf(version);
  const idle = listeners.get(handshakeTimeout) ?? [];
  listeners.set(handshakeTimeout, idle);
  const server = idle.pop() ?? tls.createServer({ ...options, handshakeTimeout });
  server.release = () => {
    server.removeAllListeners('secureConnection').removeAllListeners('tlsClientError');
    idle.push(server);
  };
  return server;
}

/** What one end lives through. */
class End {
  socket = null;
  secure = false;
  sent = [];
  got = [];
  ended = false;
  closes = 0;
  errors = [];
  cause = null;
  verdict = null;

  constructor(payload, whole) {
    this.payload = payload;
    /** How much the other end sends, after which there is nothing left to say. */
    this.whole = whole;
    this.gone = new Promise((resolve) => {
      this.resolveGone = resolve;
    });
  }

  attach(socket) {
    this.socket = socket;
    socket.on('error', (error) => this.errors.push(error));
    socket.on('data', (data) => {
      if (socket.destroyed) this.errors.push(new Error("'data' after destroy()"));
      this.got.push(data);
      this.#goodbye();
    });
    socket.on('end', () => {
      this.ended = true;
    });
    socket.on('close', () => {
      this.closes += 1;
      this.resolveGone();
    });
    // A server may hear of a socket by its 'close'.
    if (!socket._writableState.closeEmitted) return;
    this.closes += 1;
    this.resolveGone();
  }

  write(data) {
    if (!this.socket.writable) return;
    this.sent.push(data);
    this.socket.write(data);
  }

  onsecure() {
    this.secure = true;
    // In two writes, so that one is under way while the next waits.
    this.write(this.payload.subarray(0, 100));
    this.write(this.payload.subarray(100));
    this.#goodbye();
  }

  /** The server's: asks the client for a certificate between two writes. */
  async onsecureAsk() {
    this.secure = true;
    this.write(this.payload.subarray(0, 100));
    this.verdict = verdictOf(this.socket);
    await this.verdict;
    this.write(this.payload.subarray(100));
  }

  #goodbye() {
    const { length } = Buffer.concat(this.got);
    if (this.whole !== null && length >= this.whole && this.secure) this.socket.end();
  }
}

/**
 * Runs one connection; resolves to { complaints, struck, passed, ends }. `fault`: { direction, at, kind } with a kind of
 * `wireFaults`, or { …, kind: 'acts', action, on: 'client' or 'server' }; null for none. `asks`: the server asks for a
 * certificate when the connection is established; `askedAt` says what had passed then.
 */
export async function exchange({ over, version, fault = null, pairs = null, asks = false }) {
  const acts = fault?.kind === 'acts';
  const [client, server] = [new End(UP, DOWN.length), new End(DOWN, null)];
  const ends = { client, server };
  const patience = PATIENCE[fault?.kind];
  const act = fault?.run ?? (() => actions[fault.action](ends[fault.on]));
  const link = await openLink(fault && { ...fault, act }, over === 'tcp' ? pairs : null);
  const { client: context, server: serverContext } = contextOf(version);
  const impatient = (socket) => {
    if (patience) socket.setTimeout(patience, () => socket.destroy());
  };

  let askedAt = null;
  const secured = () => {
    if (!asks) return server.onsecure();
    askedAt = link.passed();
    return server.onsecureAsk();
  };
  let listener = null;
  if (acts) {
    // The server's socket is wanted from the beginning on.
    const options = { isServer: true, secureContext: serverContext };
    server.attach(new tls.TLSSocket(link.server, options));
    server.socket.once('secure', secured);
  } else {
    listener = idleServer(version, patience ?? 120_000);
    listener.on('tlsClientError', (error, socket) => {
      server.attach(socket);
      server.errors.push(error);
    });
    listener.on('secureConnection', (socket) => {
      server.attach(socket);
      impatient(socket);
      secured();
    });
    listener.emit('connection', link.server);
  }
  client.attach(
    tls.connect({
      ...{ socket: link.client, secureContext: context, servername: 'localhost' },
      ...(asks && answering),
    }),
  );
  impatient(client.socket);
  client.socket.once('secureConnect', () => client.onsecure());

  const label = () =>
    `${over}, ${version}, ${fault ? `${fault.kind}${acts ? ` ${fault.action} of the ${fault.on}` : ''} ${fault.direction} at ${fault.at}` : 'no fault'}`;
  let complaints;
  try {
    await withDeadline(Promise.all([client.gone, server.gone]));
    const verdict = await withDeadline(server.verdict);
    complaints = judge(fault, ends, link.struck(), over);
    if (verdict) complaints.push(...judgeVerdict(fault, link.struck(), verdict));
  } catch {
    const state = ({ secure, ended, closes }) => JSON.stringify({ secure, ended, closes });
    complaints = [`does not end (client ${state(client)}, server ${state(server)})`];
    for (const { socket } of [client, server]) socket?.destroy();
  }
  link.dispose();
  listener?.release();
  return {
    complaints: complaints.map((each) => `${label()}: ${each}`),
    struck: link.struck(),
    passed: link.passed(),
    askedAt,
    ends,
  };
}

// --- What has to be true ---

/** The peer's, by OpenSSL's names; the last ones are of 3.5.6 and later, and of 4.0. */
export const isAlert = ({ code = '' }) =>
  /^ERR_SSL_((SSLV3|TLSV1|TLSV13)_|(SSL\/)?TLS_ALERT_)/.test(code);
const isBreak = (error) => ['ECONNRESET', 'EPIPE'].includes(error.code);

function judge(fault, { client, server }, struck, over) {
  const complaints = [];
  const check = (name, condition, what) => {
    if (!condition) complaints.push(`${name}: ${what}`);
  };
  for (const [name, end, other] of [
    ['client', client, server],
    ['server', server, client],
  ]) {
    const got = Buffer.concat(end.got);
    const sent = Buffer.concat(other.sent);
    const told = end.errors.map((error) => error.code ?? error.message).join(', ');
    check(name, end.closes === 1, `'close' ${end.closes} times`);
    check(name, end.errors.length <= 1, `${end.errors.length} errors: ${told}`);
    check(name, sent.subarray(0, got.length).equals(got), 'got what was not sent');
    for (const error of end.errors) {
      check(name, error === end.cause || typeof error.code === 'string', `no code: ${error.stack}`);
    }
    if (whole(fault, struck)) {
      check(name, end.errors.length === 0, `fails with ${told}`);
      check(name, end.secure, 'is not secure');
      check(name, end.ended, "no 'end'");
      check(name, got.equals(sent), `got ${got.length} of ${sent.length} bytes`);
    } else {
      // Only destroy() without an error ends a handshake without one. A server says it by tlsClientError.
      const own = name === fault.on || (fault.kind === 'acts' && name === 'server');
      const patient = fault.kind in PATIENCE;
      if (!end.secure && !own && !patient)
        check(name, end.errors.length === 1, 'no error, and was never secure');
    }
  }
  // What does not begin like TLS gets no alert.
  if (fault?.kind === 'corrupts' && struck && fault.at >= 5)
    alertIsDue(client, server, over, check);
  return complaints;
}

/** The promise is settled by now: by a verdict where nothing has happened to the connection, or by an error with a code. */
function judgeVerdict(fault, struck, { authorized, code, stack }) {
  if (authorized === undefined && typeof code !== 'string' && !/on purpose/.test(stack))
    return [`no verdict, nor a code: ${stack}`];
  const due = whole(fault, struck) && !(struck && fault.action === 'end()');
  return due && !authorized ? [`the client is not authorized: ${code}`] : [];
}

/** Whether all that was sent has to arrive, and nothing fail. */
function whole(fault, struck) {
  if (fault === null || harmless.includes(fault.kind)) return true;
  // Its timers may have come first.
  if (!struck) return !(fault.kind in PATIENCE);
  return fault.kind === 'acts' && !fault.action.startsWith('destroy');
}

/** Who finds a broken record says so: the other end fails by an alert, or by not understanding it. */
function alertIsDue(client, server, over, check) {
  for (const [name, end, other] of [
    ['client', client, server],
    ['server', server, client],
  ]) {
    const found = end.errors.find(({ code }) => /^ERR_SSL_/.test(code ?? ''));
    if (!found || isAlert(found)) continue;
    const [heard] = other.errors;
    // It had closed before, or its own timer came first.
    if (!heard) continue;
    const told = /^ERR_SSL_/.test(heard.code) || (over === 'tcp' && isBreak(heard));
    check(name, told, `found ${found.code}, the peer heard ${heard.code}`);
  }
}
