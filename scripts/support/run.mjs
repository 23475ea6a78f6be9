// These small helpers are shared by the scripts. They use Node's built-in modules only, because setup.mjs
// runs before `npm ci`.
import { spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Where `program` is on the PATH, or undefined. */
export function which(program) {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env.PATH ?? '').split(path.delimiter)) {
    for (const suffix of suffixes) {
      const candidate = path.join(folder || '.', program + suffix);
      try {
        accessSync(candidate, constants.X_OK);
        if (statSync(candidate).isFile()) return candidate;
      } catch {
        // The program is not in this folder; the next one may have it.
      }
    }
  }
  return undefined;
}

/** Like which(), but also in the folders of daemons, which ordinary users often lack in their PATH. */
export function whichDaemon(program) {
  return (
    which(program) ??
    ['/usr/sbin', '/usr/local/sbin', '/sbin']
      .map((folder) => path.join(folder, program))
      .find((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile())
  );
}

/** The newest modification time (ms) of files and folders, recursively; -Infinity if none exists. */
export function newest(paths, skip = () => false) {
  let latest = -Infinity;
  for (const entry of paths) {
    const stat = statSync(entry, { throwIfNoEntry: false });
    if (!stat || skip(entry)) continue;
    latest = Math.max(latest, stat.mtimeMs);
    if (stat.isDirectory()) {
      const children = readdirSync(entry).map((name) => path.join(entry, name));
      latest = Math.max(latest, newest(children, skip));
    }
  }
  return latest;
}

/** Whether `output` is missing or older than any of `inputs`. */
export function stale(output, inputs, skip) {
  const stat = statSync(output, { throwIfNoEntry: false });
  return !stat || stat.mtimeMs < newest(inputs, skip);
}

/** Runs a program to its end and resolves to its exit status; a signal counts as 128. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio: 'inherit',
      // npm is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === 'win32' && !path.extname(program),
      ...options,
    });
    child.on('error', reject);
    child.on('close', (code) => {
      resolve(code ?? 128);
    });
  });
}

/** Runs a program quietly and returns `{ ok, output }`. */
export function capture(program, args, options = {}) {
  const result = spawnSync(program, args, { cwd: root, encoding: 'utf8', ...options });
  return { ok: result.status === 0, output: `${result.stdout ?? ''}${result.stderr ?? ''}`.trim() };
}

/** Runs one of this project's npm scripts. */
export function npm(args, options) {
  return run('npm', args, options);
}

/** Says why, and ends the process with a failure. */
export function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
