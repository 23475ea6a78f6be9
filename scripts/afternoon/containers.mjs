// npm run test:containers [-- PAGE]: the Dockerfiles in the pages of docs/, step by step as they stand, and what their
// containers print. There is no Docker in it: an image is a folder with Debian 13, made by debootstrap, and a Node, which
// chroot enters. It needs root, and the source of OpenSSL that `npm run openssl:build` has fetched.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { writeFileSync } from 'node:fs';
import { containersOf } from '../../test/docs/programs.mjs';
import { FILES } from '../../test/docs/surroundings.mjs';
import { cache } from '../support/cache.mjs';
import { makeRoot, putNode, within } from '../support/debian-root.mjs';
import { stagesOf } from '../support/dockerfile.mjs';
import { ensurePrebuilt } from '../support/prebuilt.mjs';
import { capture, fail, root, run } from '../support/run.mjs';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const base = path.join(cache, 'trixie-base');
const work = mkdtempSync(path.join(os.tmpdir(), 'ownssl-containers-'));

const { name: archive, version } = sourceArchive();
/** What `docker build --build-arg` would say. */
const ARGUMENTS = { VERSION: version };

let failed = 0;
try {
  await makeRoot({ folder: base, suite: 'trixie', packages: [], script: 'test:containers' });
  const tarball = await packTarball();
  const docs = path.join(root, 'docs');
  const wanted = process.argv[2] ?? '';
  for (const page of readdirSync(docs).filter((name) => name.includes(wanted))) {
    const containers = containersOf(readFileSync(path.join(docs, page), 'utf8'));
    for (const container of containers) {
      console.log(`\n${page}:${container.line}`);
      const image = await build(container, contextOf(container, tarball));
      if (!printsWhatThePageSays(image, container.output)) failed += 1;
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
console.log(failed === 0 ? 'all of them print what the pages say' : `${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function sourceArchive() {
  const folder = path.join(cache, 'sources');
  const [name] = capture('ls', [folder]).output.match(/openssl_3\.\d+\.\d+\.orig\.tar\.gz/) ?? [];
  if (!name) fail('test:containers: npm run openssl:build -- 3.5 fetches a source; do that first');
  return { name: path.join(folder, name), version: /_([\d.]+)\.orig/.exec(name)[1] };
}

async function packTarball() {
  await ensurePrebuilt();
  const packed = capture('npm', ['pack', '--silent', '--pack-destination', work]);
  if (!packed.ok) fail(`test:containers: npm pack failed\n${packed.output}`);
  return path.join(work, packed.output.split('\n').pop());
}

/** The folder that `docker build` would be called in. */
function contextOf({ files }, tarball) {
  const context = mkdtempSync(path.join(work, 'context-'));
  // The registry has no such version of the package yet: it comes from a file that is in the image.
  const dependencies = { ownssl: `file:/opt/${path.basename(tarball)}` };
  const manifest = { 'package.json': JSON.stringify({ private: true, dependencies }) };
  for (const [name, content] of Object.entries({ ...FILES, ...files, ...manifest })) {
    writeFileSync(path.join(context, name), content);
  }
  cpSync(archive, path.join(context, `openssl-${version}.tar.gz`));
  return context;
}

/** Goes through the stages; resolves to the last of them as { folder, env, cwd, user, args }. */
async function build({ code }, context) {
  const built = [];
  for (const { image, alias, steps } of stagesOf(code)) {
    const stage = await start(image);
    built.push({ ...stage, alias });
    for (const step of steps) await take(step, stage, { context, built });
    Object.assign(built.at(-1), stage);
  }
  return built.at(-1);
}

async function start(image) {
  const known = /^(?:node:(\d+)|debian:)-?trixie-slim$/.exec(image);
  if (!known) fail(`test:containers: no image ${image}`);
  const folder = mkdtempSync(path.join(work, 'image-'));
  if (await run('cp', ['--archive', '--reflink=auto', `${base}/.`, folder])) fail('cp failed');
  const env = { PATH, HOME: '/root', DEBIAN_FRONTEND: 'noninteractive' };
  const stage = { folder, env, cwd: '/', user: 'root', args: [] };
  const [, version] = known;
  if (version) {
    await putNode(folder, version, 'usr/local');
    const links = ['npm', 'npx'].map(
      (name) => `ln -s ../npm/bin/${name}-cli.js /usr/local/bin/${name}`,
    );
    await within(folder, ['useradd -m -u 1000 node', ...links].join(' && '), { env });
    const tarball = readdirSync(work).find((name) => name.endsWith('.tgz'));
    cpSync(path.join(work, tarball), path.join(folder, 'opt', tarball));
  }
  return stage;
}

async function take(step, stage, { context, built }) {
  const { folder, env, cwd, user } = stage;
  if (step.name === 'ENV') Object.assign(env, step.variables);
  if (step.name === 'USER') stage.user = step.user;
  if (step.name === 'CMD') stage.args = step.args;
  if (step.name === 'ARG') Object.assign(env, ARGUMENTS);
  if (step.name === 'WORKDIR') {
    stage.cwd = step.folder;
    mkdirSync(path.join(folder, step.folder), { recursive: true });
  }
  if (step.name === 'COPY') {
    const from = step.from === null ? context : built.find((e) => e.alias === step.from).folder;
    for (const source of step.sources) copy(from, filled(source, env), folder, step.target, cwd);
  }
  if (step.name === 'RUN') {
    console.log(`  RUN ${step.script}`);
    const log = path.join(work, 'log');
    const script = `cd ${cwd} && ${step.script}`;
    const quiet = `exec > /tmp/log 2>&1; ${script}`;
    if (await within(folder, quiet, { env, user })) {
      cpSync(path.join(folder, 'tmp/log'), log);
      fail(`this failed:\n${readFileSync(log, 'utf8')}`);
    }
  }
}

function filled(text, env) {
  return text.replace(/\$(\w+)/g, (whole, name) => env[name] ?? whole);
}

/** Into a folder if the target ends with a slash or is one, else to that name. */
function copy(from, source, folder, target, cwd) {
  const isFolder = /(^|\/)\.?$/.test(target);
  const destination = path.join(folder, path.resolve(cwd, target));
  const whole = source === '.';
  const to = isFolder && !whole ? path.join(destination, path.basename(source)) : destination;
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(path.join(from, source), to, { recursive: true });
}

function printsWhatThePageSays({ folder, env, cwd, user, args }, expected) {
  const script = `cd ${cwd} && exec "$@"`;
  const outside = `mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && folder=$0 && user=$1 && script=$2 &&
    shift 2 && exec chroot --userspec="$user" "$folder" /bin/sh -ec "$script" sh "$@"`;
  const all = ['--mount', 'sh', '-ec', outside, folder, user, script, ...args];
  const { stdout, stderr } = spawnSync('unshare', all, { env, encoding: 'utf8' });
  const same = stdout === expected;
  console.log(same ? '  as the page says' : `  not as the page says:\n${stdout}${stderr}`);
  return same;
}
