// Protocols of lines of text, each of which ends with CRLF.

import { hostname } from 'node:os';
import { refused, unexpected, type Conversation } from './conversation';

/** What a server said, short enough for a message. */
export function said(text: string): string {
  const short = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return `the server said "${short}"`;
}

/** A reply of SMTP, FTP or NNTP: "250-more" … "250 last". Returns the code and all lines. */
async function reply(
  peer: Conversation,
  protocol: string,
): Promise<{ code: string; lines: string[] }> {
  const lines: string[] = [];
  let first: string | undefined;
  for (;;) {
    const line = await peer.line();
    const [, code, mark] = /^(\d{3})(?:([- ])|$)/.exec(line) ?? [];
    if (first === undefined && code === undefined) {
      throw unexpected(`this is no ${protocol}: ${said(line)}`);
    }
    first ??= code!;
    lines.push(line);
    if (code === first && mark !== '-') return { code: first, lines };
  }
}

/** The greeting: whether the server serves at all. */
async function greeting(peer: Conversation, protocol: string, good: RegExp): Promise<void> {
  const { code, lines } = await reply(peer, protocol);
  if (!good.test(code)) throw unexpected(`the server does not serve: ${said(lines.at(-1)!)}`);
}

async function askFor(
  peer: Conversation,
  protocol: string,
  command: string,
  good: string,
): Promise<void> {
  peer.send(`${command}\r\n`);
  const { code, lines } = await reply(peer, protocol);
  if (code !== good) throw refused(`the server refuses ${command}: ${said(lines.at(-1)!)}`);
}

/** RFC 3207. */
export async function smtp(peer: Conversation): Promise<void> {
  await greeting(peer, 'SMTP', /^220$/);
  peer.send(`EHLO ${hostname().replace(/[^\w.-]/g, '') || 'localhost'}\r\n`);
  const { code, lines } = await reply(peer, 'SMTP');
  if (code !== '250') throw refused(`the server refuses EHLO: ${said(lines.at(-1)!)}`);
  if (!lines.some((line) => /^250[- ]STARTTLS\s*$/i.test(line))) {
    throw refused('the server does not offer STARTTLS');
  }
  await askFor(peer, 'SMTP', 'STARTTLS', '220');
}

/** RFC 4217. */
export async function ftp(peer: Conversation): Promise<void> {
  // 120: "ready in so many minutes", and another greeting follows.
  await greeting(peer, 'FTP', /^[12]20$/);
  await askFor(peer, 'FTP', 'AUTH TLS', '234');
}

/** RFC 4642. */
export async function nntp(peer: Conversation): Promise<void> {
  await greeting(peer, 'NNTP', /^20[01]$/);
  await askFor(peer, 'NNTP', 'STARTTLS', '382');
}

/** RFC 2595. */
export async function pop3(peer: Conversation): Promise<void> {
  const hello = await peer.line();
  if (!/^\+OK\b/i.test(hello)) throw unexpected(`this is no POP3: ${said(hello)}`);
  peer.send('STLS\r\n');
  const answer = await peer.line();
  if (!/^\+OK\b/i.test(answer)) throw refused(`the server refuses STLS: ${said(answer)}`);
}

/** The lines up to the one with our tag, which is the last. */
async function tagged(peer: Conversation, tag: string): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await peer.line();
    if (!/^(\*|\+|[A-Za-z0-9.]+)( |$)/.test(line)) {
      throw unexpected(`this is no IMAP: ${said(line)}`);
    }
    lines.push(line);
    if (line.startsWith(`${tag} `)) return lines;
  }
}

/** RFC 9051, 6.2.1. */
export async function imap(peer: Conversation): Promise<void> {
  const hello = await peer.line();
  // A server that takes the client for authenticated refuses STARTTLS; somebody on the way may have said so.
  if (/^\* PREAUTH\b/i.test(hello)) throw refused(`no STARTTLS is possible: ${said(hello)}`);
  if (!/^\* OK\b/i.test(hello)) throw unexpected(`this is no IMAP: ${said(hello)}`);
  peer.send('a1 CAPABILITY\r\n');
  const capabilities = await tagged(peer, 'a1');
  if (!capabilities.some((line) => /^\* CAPABILITY\b.* STARTTLS\b/i.test(line))) {
    throw refused('the server does not offer STARTTLS');
  }
  peer.send('a2 STARTTLS\r\n');
  const answer = (await tagged(peer, 'a2')).at(-1)!;
  if (!/^a2 OK\b/i.test(answer)) throw refused(`the server refuses STARTTLS: ${said(answer)}`);
}

async function sieveAnswer(peer: Conversation): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const line = await peer.line();
    if (!/^("|\{|OK\b|NO\b|BYE\b)/i.test(line)) {
      throw unexpected(`this is no ManageSieve: ${said(line)}`);
    }
    lines.push(line);
    if (/^(OK|NO|BYE)\b/i.test(line)) return lines;
  }
}

/** RFC 5804, 2.2. */
export async function sieve(peer: Conversation): Promise<void> {
  const capabilities = await sieveAnswer(peer);
  const last = capabilities.at(-1)!;
  if (!/^OK\b/i.test(last)) throw unexpected(`the server does not serve: ${said(last)}`);
  if (!capabilities.some((line) => /^"STARTTLS"/i.test(line))) {
    throw refused('the server does not offer STARTTLS');
  }
  peer.send('STARTTLS\r\n');
  const answer = (await sieveAnswer(peer)).at(-1)!;
  if (!/^OK\b/i.test(answer)) throw refused(`the server refuses STARTTLS: ${said(answer)}`);
}
