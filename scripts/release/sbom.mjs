// npm run sbom: what the published package is made of, as CycloneDX, in sbom.cdx.json: npm's own list of what is
// installed at run time, and what the prebuilt addons contain. Made for each release, not committed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { root } from '../support/run.mjs';

const args = ['sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev', '--package-lock-only'];
const listed = execFileSync('npm', args, {
  cwd: root,
  encoding: 'utf8',
  shell: process.platform === 'win32',
  stdio: ['ignore', 'pipe', 'inherit'],
});
const sbom = JSON.parse(listed);
const own = sbom.metadata.component['bom-ref'];
const folder = path.join(root, 'prebuilds');
const tuples = existsSync(folder) ? readdirSync(folder).sort() : [];
const addons = tuples.flatMap((tuple) =>
  readdirSync(path.join(folder, tuple)).map((name) => `prebuilds/${tuple}/${name}`),
);
for (const file of addons) sbom.components.push(addon(file));
const main = sbom.dependencies.find(({ ref }) => ref === own);
main.dependsOn = [...(main.dependsOn ?? []), ...addons];
const target = path.join(root, 'sbom.cdx.json');
writeFileSync(target, `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`sbom.cdx.json: ${sbom.components.length} components, ${addons.length} of them addons`);

function addon(file) {
  const bytes = readFileSync(path.join(root, file));
  return {
    'bom-ref': file,
    type: 'library',
    name: file,
    version: sbom.metadata.component.version,
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }],
    components: parts(bytes),
  };
}

/** What a compiler and a linker have put into it: they say so in its strings. */
function parts(bytes) {
  const found = [];
  const text = bytes.toString('latin1');
  // The start files of the older C library name their compiler, too.
  const gcc = [...text.matchAll(/GCC: \([^)]*\) (\d+\.\d+\.\d+)/g)]
    .map(([, version]) => version)
    .sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
    .at(-1);
  if (gcc) found.push(library('libstdc++', gcc, 'GPL-3.0-or-later WITH GCC-exception-3.1'));
  const [, openssl] = /OpenSSL (\d+\.\d+\.\d+)[^\0]{0,20} \d{1,2} \w{3} \d{4}/.exec(text) ?? [];
  // Else it is found when the addon is loaded.
  if (openssl) found.push(library('openssl', openssl, 'Apache-2.0'));
  return found;
}

function library(name, version, expression) {
  return {
    type: 'library',
    name,
    version,
    licenses: [{ expression }],
    purl: `pkg:generic/${encodeURIComponent(name)}@${version}`,
  };
}
