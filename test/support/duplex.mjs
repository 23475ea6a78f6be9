// Transports that are not sockets.
import { Duplex } from 'node:stream';

class Half extends Duplex {
  other = null;
  #resume = null;

  _read() {
    const resume = this.#resume;
    this.#resume = null;
    resume?.();
  }

  _write(chunk, encoding, callback) {
    // As with a wire, what is written arrives later, in a copy.
    const data = Buffer.from(chunk);
    setImmediate(() => {
      if (this.other.destroyed) callback();
      else this.other.deliver(data, callback);
    });
  }

  _final(callback) {
    setImmediate(() => {
      if (!this.other.destroyed) this.other.push(null);
      callback();
    });
  }

  /** A destroyed half is a connection that breaks: the other half ends. */
  _destroy(error, callback) {
    setImmediate(() => {
      if (!this.other.destroyed && !this.other.readableEnded && !this.writableFinished)
        this.other.push(null);
    });
    this._read();
    callback(error);
  }

  deliver(data, taken) {
    if (this.push(data)) taken();
    else this.#resume = taken;
  }
}

/** Two connected Duplex streams without a socket or a handle beneath them; half-open unless said otherwise, as Duplex is. */
export function duplexPair(options = {}) {
  const [near, far] = [0, 1].map(() => new Half(options));
  near.other = far;
  far.other = near;
  return [near, far];
}

/** Wraps a transport in a Duplex that hands on what comes in through `change(chunk, push)`, and at its end `flush(push)`. */
export function reshapeInput(transport, change, flush = () => {}) {
  const wrapped = new Duplex({
    read() {
      transport.resume();
    },
    write(chunk, encoding, callback) {
      transport.write(chunk, callback);
    },
    final(callback) {
      transport.end(callback);
    },
    destroy(error, callback) {
      transport.destroy();
      callback(error);
    },
  });
  const push = (piece) => {
    if (!wrapped.push(piece)) transport.pause();
  };
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    flush(push);
    wrapped.push(null);
  };
  transport.on('data', (chunk) => change(chunk, push));
  transport.on('end', end);
  transport.on('close', end);
  transport.on('error', (error) => wrapped.destroy(error));
  return wrapped;
}

/** A Duplex over `transport` on which every byte arrives as a chunk of its own. */
export function oneByteAtATime(transport) {
  return reshapeInput(transport, (chunk, push) => {
    for (let i = 0; i < chunk.length; i++) push(Buffer.from(chunk.subarray(i, i + 1)));
  });
}
