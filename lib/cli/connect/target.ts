// Whom to connect to: HOST, HOST:PORT, or a URL, whose scheme says the port and whether STARTTLS is spoken first.

import { endpoint, type Endpoint } from '../support/arguments';
import { UsageError } from '../support/exit';
import { isStartTls, portOf, type StartTls } from '../starttls/names';

/** Schemes of TLS from the first byte, and their ports (IANA's registry; wss and rediss by their specifications). */
const IMPLICIT: Record<string, number> = {
  tls: 443,
  https: 443,
  wss: 443,
  smtps: 465,
  imaps: 993,
  pop3s: 995,
  ftps: 990,
  ldaps: 636,
  nntps: 563,
  xmpps: 5223,
  amqps: 5671,
  mqtts: 8883,
  rediss: 6379,
  ircs: 6697,
  dot: 853,
};

/** Schemes of STARTTLS that have another name than the protocol. */
const ALIASES: Record<string, StartTls> = {
  postgresql: 'postgres',
  mariadb: 'mysql',
  submission: 'smtp',
};

const PORTS: Record<string, number> = { submission: 587 };

export interface Target {
  /** As it is shown. */
  name: string;
  /** Absent for a Unix socket. */
  host?: string;
  address: { path: string } | Endpoint;
  startTls: StartTls | undefined;
}

export function targetOf(
  text: string | undefined,
  unix: string | undefined,
  startTls: StartTls | undefined,
): Target {
  if (unix !== undefined) {
    if (text !== undefined) throw new UsageError('HOST:PORT and --unix exclude each other');
    if (unix === '') throw new UsageError('--unix takes a path');
    return { name: unix, address: { path: unix }, startTls };
  }
  if (text === undefined) throw new UsageError('connect takes HOST:PORT, a URL, or --unix PATH');
  const [, scheme, rest] = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(text) ?? [];
  if (scheme === undefined) return ofEndpoint(text, text, portOf(startTls), startTls);

  const name = scheme.toLowerCase();
  // A path, a question or a user in front says nothing about the connection.
  const authority = /^(?:[^/?#]*@)?([^/?#]*)/.exec(rest!)![1]!;
  const upgrade = ALIASES[name] ?? (isStartTls(name) ? name : undefined);
  if (upgrade !== undefined) {
    if (startTls !== undefined && startTls !== upgrade) {
      throw new UsageError(`${name}:// is ${upgrade}, and --starttls says ${startTls}`);
    }
    return ofEndpoint(text, authority, PORTS[name] ?? portOf(upgrade), upgrade);
  }
  if (!Object.hasOwn(IMPLICIT, name)) {
    const hint = name === 'http' ? ', which has no TLS: https:// has' : '';
    throw new UsageError(`${name}:// is a scheme that connect does not know${hint}`);
  }
  if (startTls !== undefined) {
    throw new UsageError(`${name}:// is TLS from the first byte, and --starttls says ${startTls}`);
  }
  return ofEndpoint(text, authority, IMPLICIT[name], undefined);
}

function ofEndpoint(
  text: string,
  authority: string,
  port: number | undefined,
  startTls: StartTls | undefined,
): Target {
  const address = endpoint(authority, port);
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  const name = /:\d+$/.test(text) ? authority : `${host}:${address.port}`;
  return { name, host: address.host, address, startTls };
}
