// libuv for the C++ tests of platforms that this machine is not. Node brings its own to the addon; the tests are no addon.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cache } from './cache.mjs';
import { aptOptions, debianMirror } from './debian.mjs';
import { fail } from './run.mjs';

const quiet = { stdio: ['ignore', 2, 2] };
/** Of src/unix, what another system needs: their names are the systems'. */
const elsewhere =
  /aix|android|bsd|darwin|cygwin|haiku|hurd|ibmi|kqueue|os390|os-390|posix-|qnx|sunos|random-getentropy|sysinfo|no-|pthread-fixes/;

/** An archive for musl, made from Debian's sources with `compiler` (a command, as a list); and the folder of its headers: { archive, include }. */
export function libuvForMusl(script, compiler) {
  const folder = path.join(cache, 'libuv-musl');
  const archive = path.join(folder, 'libuv.a');
  const headers = path.join(folder, 'include');
  if (existsSync(archive)) return { archive, include: headers };
  console.log(`${script}: building libuv for musl`);
  const source = unpackSource(script, path.join(cache, 'work', 'libuv'));
  const include = ['-Iinclude', '-Isrc', '-D_GNU_SOURCE', '-O2', '-fPIC'];
  // The headers of Linux itself are with glibc's, and only what musl lacks may come from there.
  const linux = ['/usr/include', '/usr/include/x86_64-linux-gnu'].flatMap((each) => [
    '-idirafter',
    each,
  ]);
  const sources = ['src', 'src/unix'].flatMap((each) =>
    readdirSync(path.join(source, each))
      .filter((name) => name.endsWith('.c') && !elsewhere.test(name))
      .map((name) => `${each}/${name}`),
  );
  const objects = sources.map((name) => `${name.replaceAll('/', '_')}.o`);
  const [program, ...args] = compiler;
  sources.forEach((name, i) => {
    const all = [...args, ...include, ...linux, '-c', name, '-o', objects[i]];
    execFileSync(program, all, { cwd: source, ...quiet });
  });
  cpSync(path.join(source, 'include'), headers, { recursive: true });
  execFileSync('ar', ['rcs', 'libuv.a', ...objects], { cwd: source, ...quiet });
  renameSync(path.join(source, 'libuv.a'), archive);
  rmSync(path.dirname(source), { recursive: true });
  return { archive, include: headers };
}

function unpackSource(script, state) {
  rmSync(state, { recursive: true, force: true });
  const mirror = debianMirror() ?? fail(`${script}: the apt of this machine has no Debian mirror`);
  const options = aptOptions(state, [`deb-src ${mirror} bookworm main`]);
  const source = path.join(state, 'source');
  mkdirSync(source, { recursive: true });
  execFileSync('apt-get', [...options, '-qq', 'update'], quiet);
  const download = ['source', '--download-only', '--tar-only', 'libuv1'];
  execFileSync('apt-get', [...options, '-qq', ...download], { cwd: state, ...quiet });
  const archive = readdirSync(state).find((name) => /^libuv1_.*\.tar\./.test(name));
  if (!archive) fail(`${script}: no source of libuv could be fetched`);
  execFileSync('tar', ['-xf', path.join(state, archive), '-C', source, '--strip-components=1']);
  return source;
}
