import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import * as tls from '../..';
import { CommandError, Exit, type Problem, UsageError, problemFrom } from '../support/exit';
import { file } from '../support/files';
import { load } from '../support/openssl';
import { complain, printJson, refuse } from '../support/output';
import { styleFor } from '../support/style';
import { resume, sendEarly } from './again';
import type { Way } from './dial';
import type { ConnectOptions } from './options';
import { allOfStdin, pipe } from './pipe';
import { render } from './render';
import { pemOf, reportOf, type Report } from './report';
import { leave, secure, type Secured } from './secure';
import { targetOf } from './target';
import { contextOf, tlsOptions } from './tls-options';

export async function run(text: string | undefined, options: ConnectOptions): Promise<number> {
  const target = targetOf(text, options.unix, options.starttls);
  if (options.json && options.chain === '-') {
    throw new UsageError('--json and --chain - exclude each other: both write to stdout');
  }
  const family = options.ipv4 ? 4 : options.ipv6 ? 6 : undefined;
  const literal = isIP((options.proxy ?? target).host ?? '');
  if (family !== undefined && literal !== 0 && literal !== family) {
    throw new UsageError(`the address is one of IPv${literal}, and -${family} excludes it`);
  }
  const without = load(options);
  if (without !== undefined) return without;
  const wanted = tlsOptions(options, target.host);
  const early = await earlyDataIn(options);
  const way: Way = {
    target,
    proxy: options.proxy,
    family,
    domain: options.servername ?? target.host ?? 'localhost',
  };
  const connect = async (session?: Buffer, earlyData?: Buffer) =>
    secure(way, options, {
      ...wanted,
      ...(session && { session }),
      ...(earlyData && { earlyData }),
    });
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

  const tell = (connection: Secured) =>
    reportOf({ ...connection, mismatch }, target.name, way, options);

  try {
    const first = await connect();
    let report = tell(first);
    let { socket } = first;
    if (options.reconnect) report.resumption = await resume(first, connect);
    if (early) {
      const insecure = options.insecure === true;
      const { second, result } = await sendEarly(first, early, { insecure, connect });
      if (second) socket = second.socket;
      // A server that resumes nothing may be another one, too.
      if (second && !socket.authorized) report = tell(second);
      report.earlyData = result;
    }
    writeChain(report, options);
    return await finish(socket, report, options);
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

/** What is to be sent early. */
async function earlyDataIn({ earlyData: name }: ConnectOptions): Promise<Buffer | undefined> {
  if (name === undefined) return undefined;
  const data = name === '-' ? await allOfStdin() : file('--early-data', name);
  if (data.length > 0) return data;
  throw new UsageError(`--early-data: ${name === '-' ? 'stdin' : name} is empty`);
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
  // What comes behind early data that is lost would be taken for something else.
  const lost = report.earlyData?.accepted === false;
  if (onlyLooks(options) || lost || !(report.verified || options.insecure)) {
    leave(socket);
  } else {
    await pipe(socket, { stdinUsed: options.earlyData === '-' });
  }
  if (!report.verified) return Exit.notVerified;
  if (lost) return Exit.earlyDataNotTaken;
  if (report.expiry?.tooSoon) return Exit.expiring;
  return report.resumption && !report.resumption.resumed ? Exit.notResumed : Exit.ok;
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

function problemsOf({ problem, expiry, resumption: again, earlyData: early }: Report) {
  if (problem) return [problem];
  return [
    early?.reason != null && { message: `early data: ${early.reason}`, code: undefined },
    expiry?.tooSoon && { message: expiry.text, code: 'ERR_OWNSSL_CERT_EXPIRES_SOON' },
    again && !again.resumed && { message: `not resumed: ${again.reason!}`, code: undefined },
  ].filter((each) => !!each);
}
