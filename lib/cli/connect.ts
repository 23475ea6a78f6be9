import { isIP } from 'node:net';
import * as tls from '..';
import { openssl } from '../native/openssl';
import {
  choose,
  endpoint,
  file,
  fileOrUri,
  list,
  parse,
  presharedKey,
  protocolVersion,
  seconds,
} from './arguments';
import { Exit, UsageError } from './exit';
import { render, reportOf, type Problem, type Report } from './report';
import { harmless, styleFor } from './style';

export const help = `Usage: ownssl connect [options] HOST:PORT
       ownssl connect [options] --unix PATH

Connects, reports on stderr what was negotiated and who was verified, then sends stdin to the peer
and writes what it sends to stdout, until both have ended. An IPv6 address goes in brackets:
[::1]:443.

Whom to believe:
  --ca FILE           trust these authorities (PEM) instead of the usual ones; can be repeated
  --servername NAME   ask for this name (SNI) and expect it in the certificate; default: HOST
  --psk IDENTITY:HEX  authenticate with a pre-shared key
  --insecure          go on although the peer could not be verified (exit status 1)

Who we are:
  --cert FILE         client certificate, with its chain (PEM)
  --key FILE          its private key (PEM), or the URI of one that stays where it is, as
                      pkcs11:token=…;object=…; default: the file of --cert

What to negotiate:
  --alpn NAMES        application protocols, separated by commas: h2,http/1.1
  --min VERSION       oldest protocol version: 1.0, 1.1, 1.2 or 1.3
  --max VERSION       newest protocol version
  --ciphers LIST      cipher suites, in OpenSSL's notation

And:
  --unix PATH         connect to this Unix socket
  --timeout SECONDS   give up if the handshake has not ended by then
  --openssl PATH      use this OpenSSL: a prefix, a library file, or "node"
  --json              print the report as JSON to stdout and close the connection
  -q, --quiet         no report, only errors
  -h, --help          this text

Exit status:
  0  connected, and the peer was verified
  1  the peer could not be verified
  2  wrong usage
  3  no connection, a failed handshake, or a connection that broke
  4  no OpenSSL could be used
`;

const options = {
  alpn: { type: 'string' },
  ca: { type: 'string', multiple: true },
  cert: { type: 'string' },
  ciphers: { type: 'string' },
  insecure: { type: 'boolean' },
  json: { type: 'boolean' },
  key: { type: 'string' },
  max: { type: 'string' },
  min: { type: 'string' },
  openssl: { type: 'string' },
  psk: { type: 'string' },
  quiet: { type: 'boolean', short: 'q' },
  servername: { type: 'string' },
  timeout: { type: 'string' },
  unix: { type: 'string' },
} as const;

type Values = ReturnType<typeof parseCommand>['values'];

function parseCommand(args: string[]) {
  return parse({ args, options, allowPositionals: true });
}

export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseCommand(args);
  const target = destination(values, positionals);
  const patience = values.timeout === undefined ? 0 : seconds('--timeout', values.timeout);
  const wanted = connectionOptions(values, target.host);

  try {
    choose(values.openssl);
    // Reading the version loads the library: what goes wrong later is not for want of one.
    if (!openssl.version) throw new Error('no OpenSSL could be loaded');
  } catch (error) {
    return refuse(values, Exit.noOpenSSL, problemFrom(error));
  }

  let mismatch: string | undefined;
  const connectOptions: tls.ConnectionOptions & { allowHalfOpen: boolean } = {
    ...wanted,
    ...target.address,
    allowHalfOpen: true,
    // The verdict is given below: a report on a peer that fails it is worth more than an error.
    rejectUnauthorized: false,
    checkServerIdentity(host, certificate) {
      // Who proved to know the pre-shared key has no certificate that could name a host.
      const anonymous = values.psk !== undefined && Object.keys(certificate).length === 0;
      const error = anonymous ? undefined : tls.checkServerIdentity(host, certificate);
      mismatch = (error as { reason?: string } | undefined)?.reason;
      return error;
    },
  };
  let socket: tls.TLSSocket;
  try {
    socket = tls.connect(connectOptions);
  } catch (error) {
    throw new UsageError(problemFrom(error).message);
  }

  try {
    await secured(socket, patience);
  } catch (error) {
    return refuse(values, Exit.noConnection, problemFrom(error));
  }
  const report = reportOf(socket, target.name, mismatch);
  show(report, values);
  if (values.json || !(report.verified || values.insecure)) {
    socket.on('error', () => {
      // The command has ended: whatever the connection still meets does not matter.
    });
    socket.destroySoon();
  } else {
    try {
      await converse(socket);
    } catch (error) {
      return refuse(values, Exit.noConnection, problemFrom(error));
    }
  }
  return report.verified ? Exit.ok : Exit.notVerified;
}

interface Destination {
  name: string;
  host: string | undefined;
  address: { path: string } | { host: string; port: number };
}

function destination({ unix }: Values, positionals: string[]): Destination {
  const [text, ...more] = positionals;
  if (unix !== undefined) {
    if (text !== undefined) throw new UsageError('HOST:PORT and --unix exclude each other');
    if (unix === '') throw new UsageError('--unix takes a path');
    return { name: unix, host: undefined, address: { path: unix } };
  }
  if (text === undefined) throw new UsageError('connect takes HOST:PORT, or --unix PATH');
  if (more.length > 0) throw new UsageError(`unexpected argument '${more.join(' ')}'`);
  const address = endpoint(text);
  return { name: text, host: address.host, address };
}

function connectionOptions(values: Values, host: string | undefined): tls.ConnectionOptions {
  const wanted: tls.ConnectionOptions = {};
  // An address can't be sent as a server name, but it is checked against the certificate all the same.
  const servername = values.servername ?? (host !== undefined && !isIP(host) ? host : undefined);
  if (servername !== undefined) wanted.servername = servername;
  if (values.alpn !== undefined) wanted.ALPNProtocols = list('--alpn', values.alpn);
  if (values.min !== undefined) wanted.minVersion = protocolVersion('--min', values.min);
  if (values.max !== undefined) wanted.maxVersion = protocolVersion('--max', values.max);
  if (values.ca !== undefined) wanted.ca = values.ca.map(authority);
  if (values.key !== undefined && values.cert === undefined) {
    throw new UsageError('--key needs --cert');
  }
  if (values.cert !== undefined) {
    wanted.cert = file('--cert', values.cert);
    const { key } = values;
    wanted.key = key === undefined ? wanted.cert : fileOrUri('--key', key);
  }
  if (values.psk !== undefined) {
    const key = presharedKey(values.psk);
    wanted.pskCallback = () => key;
    // The default list leaves the TLS 1.2 suites of pre-shared keys out.
    wanted.ciphers = `PSK+HIGH:${tls.DEFAULT_CIPHERS.replace(/:!PSK\b/, '')}`;
  }
  if (values.ciphers !== undefined) wanted.ciphers = values.ciphers;
  return wanted;
}

function authority(name: string): Buffer {
  const content = file('--ca', name);
  if (!content.includes('-----BEGIN')) throw new UsageError(`--ca: no certificate in ${name}`);
  return content;
}

/** Resolves when the handshake is complete. */
function secured(socket: tls.TLSSocket, patience: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer =
      patience > 0 &&
      setTimeout(() => {
        const message = `no secure connection within ${patience / 1000} s`;
        socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
      }, patience);
    socket.once('error', reject);
    socket.once('close', () => {
      if (timer) clearTimeout(timer);
      reject(new Error('the connection was closed during the handshake'));
    });
    socket.once('secureConnect', () => {
      if (timer) clearTimeout(timer);
      socket.off('error', reject);
      resolve();
    });
  });
}

/** Pipes stdin and stdout; resolves when the connection is closed, rejects when it breaks. */
function converse(socket: tls.TLSSocket): Promise<void> {
  const { stdin, stdout } = process;
  return new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => {
      resolve();
    });
    socket.once('end', () => socket.end());
    // Whoever reads stdout may have seen enough (`| head`).
    stdout.once('error', () => socket.destroy());
    stdin.once('error', () => socket.end());
    stdin.pipe(socket).pipe(stdout);
  }).finally(() => {
    stdin.destroy();
  });
}

function show(report: Report, values: Values): void {
  if (values.json) {
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else if (!values.quiet) {
    process.stderr.write(`${render(report, styleFor(process.stderr))}\n`);
  } else if (report.problem) {
    complain(report.problem);
  }
}

function refuse(values: Values, status: number, problem: Problem): number {
  if (values.json) process.stdout.write(`${JSON.stringify({ error: problem })}\n`);
  else complain(problem);
  return status;
}

function complain({ message, code }: Problem): void {
  const suffix = code === undefined || message.includes(code) ? '' : ` (${code})`;
  process.stderr.write(`ownssl: ${harmless(message)}${suffix}\n`);
}

/** An error in one line: what OpenSSL calls its reason, or all that Node tried. */
function problemFrom(error: unknown): Problem {
  const { code, message, reason, errors } = error as NodeJS.ErrnoException & {
    reason?: string;
    errors?: Error[];
  };
  const tried = errors?.map((each) => each.message).join('; ');
  return { code, message: tried ?? reason ?? message };
}
