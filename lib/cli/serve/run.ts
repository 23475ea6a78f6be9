import { statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import * as tls from '../..';
import { openssl } from '../../native/openssl';
import { certificateFacts, distinguishedName } from '../support/certificate';
import { Exit, UsageError, problemFrom } from '../support/exit';
import { authority } from '../support/files';
import { identity } from '../support/identity';
import { makeCertificate } from '../support/made-certificate';
import { load } from '../support/openssl';
import { checkVersions, contextMistake } from '../support/mistakes';
import { complain, refuse } from '../support/output';
import { harmless, rows, styleFor, type Row } from '../support/style';
import { fileServer } from './files';
import type { ServeOptions } from './options';

const NAMES = ['localhost', '127.0.0.1', '::1'];

export async function run(folder: string | undefined, options: ServeOptions): Promise<number> {
  if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`'${folder}' is no folder`);
  }
  if (options.clientCert !== undefined && options.ca === undefined) {
    throw new UsageError('--client-cert needs --ca: who signs the certificates of clients?');
  }
  if (options.maxEarlyData !== undefined && folder !== undefined) {
    throw new UsageError('--max-early-data and FOLDER exclude each other');
  }
  if (options.ca !== undefined && options.clientCert === undefined) {
    throw new UsageError('--ca needs --client-cert: whose certificates are to be verified?');
  }
  checkVersions(options);
  const without = load(options);
  if (without !== undefined) return without;
  const { wanted, cert } = serverOptions(options);
  let server: tls.Server;
  try {
    server = tls.createServer(wanted);
  } catch (error) {
    throw contextMistake(error, options);
  }
  const http = folder === undefined ? undefined : fileServer(folder);
  const ended = serve(server, http, options);
  try {
    await listening(server, options);
  } catch (error) {
    return refuse(options, Exit.noConnection, problemFrom(error));
  }
  announce(server, folder, cert, options);
  return ended;
}

/** The options of the server, and the certificate that it shows (PEM), if that is known. */
function serverOptions(options: ServeOptions): {
  wanted: tls.TlsOptions;
  cert: string | undefined;
} {
  const wanted: tls.TlsOptions & { allowHalfOpen?: boolean } = { allowHalfOpen: true };
  identity(options, wanted);
  let cert = wanted.cert === undefined ? undefined : String(wanted.cert);
  const { psk, certOut } = options;
  if (psk) {
    const keys = new Map(psk.map((each) => [each.identity, each.psk]));
    wanted.pskCallback = (_socket, name) => keys.get(name) ?? null;
    wanted.ciphers = `PSK+HIGH:${tls.DEFAULT_CIPHERS.replace(/:!PSK\b/, '')}`;
  } else if (wanted.cert === undefined && wanted.pfx === undefined) {
    const made = makeCertificate(options.name ?? NAMES);
    Object.assign(wanted, made);
    cert = made.cert;
  }
  if (certOut !== undefined) {
    if (cert === undefined) throw new UsageError('--cert-out needs a certificate that is PEM');
    try {
      writeFileSync(certOut, cert);
    } catch (error) {
      throw new UsageError(`--cert-out: ${(error as Error).message}`);
    }
  }
  if (options.ca) wanted.ca = options.ca.map(authority);
  if (options.clientCert !== undefined) {
    wanted.requestCert = true;
    wanted.rejectUnauthorized = options.clientCert === 'require';
  }
  if (options.maxEarlyData !== undefined) wanted.maxEarlyData = options.maxEarlyData;
  if (options.alpn) wanted.ALPNProtocols = options.alpn;
  if (options.min) wanted.minVersion = options.min;
  if (options.max) wanted.maxVersion = options.max;
  if (options.ciphers !== undefined) wanted.ciphers = options.ciphers;
  return { wanted, cert };
}

function listening(server: tls.Server, { host, port }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Resolves to the exit status at the end, which there is with --once. */
function serve(
  server: tls.Server,
  http: ReturnType<typeof fileServer> | undefined,
  options: ServeOptions,
): Promise<number> {
  return new Promise((resolve) => {
    const end = (status: number) => {
      if (!options.once) return;
      server.close();
      resolve(status);
    };
    server.on('secureConnection', (socket) => {
      socket.on('error', (error) => tell(options, socket, problemFrom(error)));
      socket.on('close', () => end(Exit.ok));
      if (!options.quiet) tell(options, socket, undefined);
      if (http) http.emit('connection', socket);
      else socket.pipe(socket);
    });
    if (options.maxEarlyData !== undefined) {
      server.on('earlyData', (data: Buffer, socket: tls.TLSSocket) => {
        if (!options.quiet) tellEarlyData(options, socket, data.length);
        socket.write(data);
      });
    }
    server.on('tlsClientError', (error, socket) => {
      tell(options, socket, problemFrom(error));
      end(Exit.noConnection);
    });
  });
}

function announce(
  server: tls.Server,
  folder: string | undefined,
  cert: string | undefined,
  options: ServeOptions,
): void {
  const { address, port } = server.address() as AddressInfo;
  const der = cert === undefined ? undefined : Buffer.from(base64Of(cert), 'base64');
  const facts = der && certificateFacts(der);
  if (options.json) {
    line({ event: 'listening', address, port, folder: folder ?? null, certificate: facts ?? null });
    return;
  }
  const style = styleFor(process.stderr);
  const list: Row[] = [
    ['serves', folder === undefined ? 'what it gets (echo)' : `the files in ${harmless(folder)}`],
    ['address', `${address}, port ${port}`],
  ];
  if (facts) list.push(['names', facts.names.map(harmless).join(', ') || 'none']);
  if (facts?.pin256) list.push(['pin', facts.pin256]);
  if (options.psk)
    list.push(['psk', options.psk.map((each) => harmless(each.identity)).join(', ')]);
  list.push(['OpenSSL', openssl.versionText]);
  const title = style.bold(`Serving on ${harmless(options.host)}:${port}`);
  process.stderr.write(`${title}\n${rows(list, style)}\n`);
}

/** The first certificate in a PEM text. */
function base64Of(pem: string): string {
  return /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? '';
}

function tell(
  options: ServeOptions,
  socket: tls.TLSSocket,
  problem: ReturnType<typeof problemFrom> | undefined,
): void {
  const client = clientOf(socket);
  if (problem) {
    if (options.json) line({ event: 'error', client, ...problem });
    else complain({ ...problem, message: `${client}: ${problem.message}` });
    return;
  }
  const { subject } = (socket.getPeerCertificate() ?? {}) as { subject?: object };
  const facts = {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher()?.standardName ?? 'unknown',
    servername: typeof socket.servername === 'string' ? socket.servername : null,
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    resumed: socket.isSessionReused(),
    subject: subject === undefined ? null : distinguishedName(subject),
    authorized: socket.authorized,
  };
  if (options.json) {
    line({ event: 'connection', client, ...facts });
    return;
  }
  const parts = [
    client,
    facts.protocol,
    facts.cipher,
    facts.servername && `for ${facts.servername}`,
    facts.alpn && `ALPN ${facts.alpn}`,
    facts.resumed && 'resumed',
    facts.subject !== null && `client ${facts.subject}${facts.authorized ? '' : ' (not verified)'}`,
  ];
  process.stderr.write(`${harmless(parts.filter((part) => part).join(', '))}\n`);
}

function tellEarlyData(options: ServeOptions, socket: tls.TLSSocket, bytes: number): void {
  const client = clientOf(socket);
  if (options.json) line({ event: 'earlyData', client, bytes });
  else process.stderr.write(`${client}, ${bytes} bytes of early data\n`);
}

function clientOf({ remoteAddress = 'unknown', remotePort = 0 }: tls.TLSSocket): string {
  return `${remoteAddress}:${remotePort}`;
}

/** With --json each event is a line, so that programs can read them as they come. */
function line(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
