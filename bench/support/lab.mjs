// Starts what one measurement needs, and ends all of it.
import path from 'node:path';
import { root } from '../../scripts/support/run.mjs';
import { Partner } from './partner.mjs';

export class Lab {
  #started = [];

  constructor({ participant, peer, certificates, profiler }) {
    this.participant = participant;
    this.certificates = certificates;
    this.program = peer;
    this.profiler = profiler;
  }

  /** The process under test, running bench/subjects/`name`.cjs, with `port` if it is a server. */
  async subject(name, options = {}, { flags = [], env = {} } = {}) {
    const { kind, subject, program } = this.participant;
    const script = path.join(root, 'bench/subjects', `${name}.cjs`);
    const own = kind === 'node' ? [...flags, ...(this.profiler?.flags ?? [])] : [];
    const [command, ...args] = [...(this.profiler?.command() ?? []), program, ...own, script];
    const partner = this.#start(command, args, {
      ...this.participant.env,
      BENCH_SUBJECT: subject,
      BENCH_OPTIONS: JSON.stringify(options),
      ...env,
    });
    if (this.profiler) partner.watch(this.profiler);
    return Object.assign(partner, await partner.answer());
  }

  /** A server in C. */
  async server({ cert, key, serve = 'echo', http = false }) {
    const args = ['serve', '--cert', cert, '--key', key, '--serve', serve];
    const partner = this.#start(this.program, http ? [...args, '--http'] : args, process.env);
    return Object.assign(partner, await partner.answer());
  }

  /** A client in C; `options` as `peer` takes them on its command line. */
  client(mode, options) {
    const args = [mode];
    const all = { ...options, plain: this.participant.subject === 'net' };
    for (const [name, value] of Object.entries(all)) {
      if (value === true) args.push(`--${name}`);
      else if (value !== false && value !== undefined) args.push(`--${name}`, String(value));
    }
    return this.#start(this.program, args, process.env);
  }

  /** The server of this participant: a subject, or C. */
  serverUnderTest(name, { identity, c = {}, flags, options = {} }) {
    if (this.participant.kind === 'c') return this.server({ ...identity, ...c });
    return this.subject(name, { ...identity, ...options }, { flags });
  }

  #start(program, args, env) {
    const partner = new Partner(program, args, env);
    this.#started.push(partner);
    return partner;
  }

  async close() {
    await Promise.all(this.#started.map((partner) => partner.stop()));
  }
}

/**
 * A server under test and a client in C: a warm-up, then what is measured. Resolves to what the server
 * spent (`cpu`, `main`, `wall`, in microseconds), how late its timers were (`late`), and what the client
 * says (`client`).
 */
export async function measureServer(lab, { server, mode, options, warm, warmOptions, count }) {
  const { port } = server;
  await lab.client(mode, { port, ...options, ...warmOptions, count: warm }).result();
  const before = await server.sample();
  const client = await lab.client(mode, { port, ...options, count }).result();
  const after = await server.sample();
  return {
    late: after.late,
    cpu: after.cpu - before.cpu,
    main: after.main - before.main,
    wall: after.wall - before.wall,
    client,
  };
}
