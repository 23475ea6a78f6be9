// A connection of two streams with something between them that does harm at a chosen byte. The streams are halves of a
// Duplex pair or sockets of the kernel: the library has a path for each.
import net from 'node:net';
import { once } from 'node:events';
import { duplexPair } from '../support/duplex.mjs';

/** Calls `then` after so many turns of the event loop. */
export function afterTurns(turns, then) {
  setImmediate(() => (turns > 1 ? afterTurns(turns - 1, then) : then()));
}

/** Makes pairs of connected sockets; close() when no more are wanted. */
export async function socketPairs() {
  const waiting = new Map();
  const arrived = new Map();
  const listener = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const take = waiting.get(socket.remotePort);
    waiting.delete(socket.remotePort);
    if (take) take(socket);
    else arrived.set(socket.remotePort, socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address();
  return {
    async pair() {
      const near = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      await once(near, 'connect');
      const { localPort } = near;
      const there = arrived.get(localPort);
      arrived.delete(localPort);
      const far = there ?? (await new Promise((resolve) => waiting.set(localPort, resolve)));
      return [near, far];
    },
    close: () => new Promise((resolve) => listener.close(resolve)),
  };
}

const broken = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** What happens at the chosen byte; each is called once with what carries that direction. */
const harm = {
  fragments: (carrier) => afterTurns(2, carrier.goOn),
  delays: (carrier) => afterTurns(12, carrier.goOn),
  stalls(carrier) {
    carrier.from.pause();
    afterTurns(60, () => {
      carrier.from.resume();
      carrier.goOn();
    });
  },
  drops: (carrier) => carrier.swallow(),
  ends(carrier) {
    carrier.swallow();
    carrier.to.end();
  },
  resets(carrier) {
    carrier.swallow();
    carrier.link.reset();
  },
  corrupts(carrier) {
    const waiting = carrier.queue[0];
    if (waiting) waiting[0] ^= 0x41;
    else carrier.flipNext = true;
    carrier.goOn();
  },
  acts(carrier) {
    carrier.link.act();
    carrier.goOn();
  },
};

/** One direction. */
class Carrier {
  queue = [];
  passed = 0;
  struck = false;
  flipNext = false;
  #held = false;
  #deaf = false;
  #ended = false;

  constructor(link, from, to, fault) {
    Object.assign(this, { link, from, to, fault });
    from.on('data', (chunk) => {
      if (this.#deaf) return;
      const copy = Buffer.from(chunk);
      if (this.flipNext) copy[0] ^= 0x41;
      this.flipNext = false;
      this.queue.push(copy);
      this.#pass();
    });
    from.on('end', () => {
      this.#ended = true;
      this.#pass();
    });
    from.on('error', () => {});
    // What breaks on one side breaks on the other.
    from.on('close', () => {
      if (!this.#ended && !this.#deaf && !this.to.destroyed) this.to.destroy();
    });
  }

  goOn = () => {
    this.#held = false;
    this.#pass();
  };

  swallow() {
    this.#deaf = true;
    this.queue = [];
    this.from.resume();
  }

  #pass() {
    while (!this.#held && !this.#deaf) {
      if (this.fault && !this.struck && this.passed === this.fault.at) {
        this.struck = true;
        this.#held = true;
        harm[this.fault.kind](this);
        continue;
      }
      const chunk = this.queue.shift();
      if (chunk === undefined) break;
      const room = this.fault && !this.struck ? this.fault.at - this.passed : Infinity;
      const piece = chunk.subarray(0, Math.min(room, chunk.length));
      if (piece.length < chunk.length) this.queue.unshift(chunk.subarray(piece.length));
      this.passed += piece.length;
      this.to.write(piece);
    }
    if (this.#ended && !this.#held && !this.#deaf && this.queue.length === 0) this.to.end();
  }
}

/**
 * { client, server, passed(), struck(), dispose() }: two streams to speak TLS over. `fault` is { direction: 'toServer' or
 * 'toClient', at: how many bytes are handed on before, kind, act? }, or nothing. `pairs` of socketPairs() makes sockets.
 */
export async function openLink(fault, pairs = null) {
  const pair = async () => {
    if (pairs) return pairs.pair();
    const both = duplexPair();
    for (const half of both) half.on('error', () => {});
    return both;
  };
  const [client, near] = await pair();
  const [far, server] = await pair();
  // What is between them is half-open, they themselves are as sockets are by default.
  client.allowHalfOpen = server.allowHalfOpen = false;
  const link = {
    act: () => fault.act(),
    reset() {
      for (const end of [near, far]) if (pairs) end.resetAndDestroy();
      if (!pairs) for (const end of [client, server]) end.destroy(broken());
    },
  };
  const of = (direction) => (fault?.direction === direction ? fault : null);
  const up = new Carrier(link, near, far, of('toServer'));
  const down = new Carrier(link, far, near, of('toClient'));
  return {
    client,
    server,
    passed: () => ({ toServer: up.passed, toClient: down.passed }),
    struck: () => up.struck || down.struck,
    dispose() {
      for (const each of [client, near, far, server]) each.destroy();
    },
  };
}
