// Who is measured: the built-in, ownssl on one or more OpenSSLs, and for comparison net, C and Bun.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, npm, root } from '../../scripts/support/run.mjs';
import { cache } from './peer.mjs';

/**
 * `{ id, title, kind, subject, program, env, node, base, setting }`: for each Node the built-in, which the
 * others of that Node are compared with (`base` is its id), and ownssl by its settings for I/O threads, on each
 * of `openssls`. `beside` is the folder of another ownssl.
 */
export async function participants({ nodes, openssls, settings, limits, beside, env }) {
  const list = [];
  for (const program of nodes) {
    const node = capture(program, ['--version']).output.replace(/^v/, '');
    const major = node.split('.')[0];
    const own = { node, base: `builtin@${major}`, kind: 'node', program };
    const builtin = capture(program, ['-p', 'process.versions.openssl'], { env });
    if (!builtin.ok) throw new Error(builtin.output);
    const title = 'built-in';
    list.push({ ...own, id: own.base, title, openssl: builtin.output, subject: 'builtin', env });
    const make = (folder, openssl, setting) =>
      ownssl({ ...own, folder, openssl, setting, env: { ...env, OWNSSL_IO: setting } });
    for (const openssl of openssls)
      for (const setting of settings) list.push(make(root, openssl, setting));
    if (beside) {
      const other = make(path.resolve(beside), openssls[0], settings[0]);
      const name = path.basename(beside);
      list.push({ ...other, id: `${name}@${major}`, title: name });
    }
  }
  if (limits) list.push(...(await others({ program: nodes.at(-1), env })));
  return list;
}

/** What is no `tls` of Node's: how much of its cost is the protocol's and the machine's. */
async function others({ program, env }) {
  const list = [
    { id: 'net', title: 'net', kind: 'node', subject: 'net', program, env, limit: true },
    { id: 'c', title: 'C', kind: 'c', env, limit: true },
  ];
  const bun = await fetchBun();
  if (bun) {
    const openssl = `Bun ${capture(bun, ['--version']).output}`;
    const rest = { kind: 'bun', subject: 'bun', program: bun, env, limit: true };
    list.push({ id: 'bun', title: 'Bun', openssl, ...rest });
  }
  return list;
}

const TITLES = { never: 'on the loop', always: 'in threads', auto: 'auto' };

function ownssl({ folder, openssl, setting, env, ...rest }) {
  const own = { ...env, OWNSSL_OPENSSL: openssl, BENCH_OWNSSL: folder };
  const program = `require(${JSON.stringify(folder)}).openssl.version`;
  const probe = capture(rest.program, ['-p', program], { env: own });
  if (!probe.ok) throw new Error(`ownssl can't use ${openssl}:\n${probe.output}`);
  const version = probe.output.split('\n').at(-1);
  const [mark, what] = openssl === 'node' ? ['', ''] : [`-${version}`, `, OpenSSL ${version}`];
  return {
    ...rest,
    id: `ownssl-${setting}${mark}@${rest.node.split('.')[0]}`,
    title: `${TITLES[setting]}${what}`,
    openssl: version,
    subject: 'ownssl',
    folder,
    setting,
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
