// What a transport is over: a stream, or a connection that was accepted and has none yet (accepted-socket.ts).

import net = require('node:net');
import type { Duplex } from 'node:stream';

import { AcceptedSocket } from './accepted-socket';
import { isKernelSocket, keepReading } from './kernel-socket';
import { directHandle, type Handle } from './socket-handle';
import { invalidArgType } from '../base/errors';

/** Hears what a stream emits. Without a stream there is only the end of it all. */
export interface BelowListener {
  readonly onerror: (error: NodeJS.ErrnoException) => void;
  readonly onend: () => void;
  readonly onclose: () => void;
}

export class Below {
  /** Whether it is a TCP or Unix socket, and nothing that somebody has put over one. */
  readonly isKernelSocket: boolean;
  /** What the stream was set to. */
  readonly allowHalfOpen: boolean;
  /** Null once there is a stream. */
  #accepted: AcceptedSocket | null = null;
  #stream: Duplex | null = null;
  #listener: BelowListener | null = null;

  constructor(given: Duplex | AcceptedSocket) {
    if (given instanceof AcceptedSocket) {
      this.#accepted = given;
      this.isKernelSocket = true;
      this.allowHalfOpen = given.allowHalfOpen;
      return;
    }
    if (typeof given?.pause !== 'function') throw invalidArgType('socket', 'Duplex', given);
    this.#stream = given;
    this.isKernelSocket = isKernelSocket(given);
    this.allowHalfOpen = given.allowHalfOpen;
    if (this.isKernelSocket) keepReading(given);
    // What is read of another stream, and its end, may come before TLS has begun.
    else given.allowHalfOpen = true;
  }

  /** Prepares the stream for being read and written as one: TLS decides when it ends, and not its peer. */
  keepHalfOpen(): void {
    this.stream.allowHalfOpen = true;
  }

  /** The stream, which is made where there is none. */
  get stream(): Duplex {
    if (this.#accepted !== null) this.#makeStream(this.#accepted);
    return this.#stream!;
  }

  #makeStream(accepted: AcceptedSocket): void {
    this.#stream ??= accepted.toSocket();
    // That of a connection that is closed is closed, too, and takes nothing over.
    if (accepted.destroyed) return;
    this.#accepted = null;
    accepted.onclose = null;
    if (this.#listener !== null) subscribe(this.#stream, this.#listener);
  }

  /** The name of the stream's class, or of what it would be. */
  get kind(): string {
    return this.#made?.constructor.name ?? net.Socket.name;
  }

  /** The stream, if there is one. */
  get #made(): Duplex | null {
    return this.#accepted === null ? this.#stream : null;
  }

  /** Whether there is no stream yet. */
  get bare(): boolean {
    return this.#accepted !== null;
  }

  /** A socket, or what answers for it; null for other streams. */
  get socket(): net.Socket | AcceptedSocket | null {
    if (this.#accepted !== null) return this.#accepted;
    return this.#stream instanceof net.Socket ? this.#stream : null;
  }

  /** A socket; null for other streams. */
  get netSocket(): net.Socket | null {
    return this.stream instanceof net.Socket ? this.stream : null;
  }

  /** Node's handle of a socket, until that is destroyed. */
  get handle(): Handle | null {
    return (this.socket as { _handle?: Handle | null } | null)?._handle ?? null;
  }

  /** The handle of a socket of which no byte is on its way through a stream. */
  get directHandle(): Handle | null {
    const stream = this.#made;
    return stream === null ? this.#accepted!._handle : directHandle(stream as net.Socket);
  }

  /** Whether what was written to the stream, and not by TLS, is still there, or its end. */
  get hasWrites(): boolean {
    const stream = this.#made;
    return stream !== null && (stream.writableLength > 0 || stream.writableEnded);
  }

  /** Counts what was written to the stream and not taken yet. */
  get writableLength(): number {
    return this.#made?.writableLength ?? 0;
  }

  /** Is called once. */
  listen(listener: BelowListener): void {
    this.#listener = listener;
    if (this.#accepted !== null) this.#accepted.onclose = listener.onclose;
    else subscribe(this.#stream!, listener);
  }

  /** Calls back in place of, or behind, `onclose()`. */
  onceClosed(callback: () => void): void {
    if (this.#accepted !== null) this.#accepted.onclose = callback;
    else this.#stream!.once('close', callback);
  }

  destroy(): void {
    (this.#accepted ?? this.#stream!).destroy();
  }
}

function subscribe(stream: Duplex, { onerror, onclose, onend }: BelowListener): void {
  stream.on('error', onerror);
  stream.on('close', onclose);
  stream.on('end', onend);
}
