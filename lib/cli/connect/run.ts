import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import * as tls from '../..';
import { openssl } from '../../native/openssl';
import { choose } from '../support/arguments';
import { CommandError, Exit, type Problem, UsageError, problemFrom } from '../support/exit';
import { complain, printJson, refuse } from '../support/output';
import { styleFor } from '../support/style';
import type { Way } from './dial';
import type { ConnectOptions } from './options';
import { pipe } from './pipe';
import { render } from './render';
import { pemOf, reportOf, type Report } from './report';
import { leave, secure, type Secured } from './secure';
import { targetOf } from './target';
import { contextOf, tlsOptions } from './tls-options';

export async function run(text: string | undefined, options: ConnectOptions): Promise<number> {
  const target = targetOf(text, options.unix, options.starttls);
  if (options.proxy && options.unix !== undefined) {
    throw new UsageError('--proxy and --unix exclude each other');
  }
  const family = options.ipv4 ? 4 : options.ipv6 ? 6 : undefined;
  const literal = isIP((options.proxy ?? target).host ?? '');
  if (family !== undefined && literal !== 0 && literal !== family) {
    throw new UsageError(`the address is one of IPv${literal}, and -${family} excludes it`);
  }
  try {
    choose(options.openssl);
    // Reading the version loads the library: what goes wrong later is not for want of one.
    if (!openssl.version) throw new Error('no OpenSSL could be loaded');
  } catch (error) {
    return refuse(options, Exit.noOpenSSL, problemFrom(error));
  }
  const wanted = tlsOptions(options, target.host);
  const way: Way = {
    target,
    proxy: options.proxy,
    family,
    domain: options.servername ?? target.host ?? 'localhost',
  };
  const connect = async (session?: Buffer) =>
    secure(way, options, { ...wanted, ...(session && { session }) });
  wanted.secureContext = contextOf(options, wanted);
  let mismatch: string | undefined;
  // One function for all connections: a session is bound to how its server was verified.
  wanted.checkServerIdentity = (host, certificate) => {
    // Who proved to know the pre-shared key has no certificate that could name a host.
    const anonymous = options.psk !== undefined && Object.keys(certificate).length === 0;
    const error = anonymous ? undefined : tls.checkServerIdentity(host, certificate);
    mismatch = (error as { reason?: string } | undefined)?.reason;
    return error;
  };

  try {
    const first = await connect();
    const report = reportOf({ ...first, mismatch }, target.name, way, options);
    if (options.reconnect) report.resumption = await resumption(first, connect);
    writeChain(report, options);
    return await finish(first.socket, report, options);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const status = error instanceof CommandError ? error.status : Exit.noConnection;
    return refuse(options, status, refusalOf(error) ?? problemFrom(error));
  }
}

/** What a server says that has refused --ech. */
function refusalOf(error: unknown): Problem | undefined {
  const { code, message, echRetryConfigList: list } = error as tls.EchRefusal;
  if (code !== 'ERR_OWNSSL_ECH_REFUSED') return undefined;
  return { code, message: list ? `${message}; it wants ${list.toString('base64')}` : message };
}

/** Whether this is all that the connection is for. */
function onlyLooks(options: ConnectOptions): boolean {
  const { json, probe, reconnect, chain, expiresIn } = options;
  return !!(json || probe || reconnect) || chain === '-' || expiresIn !== undefined;
}

async function finish(
  socket: tls.TLSSocket,
  report: Report,
  options: ConnectOptions,
): Promise<number> {
  show(report, options);
  if (onlyLooks(options) || !(report.verified || options.insecure)) {
    leave(socket);
  } else {
    await pipe(socket);
  }
  if (!report.verified) return Exit.notVerified;
  if (report.expiry?.tooSoon) return Exit.expiring;
  return report.resumption && !report.resumption.resumed ? Exit.notResumed : Exit.ok;
}

/** A server of TLS 1.3 sends its tickets after the handshake, at once if it does so at all. */
const TICKET_PATIENCE = 3000;

/** Connects once more, with the session of the first connection. */
async function resumption(
  first: Secured,
  connect: (session: Buffer) => Promise<Secured>,
): Promise<NonNullable<Report['resumption']>> {
  first.socket.on('error', () => undefined);
  first.socket.resume();
  const timer = setTimeout(() => first.socket.destroy(), TICKET_PATIENCE);
  let session: Buffer;
  try {
    session = await first.session;
  } catch (error) {
    return { resumed: false, reason: (error as Error).message, times: null };
  } finally {
    clearTimeout(timer);
  }
  first.socket.destroySoon();
  const second = await connect(session);
  const resumed = second.socket.isSessionReused();
  leave(second.socket);
  const reason = resumed ? null : 'the server made a new session';
  return { resumed, reason, times: second.times };
}

function writeChain(report: Report, { chain, quiet }: ConnectOptions): void {
  if (chain === undefined) return;
  const pem = pemOf(report.chain);
  if (chain === '-') {
    process.stdout.write(pem);
    return;
  }
  try {
    writeFileSync(chain, pem);
  } catch (error) {
    throw new UsageError(`--chain: ${(error as Error).message}`);
  }
  if (!quiet && pem === '') complain({ message: 'the peer sent no certificate', code: undefined });
}

function show(report: Report, options: ConnectOptions): void {
  if (options.json) {
    printJson(report);
  } else if (!options.quiet) {
    process.stderr.write(`${render(report, styleFor(process.stderr))}\n`);
  } else {
    for (const problem of problemsOf(report)) complain(problem);
  }
}

function problemsOf({ problem, expiry, resumption: again }: Report) {
  if (problem) return [problem];
  return [
    expiry?.tooSoon && { message: expiry.text, code: 'ERR_OWNSSL_CERT_EXPIRES_SOON' },
    again && !again.resumed && { message: `not resumed: ${again.reason!}`, code: undefined },
  ].filter((each) => !!each);
}
