// npm run fuzz [-- --target client --seconds 600]: the targets of csrc/fuzz, with libFuzzer, AddressSanitizer and
// UndefinedBehaviorSanitizer, and those of test/fuzz (ts_…), parsers of lib/ that tell libFuzzer which way they go. A
// target's corpus grows in build/fuzz/work from run to run.
//
//   --target NAME    one of them (or several: --target pem --target crl); default: all, one after the other
//   --seconds N      of one core, for each; default 60
//   --logs FOLDER    of libFuzzer's output; default build/fuzz/logs
//   --minimize       instead: takes the corpora down to what covers the same, and writes it into the tree
//   --report         instead: the sum of all runs since build/fuzz was made, as a table for ROBUSTNESS.md
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { makeFixtures } from '../../test/fixtures/make.mjs';
import { writeSeeds } from '../support/fuzz-seeds.mjs';
import * as fuzzer from '../support/fuzzer.mjs';
import { fail, root, run } from '../support/run.mjs';
import { table } from '../support/table.mjs';

const options = new Command('npm run fuzz --')
  .option('--target <name...>', 'which targets')
  .option('--seconds <number>', 'of one core, for each', '60')
  .option('--logs <folder>', "libFuzzer's output", path.join(root, 'build/fuzz/logs'))
  .option('--minimize', 'write small corpora into the tree')
  .option('--report', 'the sum of all runs')
  .parse()
  .opts();

if (options.report) {
  report();
} else {
  await prepare();
  const chosen = choose();
  process.exitCode = options.minimize ? await minimizeAll(chosen) : await fuzzAll(chosen);
}

async function prepare() {
  await fuzzer.installForFuzzing();
  const missing = fuzzer.missingForFuzzing();
  if (missing) fail(`fuzz: ${missing} (Debian: clang, lld and libclang-rt-…-dev of its version)`);
  if (!existsSync(path.join(root, 'build/fuzz'))) {
    console.log('An OpenSSL that is instrumented is made once, which takes minutes');
  }
  await run(process.execPath, ['scripts/build/openssl.mjs', '3.5', '--fuzz'], { stdio: 'ignore' });
  const openssl = fuzzer.fuzzedOpenSSL();
  console.log(`OpenSSL: ${openssl.prefix}, ${openssl.what}`);
  if (!(await fuzzer.buildTargets(openssl))) fail('fuzz: the targets did not build');
}

function choose() {
  const all = fuzzer.targets();
  const names = options.target ?? all.map(({ name }) => name);
  return names.map(
    (name) =>
      all.find((target) => target.name === name) ??
      fail(`fuzz: no target ${name}; there are ${all.map((each) => each.name).join(', ')}`),
  );
}

async function fuzzAll(chosen) {
  const results = [];
  for (const target of chosen) {
    console.log(`${target.name}: ${options.seconds} s`);
    const log = path.join(path.resolve(options.logs), `${target.name}.log`);
    const figures = await fuzzer.fuzz(target, { seconds: Number(options.seconds), log });
    results.push(figures);
    for (const file of figures.found)
      console.log(`  crash: build/fuzz/crashes/${file}, see ${log}`);
  }
  show(results);
  return results.some(({ crashes }) => crashes > 0) ? 1 : 0;
}

async function minimizeAll(chosen) {
  const seeds = path.join(root, 'build/fuzz/seeds');
  await writeSeeds(seeds, makeFixtures());
  for (const target of chosen) {
    const { all, kept } = await fuzzer.minimize(target, [path.join(seeds, target.name)]);
    console.log(`${target.name}: ${kept} of ${all} inputs kept`);
  }
  return 0;
}

function show(results) {
  const head = ['target', 'executions', 'per second', 'edges', 'crashes', 'seconds'];
  const rows = results.map(({ target, executions, seconds, edges, crashes }) => [
    target,
    executions,
    Math.round(executions / seconds),
    edges,
    crashes,
    Math.round(seconds),
  ]);
  const right = Object.fromEntries(head.slice(1).map((title) => [title, 'right']));
  console.log(table(head, rows, right));
}

function report() {
  if (!existsSync(fuzzer.history)) fail('fuzz: nothing was run yet');
  const sums = new Map();
  for (const line of readFileSync(fuzzer.history, 'utf8').trim().split('\n')) {
    const figures = JSON.parse(line);
    const sum = sums.get(figures.target) ?? { executions: 0, seconds: 0, edges: 0, crashes: 0 };
    sum.executions += figures.executions;
    sum.seconds += figures.seconds;
    sum.crashes += figures.crashes;
    sum.edges = Math.max(sum.edges, figures.edges);
    sums.set(figures.target, sum);
  }
  console.log('| target | executions | per second | edges | crashes | seconds |');
  console.log('| --- | --: | --: | --: | --: | --: |');
  for (const [target, { executions, seconds, edges, crashes }] of sums) {
    const cells = [
      executions,
      Math.round(executions / seconds),
      edges,
      crashes,
      Math.round(seconds),
    ];
    console.log(`| ${target} | ${cells.map((cell) => cell.toLocaleString('en')).join(' | ')} |`);
  }
}
