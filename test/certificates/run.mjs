// The whole corpus, asked of ours, of the built-in and of `openssl verify`. Started by scripts/afternoon/certificates.mjs:
// node run.mjs COMMAND [GROUP…], where COMMAND is the `openssl` of the same version as ours. Its result is JSON.
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import builtin from 'node:tls';
import { corpus } from './corpus/index.mjs';
import { differences, explain } from './support/compare.mjs';
import { opensslVerify } from './support/openssl-verify.mjs';
import { opinion } from './support/opinions.mjs';

const [command, ...groups] = process.argv.slice(2);
const ours = createRequire(import.meta.url)('../../dist/index.js');
const explanations = JSON.parse(readFileSync(new URL('differences.json', import.meta.url), 'utf8'));
const entries = corpus.filter(({ group }) => groups.length === 0 || groups.includes(group));
const env = { ...process.env, LD_LIBRARY_PATH: process.env.OWNSSL_VERIFY_LIBRARIES ?? '' };
const verify = opensslVerify(command, env);

const generation = (version) => Number(/^\d+\.\d+/.exec(version)[0]);
const versions = {
  node: Number(process.versions.node.split('.')[0]),
  openssl: generation(ours.openssl.version),
  // Reasons can be compared where both use the same OpenSSL.
  exact: generation(ours.openssl.version) === generation(process.versions.openssl),
};

const found = [];
const counts = { questions: 0, verified: 0, formatted: 0 };
for (const entry of entries) {
  const asked = verify.ask(entry);
  const opinions = {
    ours: await opinion(ours, entry),
    builtin: await opinion(builtin, entry),
    verify: await asked,
  };
  counts.questions += opinions.ours.answers.size;
  counts.verified += opinions.verify.answers.size;
  counts.formatted += opinions.ours.formatted.size;
  found.push(...differences(entry, opinions, versions.exact));
}
verify.close();

const result = {
  openssl: ours.openssl.version,
  node: process.versions.node,
  entries: entries.length,
  ...counts,
  found,
  ...explain(found, explanations, versions, entries),
};
writeSync(1, JSON.stringify(result));
