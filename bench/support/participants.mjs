// Who is measured: the built-in, ownssl on one or more OpenSSLs, and for comparison net, C and Bun.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, npm, root } from '../../scripts/support/run.mjs';
import { cache } from './peer.mjs';

/**
 * `{ id, title, kind, subject, program, env }`; the built-in first, then ownssl for each of `openssls`,
 * and the ownssl in the folder `beside` on the first of these.
 */
export async function participants({ node, openssls, limits, beside, env }) {
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
  for (const name of openssls) list.push(ownssl({ folder: root, node, openssl: name, env }));
  if (beside) {
    const other = ownssl({ folder: path.resolve(beside), node, openssl: openssls[0], env });
    list.push({ ...other, id: 'ownssl-beside', title: path.basename(beside) });
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

function ownssl({ folder, node, openssl, env }) {
  const own = { ...env, OWNSSL_OPENSSL: openssl, BENCH_OWNSSL: folder };
  const program = `require(${JSON.stringify(folder)}).openssl.version`;
  const probe = capture(node, ['-p', program], { env: own });
  if (!probe.ok) throw new Error(`ownssl can't use ${openssl}:\n${probe.output}`);
  const version = probe.output.split('\n').at(-1);
  return {
    id: openssl === 'node' ? 'ownssl' : `ownssl-${version}`,
    title: openssl === 'node' ? 'ownssl' : `ownssl, ${version}`,
    kind: 'node',
    openssl: version,
    subject: 'ownssl',
    folder,
    program: node,
    env: own,
  };
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
