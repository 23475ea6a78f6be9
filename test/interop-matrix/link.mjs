// A running peer, seen from its plain end: what is put in there comes out of our TLS socket, and back.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { start } from '../support/child.mjs';
import { readBytes } from '../support/events.mjs';

/** Lines of random digits: no tool takes them for a command, and none changes them. `size` is in bytes. */
export function payload(size) {
  let text = '';
  // Short lines are lines for every tool; of long ones there are fewer, and some tools send each by itself.
  const numbers = size > 50_000 ? 60 : 2;
  const line = () => Array.from({ length: numbers }, () => randomInt(1e14, 2e14)).join('');
  while (text.length < size) text += `${line()}\n`;
  return `${text.slice(0, size - 1)}\n`;
}

/** What a peer has printed besides payload, for the message of an error. */
export function said(output) {
  const lines = output.split('\n').filter((line) => !/^\d{20,}$/.test(line));
  return `\nThe peer says:\n${lines.join('\n').slice(-1500)}`;
}

/** Keeps what comes out of a stream, and tells when something has come. */
export function collect(stream) {
  let text = '';
  let ended = false;
  let waiting = [];
  const tell = () => {
    const now = waiting;
    waiting = [];
    for (const wake of now) wake();
  };
  stream.on('data', (chunk) => {
    text += chunk.toString('latin1');
    tell();
  });
  for (const event of ['end', 'close', 'error']) {
    stream.on(event, () => {
      ended = true;
      tell();
    });
  }
  const until = async (done, what) => {
    while (!done()) {
      if (ended) throw new Error(`the peer ended before ${what}`);
      await new Promise((resolve) => waiting.push(resolve));
    }
  };
  return {
    text: () => text,
    /** Resolves once exactly `data` has come out, whole; whatever else the tool prints stands before or after it. */
    async received(data) {
      const from = text.length;
      let seen = Math.max(0, from - data.length);
      await until(() => {
        if (text.length - seen < data.length) return false;
        return text.includes(data, seen);
      }, `${data.length} bytes had come out of it`);
      seen = text.length;
    },
    async ended() {
      while (!ended) await new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/**
 * A peer with a pipe on its plain side. `facts` maps names (version, cipher, alpn, servername, client, reused, ocsp) to
 * where the peer tells them: a pattern whose first group is the value, or a function of the whole output.
 */
export class Link {
  #child;
  #out;
  #facts;

  constructor(child, { facts = {} } = {}) {
    this.#child = child;
    this.#out = collect(child.process.stdout);
    this.#facts = facts;
  }

  /** The plain end is `stream`, not the output of the program. */
  hears(stream) {
    this.#out = collect(stream);
  }

  /** How the peer tells `name`; undefined if it does not. */
  fact(name) {
    return this.#facts[name];
  }

  get output() {
    return this.#child.output();
  }

  get exited() {
    return this.#child.exited;
  }

  send(data) {
    this.#child.process.stdin.write(data);
  }

  end() {
    this.#child.process.stdin.end();
  }

  async received(data) {
    try {
      await this.#out.received(data);
    } catch (error) {
      error.stack += said(this.output);
      throw error;
    }
  }

  ended() {
    return this.#out.ended();
  }

  shows(pattern) {
    return this.#child.shows(pattern);
  }

  /** Whether this peer tells such a thing about its connections. */
  tells(name) {
    return this.#facts[name] !== undefined;
  }

  /** What the peer says; waits until it says so. */
  async saw(name) {
    const fact = this.#facts[name];
    assert(fact, `nothing says where this peer tells its ${name}`);
    if (fact instanceof RegExp) return (await this.shows(fact))[1];
    const { pattern, value } = fact;
    const [, ...groups] = await this.shows(pattern);
    return value(...groups);
  }

  /** Bytes both ways, each compared as a whole with what was sent. */
  async exchange(socket, size = 2000) {
    const up = payload(size);
    const arrived = this.received(up);
    socket.write(up);
    await arrived;
    const down = payload(size);
    const got = readBytes(socket, size);
    this.send(down);
    assert((await got).equals(Buffer.from(down)), 'other bytes than the peer had sent');
  }
}

/** A peer that sends back what it gets, and has no plain side. */
export class EchoLink extends Link {
  async exchange(socket, size = 2000) {
    const data = payload(size);
    const got = readBytes(socket, size);
    socket.write(data);
    assert((await got).equals(Buffer.from(data)), 'other bytes than were sent came back');
  }
}

/** The peer that was started last, to blame when a cell is not done in time. */
export let latest;

/** Starts a peer as its description says, and returns its link. */
export function launch({ command, args, env, ready, link: Kind = Link, ...rest }) {
  const child = start(command, args, { env, ready });
  latest = new Kind(child, rest);
  return { child, link: latest };
}
