// What the processes under test have in common. One process measures one thing of one `tls`:
// BENCH_SUBJECT names it (BENCH_OWNSSL the folder of an ownssl), BENCH_OPTIONS holds what the row wants. They talk in lines of JSON, so that
// a program that is not Node can be measured in the same way: a request is a line on standard input,
//   {"sample":true}  ->  {"cpu":…,"main":…,"wall":…,"rss":…}   microseconds and bytes so far
//   {"run":{…}}      ->  what the subject's own function resolves to
// and the end of standard input ends the process.
'use strict';
const { readFileSync } = require('node:fs');

const subject = process.env.BENCH_SUBJECT ?? 'builtin';
const options = JSON.parse(process.env.BENCH_OPTIONS ?? '{}');

/** The module under test. `net` is what is left without TLS. */
function load() {
  if (subject === 'ownssl') return require(process.env.BENCH_OWNSSL);
  if (subject !== 'net') return require('node:tls');
  const net = require('node:net');
  return { createServer: (_options, listener) => net.createServer(listener), connect: net.connect };
}

/** Cleartext for `net`; https.createServer() is the row's own business. */
const certificate = () => ({
  cert: readFileSync(options.cert),
  key: readFileSync(options.key),
});

/** CPU time of the main thread in microseconds; null where the system does not tell. */
function mainThread() {
  if (process.platform === 'linux') {
    const text = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1');
    return Number(text.split(' ')[0]) / 1000;
  }
  if (!process.threadCpuUsage) return null;
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

function collectGarbage() {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else globalThis.gc?.();
}

function sample({ gc = false } = {}) {
  if (gc) for (let i = 0; i < 4; i++) collectGarbage();
  const { user, system } = process.cpuUsage();
  const wall = Number(process.hrtime.bigint() / 1000n);
  const { rss } = process.memoryUsage();
  return { cpu: user + system, main: mainThread(), wall, rss, late: lateness() };
}

/** How long a timer of 1 ms takes: milliseconds, since the last sample. */
const delays = [];
function watchDelays() {
  let begin = performance.now();
  setInterval(() => {
    const now = performance.now();
    delays.push(now - begin);
    begin = now;
  }, 1);
}

/** Their 99th percentile. */
function lateness() {
  const sorted = delays.splice(0).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)];
}

const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);

/** Answers requests. `run` is what the subject can be told to do. */
function obey(run) {
  let text = '';
  process.stdin.setEncoding('utf8');
  process.stdin.on('data', async (more) => {
    text += more;
    for (let end; (end = text.indexOf('\n')) >= 0;) {
      const request = JSON.parse(text.slice(0, end));
      text = text.slice(end + 1);
      if (request.run) say(await run(request.run));
      else say(sample(request.sample));
    }
  });
  process.stdin.on('end', () => process.exit(0));
}

/** Listens, says where, and obeys. */
function serve(server, run) {
  server.on('tlsClientError', (error) => process.stderr.write(`${error.stack}\n`));
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    if (options.lateness) watchDelays();
    obey(run);
    say({ port: server.address().port });
  });
}

/** For those that need no server. */
function ready(run) {
  obey(run);
  say({ ready: true });
}

/** Runs `task` and resolves to what it took; `task` may return more figures. */
async function measured(task) {
  const before = sample();
  const more = await task();
  const after = sample();
  const spent = { ...more };
  for (const key of ['cpu', 'main', 'wall']) spent[key] = after[key] - before[key];
  return spent;
}

module.exports = { certificate, load, measured, options, ready, sample, serve, subject };
