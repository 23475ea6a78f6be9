import { existsSync, readFileSync } from 'node:fs';
import { openssl } from '../../native/openssl';
import type { ConnectOptions } from '../connect/options';
import { leave, secure } from '../connect/secure';
import { targetOf } from '../connect/target';
import { contextOf, tlsOptions } from '../connect/tls-options';
import { CommandError, Exit, UsageError, problemFrom } from '../support/exit';
import { file, passphraseIn } from '../support/files';
import { load } from '../support/openssl';
import { complain, printJson, refuse } from '../support/output';
import { styleFor } from '../support/style';
import type { InspectOptions } from './options';
import { judge, type Inspection } from './judge';
import { certificateItem, objectsIn, type Found, type Opening } from './objects';
import { render } from './render';

export async function run(names: string[], options: InspectOptions): Promise<number> {
  const without = load(options);
  if (without !== undefined) return without;
  const { passphraseFile, legacy = false } = options;
  const passphrase = passphraseFile === undefined ? undefined : passphraseIn(passphraseFile);
  const found: Found[] = [];
  let host: string | undefined;
  try {
    for (const name of names) {
      if (isFile(name))
        found.push(...objectsIn(name, read(name), { passphrase, legacy } satisfies Opening));
      else {
        const server = await shown(name, options);
        host ??= server.host;
        found.push(...server.found);
      }
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const status = error instanceof CommandError ? error.status : Exit.noConnection;
    return refuse(options, status, problemFrom(error));
  }
  const verdict = judge(found, options, host);
  const items = found.map(({ item }) => item);
  const inspection: Inspection = { openssl: openssl.versionText, items, ...verdict };
  if (options.json) printJson(inspection);
  else process.stdout.write(render(inspection, styleFor(process.stdout)));
  if (items.length === 0) {
    complain({ message: 'there is nothing in it', code: undefined });
    return Exit.noConnection;
  }
  if (items.some(({ kind }) => kind === 'unreadable')) return Exit.noConnection;
  return verdict.refusals.length > 0 ? Exit.notVerified : Exit.ok;
}

/** What is no file, and looks like a file's name, is a file that is not there. */
function isFile(name: string): boolean {
  if (name === '-' || existsSync(name)) return true;
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) return false;
  return /[/\\]|\.(pem|crt|cer|der|key|p12|pfx|p7b|p7c|csr|req|crl|sess)$/i.test(name);
}

function read(name: string): Buffer {
  return name === '-' ? readFileSync(0) : file('inspect', name);
}

/**
 * A name without scheme and port was meant for a file as likely as for a host. Where there is neither, the command line is
 * wrong. Without an answer of the DNS that is sure of a single word alone.
 */
function notThere(name: string, error: unknown): UsageError | undefined {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== 'getaddrinfo' || name.includes(':')) return undefined;
  if (code !== 'ENOTFOUND' && name.includes('.')) return undefined;
  return new UsageError(`'${name}' is neither a file nor a host that can be found (${code})`);
}

/** The chain that a server shows. */
async function shown(
  name: string,
  { ca, timeout }: InspectOptions,
): Promise<{ host: string | undefined; found: Found[] }> {
  const target = targetOf(name, undefined, undefined);
  const options: ConnectOptions = { timeout, ...(ca && { ca }) };
  const wanted = tlsOptions(options, target.host);
  wanted.secureContext = contextOf(options, wanted);
  const way = { target, proxy: undefined, family: undefined, domain: target.host ?? 'localhost' };
  const { socket } = await secure(way, options, wanted).catch((error: unknown) => {
    throw notThere(name, error) ?? error;
  });
  const chain: Buffer[] = [];
  for (
    let certificate = socket.getPeerCertificate(true);
    certificate?.raw && !chain.some((der) => der.equals(certificate.raw));
    certificate = certificate.issuerCertificate
  ) {
    chain.push(certificate.raw);
  }
  leave(socket);
  return { host: target.host, found: chain.map((der) => certificateItem(target.name, 'TLS', der)) };
}
