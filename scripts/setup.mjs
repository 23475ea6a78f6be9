// Brings a clone into the state in which its tests and its demo can run, and says nothing if it is in it.
// Runs before `npm test` and `npm run demo`; uses only Node's built-in modules, because it may be
// what installs the others.
import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fail, npm, root, stale } from './support/run.mjs';
import { advice, buildNeeds, canInstall, install, missing, peers } from './support/packages.mjs';

// The library runs on older ones; mocha and ESLint don't.
const minimumNode = [20, 19];
const at = (...names) => path.join(root, ...names);
const say = (message) => process.stderr.write(`setup: ${message}\n`);

const addon = at('build/cmake/Release/ownssl.node');
const peersAsked = at('build/peers-asked');
const lock = at('build/setup.lock');

// With OWNSSL_SUBJECT=builtin the same tests run against Node's own tls, which needs no addon.
const wantsAddon = process.env.OWNSSL_SUBJECT !== 'builtin' && !process.env.OWNSSL_ADDON;

const steps = [
  {
    due: () => stale(at('node_modules/.package-lock.json'), [at('package-lock.json')]),
    async take() {
      say('installing the npm packages');
      if (await npm(['ci', '--ignore-scripts', '--loglevel=error'])) fail('setup: npm ci failed');
    },
  },
  {
    due: () =>
      wantsAddon && stale(addon, addonInputs(), (name) => /csrc[\\/](test|fuzz)$/.test(name)),
    async take() {
      await ensureBuildNeeds();
      say('building the addon');
      if (await npm(['run', '--silent', 'build:addon'])) fail('setup: the addon did not build');
      touch(addon);
    },
  },
  {
    // Asked once per build folder, so that a machine without network is not asked at every run. The compiler, which the
    // step before has brought, tells what is there.
    due: () => stale(peersAsked, [at('scripts/support/packages.mjs')]),
    async take() {
      let absent = missing(peers);
      if (absent.length > 0 && canInstall()) {
        say(`installing what more tests can run with: ${advice(absent)}`);
        await install(absent);
        absent = missing(peers);
      }
      if (absent.length > 0) say(`tests that need these will be skipped: ${advice(absent)}`);
      writeFileSync(peersAsked, '');
    },
  },
  {
    due: () => stale(at('dist/index.js'), [at('lib'), at('tsconfig.json'), at('scripts/build')]),
    async take() {
      say('compiling lib/ to dist/');
      if (await npm(['run', '--silent', 'build:lib'])) fail('setup: lib/ did not compile');
      touch(at('dist/index.js'));
    },
  },
];

checkNode();
if (steps.some((step) => step.due())) {
  await takeLock();
  try {
    for (const step of steps) if (step.due()) await step.take();
  } finally {
    rmSync(lock, { force: true });
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  const [needMajor, needMinor] = minimumNode;
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return;
  fail(`setup: needs Node ${minimumNode.join('.')} or later; this is ${process.versions.node}`);
}

function addonInputs() {
  return [at('csrc'), at('cmake'), at('CMakeLists.txt')];
}

/** A build that finds nothing to do leaves its output as old as it was. */
function touch(file) {
  const now = new Date();
  utimesSync(file, now, now);
}

async function ensureBuildNeeds() {
  if (process.platform === 'win32') return;
  let absent = missing(buildNeeds);
  if (absent.length > 0 && canInstall()) {
    say(`installing what the addon is built with: ${advice(absent)}`);
    await install(absent);
    absent = missing(buildNeeds);
  }
  if (absent.length > 0) fail(`setup: building the addon needs ${advice(absent)}`);
}

/** Two runs at once build once: the second waits, then finds that nothing is left to do. */
async function takeLock() {
  mkdirSync(path.dirname(lock), { recursive: true });
  process.once('exit', () => {
    if (ownerOfLock() === process.pid) rmSync(lock, { force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));
  let announced = false;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = ownerOfLock();
    if (owner !== undefined && !alive(owner)) {
      rmSync(lock, { force: true });
      continue;
    }
    if (!announced)
      say(
        `waiting for another setup (process ${owner}; if there is none, delete build/setup.lock)`,
      );
    announced = true;
    await sleep(500);
  }
}

function ownerOfLock() {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
