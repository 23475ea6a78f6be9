// Checks the plan of lib/ and csrc/: a file uses only its own floor and those below, no files use each
// other in a circle, and no file is too long to be read in one go. Part of `npm run lint`.
// The argument is the folder that holds lib/ and csrc/; without it, this project's.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { cruise } from 'dependency-cruiser';
import { root } from '../support/run.mjs';

/** The floors from the bottom up, each a pattern for paths from the root. A new folder needs a place here. */
const FLOORS = {
  lib: [
    '^lib/base/',
    '^lib/native/',
    '^lib/context/',
    '^lib/stream/',
    '^lib/handshake/',
    '^lib/socket/',
    '^lib/(api|index)[.]ts$',
    '^lib/register/',
    '^lib/cli/',
  ],
  csrc: [
    '^csrc/base/',
    '^csrc/openssl/',
    '^csrc/fiber/',
    '^csrc/io/',
    '^csrc/context/',
    '^csrc/session/',
    '^csrc/io_threads/',
    '^csrc/node/',
  ],
};

/** The C++ tests and fuzzers stand beside the house: they may use all of it, and be long. */
const ASIDE = /^csrc\/(test|fuzz)\//;

/** A file may have so many lines. */
const LONGEST = 350;

/** What is wrong in the project at `base`, a sentence for each fault; nothing if all is well. */
export async function faultsOf(base) {
  const sources = sourcesIn(base);
  return [
    ...homeless(sources),
    ...tooLong(base, sources),
    ...(await ofLib(base)),
    ...ofCsrc(base, sources),
  ];
}

function sourcesIn(base) {
  return ['lib', 'csrc'].flatMap((folder) =>
    readdirSync(path.join(base, folder), { recursive: true })
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
      .filter((name) => /\.(ts|cc|h|def)$/.test(name) && !ASIDE.test(name)),
  );
}

function homeless(sources) {
  const patterns = [...FLOORS.lib, ...FLOORS.csrc].map((pattern) => new RegExp(pattern));
  return sources
    .filter((name) => !patterns.some((pattern) => pattern.test(name)))
    .map((name) => `${name} is on no floor; scripts/lint/floors.mjs lists them`);
}

function tooLong(base, sources) {
  return sources
    .map((name) => ({
      name,
      lines: readFileSync(path.join(base, name), 'utf8').split('\n').length - 1,
    }))
    .filter(({ lines }) => lines > LONGEST)
    .map(
      ({ name, lines }) => `${name} has ${lines} lines, more than ${LONGEST}: it does two things`,
    );
}

/** Imports of types count, because they, too, decide which files one has to read to understand another. */
async function ofLib(base) {
  const upwards = FLOORS.lib.slice(0, -1).map((floor, index) => ({
    name: 'floors',
    severity: 'error',
    from: { path: floor },
    to: { path: FLOORS.lib.slice(index + 1) },
  }));
  const circle = { name: 'circle', severity: 'error', from: {}, to: { circular: true } };
  const { output } = await cruise(['lib'], {
    baseDir: base,
    validate: true,
    ruleSet: { forbidden: [...upwards, circle] },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  });
  // index.ts names its own type, to say what its default export is; that needs no other file.
  const violations = output.summary.violations.filter(({ from, to }) => from !== to);
  return violations.map(({ from, to, cycle, rule }) =>
    rule.name === 'circle'
      ? `${from} is in a circle: ${[from, ...cycle.map(({ name }) => name)].join(' → ')}`
      : `${from} uses ${to}, which is on a floor above`,
  );
}

function ofCsrc(base, sources) {
  const includes = new Map(
    sources
      .filter((name) => name.startsWith('csrc/'))
      .map((name) => [name, includesOf(base, name)]),
  );
  const faults = [];
  for (const [from, targets] of includes) {
    for (const to of targets) {
      if (floorOf(to) > floorOf(from)) faults.push(`${from} uses ${to}, which is on a floor above`);
    }
  }
  return [...faults, ...circlesIn(includes)];
}

/** The files of ours that a file includes; all are named relative to it. */
function includesOf(base, name) {
  const text = readFileSync(path.join(base, name), 'utf8');
  return [...text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map(([, target]) =>
    path.posix.join(path.posix.dirname(name), target),
  );
}

function floorOf(name) {
  return FLOORS.csrc.findIndex((pattern) => new RegExp(pattern).test(name));
}

function circlesIn(graph) {
  const faults = [];
  const finished = new Set();
  const visit = (name, trail) => {
    if (trail.includes(name)) {
      const circle = [...trail.slice(trail.indexOf(name)), name];
      faults.push(`${name} is in a circle: ${circle.join(' → ')}`);
      return;
    }
    if (finished.has(name)) return;
    for (const target of graph.get(name) ?? []) visit(target, [...trail, name]);
    finished.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = await faultsOf(process.argv[2] ?? root);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
