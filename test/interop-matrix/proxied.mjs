// Peers that are proxies between TLS and plain TCP: their plain end is a socket of ours.
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { tidy } from '../support/cleanup.mjs';
import { listen } from '../support/ends.mjs';
import { Link } from './link.mjs';

/** What the plain side of a connection can do, as that of a pipe does. */
class SocketLink extends Link {
  #plain;
  #log;

  constructor(child, { log, ...rest }) {
    super(child, rest);
    this.#log = log;
  }

  attach(plain) {
    this.#plain = tidy(plain);
    this.hears(plain);
  }

  send(data) {
    this.#plain.write(data);
  }

  end() {
    this.#plain.end();
  }

  /** The connection is over for our end of TLS; it is for the other side as well. */
  over() {
    this.#plain.end();
  }

  /** Proxies write about a connection when it is over: into a file, or on standard error. */
  async saw(name) {
    this.end();
    if (!this.#log) return super.saw(name);
    for (;;) {
      const found = this.fact(name).exec(readFileSync(this.#log, 'utf8'));
      if (found) return found[1];
      await turn();
    }
  }
}

/** The proxy is the server of TLS; behind it is a plain server of ours: { backend, link }. */
export async function asServer() {
  const waiting = [];
  const arrived = [];
  const backend = await listen(
    net.createServer({ allowHalfOpen: true }, (plain) => {
      if (waiting.length > 0) waiting.shift()(plain);
      else arrived.push(plain);
    }),
  );
  class ServerLink extends SocketLink {
    async visited() {
      this.attach(arrived.shift() ?? (await new Promise((resolve) => waiting.push(resolve))));
    }
  }
  return { backend, link: ServerLink };
}

/** The proxy is the client of TLS; who connects to its plain side makes it visit our server. */
export function asClient(port) {
  return class extends SocketLink {
    begin() {
      this.attach(net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    }

    /** A second connection. */
    again() {
      this.begin();
    }
  };
}
