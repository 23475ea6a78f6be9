// Who is measured: the built-in, ownssl on one or more OpenSSLs, and for comparison net, C and Bun.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, npm, root } from '../../scripts/support/run.mjs';
import { cache } from './peer.mjs';

const main = JSON.stringify(root);

/** `{ id, title, kind, subject, program, env }`; the built-in first, then ownssl for each of `openssls`. */
export async function participants({ node, openssls, limits, env }) {
  const builtin = capture(node, ['-p', 'process.versions.openssl'], { env });
  if (!builtin.ok) throw new Error(builtin.output);
  const list = [
    {
      id: 'builtin',
      title: 'built-in',
      kind: 'node',
      openssl: builtin.output,
      subject: 'builtin',
      program: node,
      env,
    },
  ];
  for (const name of openssls) {
    const own = { ...env, OWNSSL_OPENSSL: name };
    const probe = capture(node, ['-p', `require(${main}).openssl.version`], { env: own });
    if (!probe.ok) throw new Error(`ownssl can't use ${name}:\n${probe.output}`);
    const version = probe.output.split('\n').at(-1);
    list.push({
      id: name === 'node' ? 'ownssl' : `ownssl-${version}`,
      title: name === 'node' ? 'ownssl' : `ownssl, ${version}`,
      kind: 'node',
      openssl: version,
      subject: 'ownssl',
      program: node,
      env: own,
    });
  }
  if (limits) {
    list.push(
      { id: 'net', title: 'net', kind: 'node', subject: 'net', program: node, env, limit: true },
      { id: 'c', title: 'C', kind: 'c', env, limit: true },
    );
    const bun = await fetchBun();
    if (bun) {
      const openssl = `Bun ${capture(bun, ['--version']).output}`;
      const rest = { kind: 'bun', subject: 'bun', program: bun, env, limit: true };
      list.push({ id: 'bun', title: 'Bun', openssl, ...rest });
    }
  }
  return list;
}

/** Bun's executable, from its npm package in the cache folder; undefined where it can't be had. */
async function fetchBun() {
  const folder = path.join(cache, 'bun');
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'arm64' ? 'aarch64' : process.arch;
  const program = path.join(folder, 'node_modules/@oven', `bun-${platform}-${arch}`, 'bin/bun');
  if (!existsSync(program)) {
    process.stderr.write(`bench: fetching Bun into ${folder}\n`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const args = ['install', '--no-save', '--ignore-scripts', '--loglevel=error', 'bun'];
    await npm(args, { cwd: folder, stdio: 'ignore' });
  }
  if (existsSync(program) && capture(program, ['--version']).ok) return program;
  process.stderr.write('bench: Bun is not available here, and is left out\n');
  return undefined;
}
