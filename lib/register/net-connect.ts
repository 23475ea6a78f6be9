// Lets libraries see the connections of TLS sockets where they see Node's: in net.Socket.prototype.connect().
//
// Node's TLSSocket inherits `connect()`. Libraries that watch connections (OpenTelemetry), or play the
// server (nock and others on @mswjs/interceptors), replace the inherited one, and meet the TLSSocket there.
// Ours has a `connect()` of its own, which opens a net.Socket below that no program is to see. So under
// register it is taken away, and the inherited one knows what to do for sockets of ours.

import net = require('node:net');

import { kDial } from '../base/symbols';
import { TLSSocket } from '../socket/tls-socket';

export function adaptConnect(): void {
  const { prototype } = net.Socket;
  const { connect } = prototype;
  Reflect.deleteProperty(TLSSocket.prototype, 'connect');
  prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
    if (!(this instanceof TLSSocket)) return Reflect.apply(connect, this, args) as net.Socket;
    const handle = this._handle;
    if (handle === null || !Object.hasOwn(handle, 'connect')) return this[kDial](connect, args);
    // Somebody plays the peer. Node's own code looks for addresses, tells of them, and calls the handle.
    handle.played = true;
    return Reflect.apply(connect, this, args) as net.Socket;
  };
}
