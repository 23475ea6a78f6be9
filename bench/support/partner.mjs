// A process that is measured, or the one on its other side: lines of JSON in and out.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class Partner {
  #child;
  #lines;
  #stderr = '';
  #exited;
  #between;
  #answers = 0;

  constructor(program, args, env) {
    this.#child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    running.add(this.#child);
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#stderr = `${this.#stderr}${text}`.slice(-4000);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.on('error', (error) => {
        this.#stderr += error.message;
        resolve(null);
      });
      this.#child.on('close', resolve);
    }).then((status) => {
      running.delete(this.#child);
      return status;
    });
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.what = `${program} ${args.join(' ')}`;
  }

  /** What the process says next. */
  async answer() {
    const { value, done } = await this.#lines.next();
    if (!done) return JSON.parse(value);
    const status = await this.#exited;
    throw new Error(`${this.what} ended with ${status}:\n${this.#stderr}`);
  }

  /** `between` is started with the process's number when it has answered once, and stopped at the next. */
  watch(between) {
    this.#between = between;
  }

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const answer = await this.answer();
    this.#answers += 1;
    if (this.#answers === 1) await this.#between?.start(this.#child.pid);
    if (this.#answers === 2) await this.#between?.stop();
    return answer;
  }

  sample(how = {}) {
    return this.ask({ sample: how });
  }

  run(what) {
    return this.ask({ run: what });
  }

  /** Ends it and waits for that. Who records a subject from its beginning writes that down when it ends. */
  async stop() {
    if (this.#between?.whole) this.#child.stdin.end();
    else this.#child.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets a client that goes on for ever come to its end, and resolves to its answer. */
  finish() {
    this.#child.kill('SIGTERM');
    return this.result();
  }

  /** Resolves to its only answer when it has ended by itself. */
  async result() {
    const answer = await this.answer();
    const status = await this.#exited;
    if (status !== 0) throw new Error(`${this.what} ended with ${status}:\n${this.#stderr}`);
    return answer;
  }
}
