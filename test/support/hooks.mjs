// Root hooks: a clean environment, known differences of the built-in skipped, everything that a test opened closed again.
import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cleanUp } from './cleanup.mjs';
import { subject } from './subject.mjs';

for (const name of [
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_TLS_REJECT_UNAUTHORIZED',
]) {
  delete process.env[name];
}

// An impossible step of a state is thrown, here and in children.
process.env.OWNSSL_ASSERT = '1';

// Each entry is { file, title, reason, before?, from?, only? }; in place of `title`, `matching` is a regular
// expression for several. `before` is the first major version of Node that behaves as the spec says, `from` the
// first that does not, `only` the only one.
const major = Number(process.versions.node.split('.')[0]);
const listed = JSON.parse(
  readFileSync(new URL('expectations.json', import.meta.url), 'utf8'),
).builtin;
const expectations =
  subject === 'builtin'
    ? listed.filter(
        ({ before = Infinity, from = 0, only = major }) =>
          major < before && major >= from && major === only,
      )
    : [];
const testFolder = fileURLToPath(new URL('..', import.meta.url));

export const mochaHooks = {
  beforeAll() {
    const seen = new Map();
    for (const test of allTests(this.test.parent)) {
      prepare(test);
      const file = test.file.slice(testFolder.length).replaceAll('\\', '/');
      if (!seen.has(file)) seen.set(file, new Map());
      seen.get(file).set(test.fullTitle(), test);
    }
    for (const { file, title, matching, reason } of expectations) {
      if (!seen.has(file)) continue;
      const pattern = matching && new RegExp(matching);
      const tests = [...seen.get(file)].filter(([full]) => pattern?.test(full) ?? full === title);
      if (tests.length === 0)
        throw new Error(
          `expectations.json lists a spec that does not exist: ${file}: ${title ?? matching}`,
        );
      for (const [, test] of tests) skip(test, reason);
    }
  },
  // After a timeout the wrapper of prepare() is still waiting, so what the test opened is closed here.
  afterEach: cleanUp,
  afterAll() {
    setTimeout(() => {
      console.error('still open after the last test:', process.getActiveResourcesInfo());
      process.exit(1);
    }, 5000).unref();
  },
};

function* allTests(suite) {
  yield* suite.tests;
  for (const child of suite.suites) yield* allTests(child);
}

/** Cleanup is part of the test, and so is any stray exception that it, or a late event, brings out: mocha fails the test. */
function prepare(test) {
  const { fn } = test;
  if (!fn) return;
  if (fn.length > 0)
    throw new Error(`${test.fullTitle()}: specs are async functions without a callback`);
  test.fn = async function () {
    try {
      await fn.call(this);
    } finally {
      await cleanUp();
      await turn();
      await turn();
    }
  };
}

function skip(test, reason) {
  test.title += ` [differs in the built-in: ${reason}]`;
  test.fn = function () {
    this.skip();
  };
}
