// What the command looks at without a connection.

import os from 'node:os';
import * as tls from '../..';
import { openssl } from '../../native/openssl';
import { problemFrom } from '../support/exit';
import { ORIGINS } from '../support/origins';

/** One line of the result; its shape in --json. */
export interface Finding {
  /** A stable name. */
  check: string;
  result: 'ok' | 'warning' | 'failed';
  /** For people: may change. */
  detail: string;
}

/** Environment variables that change what ownssl does, and what is worth a warning about them. */
const VARIABLES: Record<string, string | undefined> = {
  OWNSSL_OPENSSL: undefined,
  OWNSSL_FIPS: undefined,
  OWNSSL_IO: undefined,
  OWNSSL_THREADS: undefined,
  OWNSSL_ADDON: 'another addon than the published one is loaded',
  OWNSSL_ASSERT: undefined,
  OPENSSL_CONF: undefined,
  OPENSSL_MODULES: undefined,
  SSL_CERT_FILE: undefined,
  SSL_CERT_DIR: undefined,
  NODE_EXTRA_CA_CERTS: undefined,
  NODE_TLS_REJECT_UNAUTHORIZED: 'with 0, nobody is verified',
  SSLKEYLOGFILE: 'the secrets of all connections are written there',
  NODE_OPTIONS: undefined,
  UV_THREADPOOL_SIZE: undefined,
};

const FLAGS =
  /^--(tls-|use-openssl-ca|use-bundled-ca|use-system-ca|openssl-|trace-tls|enable-fips|force-fips|insecure)/;

export function findings(): Finding[] {
  return [library(), isolation(), fips(), providers(), config(), trust(), ...settings(), threads()];
}

function ok(check: string, detail: string): Finding {
  return { check, result: 'ok', detail };
}

function library(): Finding {
  const { versionText, source, libssl, isolation } = openssl;
  const where =
    libssl ?? (isolation.method === 'host' ? 'inside the node executable' : 'inside the addon');
  return ok('openssl', `${versionText}, ${ORIGINS[source]}: ${where}`);
}

function isolation(): Finding {
  const { method, canary, bindings } = openssl.isolation;
  if (method === 'host') return ok('isolation', "not needed: it is Node's own copy");
  const sound = canary && bindings.toExecutable === 0;
  const detail = `${method}, canary ${canary ? 'seen' : 'not seen'}, ${bindings.toExecutable} of ${bindings.total} bindings lead into the node executable`;
  return { check: 'isolation', result: sound ? 'ok' : 'failed', detail };
}

function fips(): Finding {
  const wanted = process.env.OWNSSL_FIPS === '1';
  if (wanted && !openssl.fips) {
    return { check: 'fips', result: 'failed', detail: 'OWNSSL_FIPS=1, and FIPS is off' };
  }
  return ok('fips', openssl.fips ? 'on' : 'off');
}

function providers(): Finding {
  const names = openssl.providers.map(({ name, version }) => `${name} ${version ?? ''}`.trim());
  if (names.length > 0) return ok('providers', names.join(', '));
  return { check: 'providers', result: 'failed', detail: 'none: there are no algorithms' };
}

function config(): Finding {
  return ok('config', openssl.configFile ?? 'none');
}

function trust(): Finding {
  try {
    const roots = tls.getCACertificates('default').length;
    tls.createSecureContext();
    const detail = `${roots} authorities by default`;
    return roots > 0 ? ok('trust', detail) : { check: 'trust', result: 'warning', detail };
  } catch (error) {
    return { check: 'trust', result: 'failed', detail: problemFrom(error).message };
  }
}

function settings(): Finding[] {
  const list: Finding[] = [];
  for (const [name, warning] of Object.entries(VARIABLES)) {
    const value = process.env[name];
    if (value === undefined) continue;
    const warns =
      warning !== undefined && (name !== 'NODE_TLS_REJECT_UNAUTHORIZED' || value === '0');
    const detail = `${name}=${value}${warns ? `: ${warning}` : ''}`;
    list.push({ check: 'variable', result: warns ? 'warning' : 'ok', detail });
  }
  const flags = [...process.execArgv, ...(process.env.NODE_OPTIONS ?? '').split(/\s+/)];
  for (const flag of flags.filter((each) => FLAGS.test(each))) list.push(ok('flag', flag));
  if (list.length === 0) list.push(ok('settings', 'no flag and no variable is set'));
  return list;
}

function threads(): Finding {
  const text = process.env.OWNSSL_THREADS;
  const cores = os.availableParallelism();
  if (text === undefined) return ok('threads', `the default number, on ${cores} processors`);
  if (!/^\d+$/.test(text)) {
    return { check: 'threads', result: 'warning', detail: `OWNSSL_THREADS=${text} is no number` };
  }
  const detail = text === '0' ? 'none: handshakes run on the event loop' : `${text} at most`;
  return ok('threads', `${detail}, on ${cores} processors`);
}
