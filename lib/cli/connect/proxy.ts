// Connections through a proxy: CONNECT of HTTP (RFC 9110, 9.3.6), and SOCKS5 (RFC 1928, 1929).

import { isIP } from 'node:net';
import { ipv6Bytes, type Endpoint } from '../support/arguments';
import { CommandError, UsageError } from '../support/exit';
import { said } from '../starttls/lines';
import { unexpected, type Conversation } from '../starttls/conversation';

export interface Proxy extends Endpoint {
  kind: 'http' | 'socks5';
  user: string | undefined;
  password: string;
}

const PORTS = { http: 3128, socks5: 1080 } as const;

/** Takes `http://user:password@host:port` or `socks5://…`; without a scheme it is http. */
export function proxyOf(text: string): Proxy {
  // What is not understood is not repeated: a password may be in it.
  const wrong = () =>
    new UsageError('--proxy takes http://[USER:PASSWORD@]HOST:PORT, or socks5://');
  const url = parsed(text, wrong);
  const scheme = url.protocol.replace(/h?:$/, '');
  const kind = scheme === 'http' || scheme === 'socks5' ? scheme : undefined;
  if (kind === undefined || url.hostname === '') throw wrong();
  return {
    kind,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    // URL leaves the default port of http out.
    port: url.port === '' ? (/:80\/?$/.test(text) ? 80 : PORTS[kind]) : Number(url.port),
    user: url.username === '' ? undefined : decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

function parsed(text: string, wrong: () => UsageError): URL {
  try {
    return new URL(text.includes('://') ? text : `http://${text}`);
  } catch {
    throw wrong();
  }
}

/** Asks the proxy for a tunnel to `target`, which the proxy resolves. */
export function tunnel(peer: Conversation, proxy: Proxy, target: Endpoint): Promise<void> {
  return proxy.kind === 'http' ? byHttp(peer, proxy, target) : bySocks(peer, proxy, target);
}

function refusedByProxy(message: string): CommandError {
  return new CommandError(`the proxy ${message}`, 'ERR_OWNSSL_PROXY_REFUSED');
}

async function byHttp(peer: Conversation, proxy: Proxy, { host, port }: Endpoint): Promise<void> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const credentials =
    proxy.user === undefined
      ? ''
      : `Proxy-Authorization: Basic ${Buffer.from(`${proxy.user}:${proxy.password}`).toString('base64')}\r\n`;
  peer.send(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  const head = await peer.line();
  const [, status] = /^HTTP\/1\.[01] (\d{3})\b/.exec(head) ?? [];
  if (status === undefined) throw unexpected(`this is no proxy for HTTP: ${said(head)}`);
  if (status === '407') throw refusedByProxy('wants other credentials: 407');
  if (!status.startsWith('2')) throw refusedByProxy(`refuses: ${said(head)}`);
  while ((await peer.line()) !== '');
}

const REPLIES = [
  '',
  'a failure of its own',
  'not allowed by its rules',
  'network unreachable',
  'host unreachable',
  'connection refused',
  'time to live expired',
  'command not supported',
  'address type not supported',
];

async function bySocks(peer: Conversation, proxy: Proxy, { host, port }: Endpoint): Promise<void> {
  const named = proxy.user !== undefined;
  peer.send(Buffer.from(named ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await peer.bytes(2);
  if (version !== 5) throw unexpected('this is no proxy for SOCKS5');
  if (method === 2 && named) {
    const [user, password] = [proxy.user!, proxy.password].map((each) => Buffer.from(each));
    if (user!.length > 255 || password!.length > 255) {
      throw new UsageError('--proxy: SOCKS5 has names and passwords of at most 255 bytes');
    }
    peer.send(Buffer.from([1, user!.length, ...user!, password!.length, ...password!]));
    if ((await peer.bytes(2))[1] !== 0) throw refusedByProxy('wants other credentials');
  } else if (method !== 0) {
    throw refusedByProxy('wants credentials');
  }
  peer.send(Buffer.from([5, 1, 0, ...addressOf(host), port >> 8, port & 0xff]));
  const [, code, , type] = await peer.bytes(4);
  if (code !== 0) throw refusedByProxy(`refuses: ${REPLIES[code!] ?? `code ${code}`}`);
  const length = type === 1 ? 4 : type === 4 ? 16 : (await peer.bytes(1))[0]!;
  await peer.bytes(length + 2);
}

/** A name goes as it is: the proxy knows better what it means there. */
function addressOf(host: string): number[] {
  if (isIP(host) === 4) return [1, ...host.split('.').map(Number)];
  if (isIP(host) === 6) return [4, ...ipv6Bytes(host)];
  const name = Buffer.from(host);
  if (name.length > 255) throw new UsageError('--proxy: SOCKS5 has names of at most 255 bytes');
  return [3, name.length, ...name];
}
