// What is said in plain text before TLS: to a proxy, and for STARTTLS.

import type { Socket } from 'node:net';
import { CommandError, Exit } from '../support/exit';

/** Servers greet with a few hundred bytes; nobody has a reason to say more than this before TLS. */
const MOST = 64 * 1024;

/** What the other end said is wrong: it speaks another protocol, or a broken one. */
export function unexpected(what: string): CommandError {
  return new CommandError(what, 'ERR_OWNSSL_PLAINTEXT_UNEXPECTED', Exit.noConnection);
}

/** The server speaks the protocol, and will not turn to TLS. */
export function refused(what: string): CommandError {
  return new CommandError(what, 'ERR_OWNSSL_STARTTLS_REFUSED', Exit.noStartTls);
}

export class Conversation {
  private received: Buffer = Buffer.alloc(0);
  private total = 0;
  private over: Error | undefined;
  private wake: (() => void) | undefined;
  private readonly ondata = (chunk: Buffer) => this.take(chunk);
  private readonly onerror = (error: Error) => this.finish(error);
  private readonly onend = () => this.finish(this.closed());

  /** `name` is who is talked to, for messages. */
  constructor(
    private readonly socket: Socket,
    public name: string,
  ) {
    socket.on('data', this.ondata).on('error', this.onerror);
    socket.on('end', this.onend).on('close', this.onend);
  }

  send(data: string | Buffer): void {
    if (!this.over) this.socket.write(data);
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.received.length < count) await this.more();
    return this.shift(count);
  }

  /** A line without its end. Bytes that are no ASCII stay visible as Latin-1. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.received.indexOf('\n');
      if (end >= 0) {
        return this.shift(end + 1)
          .toString('latin1')
          .replace(/\r?\n$/, '');
      }
      await this.more();
    }
  }

  /** All up to the first match of `pattern`, which must match text of its own only (no look-ahead). */
  async through(pattern: RegExp): Promise<string> {
    for (;;) {
      const text = this.received.toString('latin1');
      const match = pattern.exec(text);
      if (match) return this.shift(match.index + match[0].length).toString('latin1');
      await this.more();
    }
  }

  /**
   * Ends the plain text: what follows on the socket is TLS. A client speaks first in TLS, so whatever has been sent
   * by now came in plain text, from anybody on the way. Taking it for an answer within TLS was CVE-2011-0411.
   */
  release(): void {
    this.socket.off('data', this.ondata).off('error', this.onerror);
    this.socket.off('end', this.onend).off('close', this.onend);
    if (this.over) throw this.over;
    this.socket.pause();
    const rest = this.received.length + this.socket.readableLength;
    if (rest === 0) return;
    this.socket.destroy();
    throw new CommandError(
      `${this.name} sent ${rest} bytes in plain text behind its last answer, where TLS begins`,
      'ERR_OWNSSL_PLAINTEXT_INJECTED',
      Exit.noStartTls,
    );
  }

  private take(chunk: Buffer): void {
    this.total += chunk.length;
    if (this.total > MOST) {
      this.finish(unexpected(`${this.name} sent more than ${MOST} bytes before TLS`));
      this.socket.destroy();
      return;
    }
    this.received = Buffer.concat([this.received, chunk]);
    this.wake?.();
  }

  private finish(error: Error): void {
    this.over ??= error;
    this.wake?.();
  }

  private shift(count: number): Buffer {
    const taken = this.received.subarray(0, count);
    this.received = this.received.subarray(count);
    return taken;
  }

  private async more(): Promise<void> {
    if (this.over) throw this.over;
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
  }

  private closed(): CommandError {
    const message = `${this.name} closed the connection before TLS began`;
    return new CommandError(message, 'ERR_OWNSSL_PLAINTEXT_CLOSED');
  }
}
