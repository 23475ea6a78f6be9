// A connection that a server of ours has accepted, as long as nobody wants its net.Socket: Node's handle, and
// what a transport needs of a socket. Most connections never have a net.Socket, whose two streams and their
// events took 4 % of all that a resumed handshake costs.

import net = require('node:net');

import { keepReading } from './kernel-socket';
import type { Handle } from './socket-handle';

/** Is what a connection that was accepted has to know of its server: Node's own properties. */
export interface AcceptingServer {
  _connections: number;
  _emitCloseIfDrained(): void;
  allowHalfOpen: boolean;
  highWaterMark?: number;
  noDelay?: boolean;
  keepAlive?: boolean;
  /** In seconds. */
  keepAliveInitialDelay?: number;
}

interface Address {
  address?: string;
  family?: string;
  port?: number;
}

export class AcceptedSocket {
  readonly connecting = false;
  readonly pending = false;
  readonly allowHalfOpen: boolean;
  /** Node's handle; null once it is closed, as with net.Socket. */
  _handle: Handle | null;
  /** Is called when that has been done. */
  onclose: (() => void) | null = null;
  readonly #server: AcceptingServer;
  /** What net.Socket remembers of its options, so that it sets only what changes. */
  #noDelay = false;
  #keepAlive = false;
  #keepAliveDelay = 0;

  /** Does what net.Server does before it tells of a connection. */
  constructor(handle: Handle, server: AcceptingServer) {
    this._handle = handle;
    this.#server = server;
    this.allowHalfOpen = server.allowHalfOpen;
    // A pipe has neither.
    if (server.noDelay && handle.setNoDelay) {
      this.#noDelay = true;
      handle.setNoDelay(true);
    }
    if (server.keepAlive && handle.setKeepAlive) {
      this.#keepAlive = true;
      this.#keepAliveDelay = server.keepAliveInitialDelay ?? 0;
      handle.setKeepAlive(true, this.#keepAliveDelay);
    }
    server._connections += 1;
  }

  get destroyed(): boolean {
    return this._handle === null;
  }

  destroy(): void {
    const handle = this._handle;
    if (handle === null) return;
    this._handle = null;
    handle.close(() => {
      const { onclose } = this;
      this.onclose = null;
      onclose?.();
    });
    this.#server._connections -= 1;
    this.#server._emitCloseIfDrained();
  }

  ref(): void {
    this._handle?.ref?.();
  }

  unref(): void {
    this._handle?.unref?.();
  }

  setNoDelay(enable: unknown = true): void {
    if (Boolean(enable) === this.#noDelay) return;
    this.#noDelay = Boolean(enable);
    this._handle?.setNoDelay?.(this.#noDelay);
  }

  get remoteAddress(): string | undefined {
    return this.#peer().address;
  }

  get remoteFamily(): string | undefined {
    return this.#peer().family;
  }

  get remotePort(): number | undefined {
    return this.#peer().port;
  }

  get localAddress(): string | undefined {
    return this.#own().address;
  }

  get localFamily(): string | undefined {
    return this.#own().family;
  }

  get localPort(): number | undefined {
    return this.#own().port;
  }

  #peer(): Address {
    const address: Address = {};
    this._handle?.getpeername?.(address);
    return address;
  }

  #own(): Address {
    const address: Address = {};
    this._handle?.getsockname?.(address);
    return address;
  }

  /** Makes the net.Socket, which has the connection from now on; nothing else is to be asked of this. */
  toSocket(): net.Socket {
    const server = this.#server;
    const socket = new net.Socket({
      ...(this._handle && { handle: this._handle }),
      allowHalfOpen: this.allowHalfOpen,
      readableHighWaterMark: server.highWaterMark,
      writableHighWaterMark: server.highWaterMark,
      noDelay: this.#noDelay,
      keepAlive: this.#keepAlive,
      keepAliveInitialDelay: this.#keepAliveDelay * 1000,
    } as unknown as net.SocketConstructorOpts);
    if (this._handle === null) return socket.destroy();
    Object.assign(socket, { server, _server: server });
    keepReading(socket);
    return socket;
  }
}
