// npm run sbom: what the published package is made of, as CycloneDX, in sbom.cdx.json: npm's own list of what is
// installed at run time, and what the prebuilt addons contain. Made for each release, not committed.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { debianArch } from '../support/debian.mjs';
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
const bundled = npmPackage('commander');
sbom.components.push(bundled);
const main = sbom.dependencies.find(({ ref }) => ref === own);
main.dependsOn = [...(main.dependsOn ?? []), ...addons, bundled['bom-ref']];
const target = path.join(root, 'sbom.cdx.json');
writeFileSync(target, `${JSON.stringify(sbom, null, 2)}\n`);
console.log(`sbom.cdx.json: ${sbom.components.length} components, ${addons.length} of them addons`);

/** A package whose code is in dist/ (scripts/build/lib.mjs). */
function npmPackage(name) {
  const file = path.join(root, 'node_modules', name, 'package.json');
  const { version, license } = JSON.parse(readFileSync(file, 'utf8'));
  const purl = `pkg:npm/${name}@${version}`;
  return {
    'bom-ref': purl,
    type: 'library',
    name,
    version,
    licenses: [{ license: { id: license } }],
    purl,
  };
}

function addon(file) {
  const bytes = readFileSync(path.join(root, file));
  return {
    'bom-ref': file,
    type: 'library',
    name: file,
    version: sbom.metadata.component.version,
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(bytes).digest('hex') }],
    components: parts(file, bytes),
  };
}

/** What a compiler and a linker have put into it, of which its strings tell. */
function parts(file, bytes) {
  const text = bytes.toString('latin1');
  const found = [cppLibrary(file, text)];
  const [, openssl] = /OpenSSL (\d+\.\d+\.\d+)[^\0]{0,20} \d{1,2} \w{3} \d{4}/.exec(text) ?? [];
  const mingw = /mingw-w64: \((\S+) ([^)]+)\)/.exec(text);
  if (mingw) {
    const [, name, version] = mingw;
    // Its start-up code and formatted output, and winpthreads.
    const expression = 'ZPL-2.1 AND MIT AND BSD-3-Clause';
    found.push({
      ...library('mingw-w64', version, expression),
      ...ofDebian(name, version, 'amd64'),
    });
  }
  // Else it is found when the addon is loaded.
  if (openssl) {
    found.push({
      ...library('openssl', openssl, 'Apache-2.0'),
      supplier: { name: 'The OpenSSL Project', url: ['https://www.openssl.org/'] },
      purl: `pkg:generic/openssl@${openssl}`,
    });
  }
  return found;
}

/**
 * The C++ library whose objects were linked in. Each object names the compiler that made it: ours the one of the build
 * machine, those of the library the older one of the sysroot they come from (scripts/support/sysroot.mjs). Where there is
 * no sysroot (musl, Windows) both are the same. In a DLL a note of the build says so (scripts/support/mingw.mjs).
 */
function cppLibrary(file, text) {
  const compilers = [...text.matchAll(/GCC: \(([^)]*)\) ([\w.+-]+)/g)].map(
    ([, origin, version]) => ({ origin, version }),
  );
  const oldestFirst = (one, other) =>
    one.version.localeCompare(other.version, 'en', { numeric: true });
  const [made] = compilers.sort(oldestFirst);
  if (!made) throw new Error(`${file} does not say which C++ library is in it`);
  const major = Number.parseInt(made.version, 10);
  const expression = 'GPL-3.0-or-later WITH GCC-exception-3.1';
  const [, ofLinux] = /^Debian (.+)$/.exec(made.origin) ?? [];
  const [, name, version] = ofLinux
    ? [null, `libstdc++-${major}-dev`, ofLinux]
    : (/^(g\+\+-mingw\S+) (.+)$/.exec(made.origin) ?? []);
  if (name) {
    const arch = ofLinux ? debianArchOf(file) : 'amd64';
    return { ...library('libstdc++', version, expression), ...ofDebian(name, version, arch) };
  }
  return {
    ...library('libstdc++', made.version, expression),
    supplier: { name: made.origin },
    purl: `pkg:generic/${encodeURIComponent('libstdc++')}@${encodeURIComponent(made.version)}`,
  };
}

function ofDebian(name, version, arch) {
  return {
    supplier: { name: 'Debian', url: ['https://www.debian.org/'] },
    purl: `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${arch}`,
  };
}

function debianArchOf(file) {
  const [, arch] = /^prebuilds\/\w+-(\w+)\//.exec(file);
  return debianArch[arch] ?? arch;
}

function library(name, version, expression) {
  return { type: 'library', name, version, licenses: [{ expression }] };
}
