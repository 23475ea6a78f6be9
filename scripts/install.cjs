'use strict';
// Runs when the package is installed, where install scripts are allowed: builds the addon, but only if no prebuilt one
// serves this platform.
const { spawnSync } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
// In a clone there is nothing to do: `npm run build` builds there.
if (existsSync(path.join(root, 'lib'))) process.exit(0);

const serves = () => {
  try {
    require('node-gyp-build')(root);
    return true;
  } catch {
    return false;
  }
};

if (process.env.npm_config_build_from_source === 'true' || !serves()) build();

function build() {
  const absent = tools().filter(({ names }) => !names.some(onPath));
  const missing = absent.map(({ what }) => what);
  if (!headersAreThere()) missing.push('node-addon-api');
  if (missing.length > 0) return giveUp(`${missing.join(' and ')} not found`);
  const program = require.resolve('node-gyp-build/bin.js');
  const { status } = spawnSync(process.execPath, [program], { cwd: root, stdio: 'inherit' });
  if (status !== 0 || !serves()) giveUp('the build failed');
}

/** A package of headers, which nobody needs for whom a prebuilt addon serves. */
function headersAreThere() {
  try {
    return Boolean(require('node-addon-api').include_dir);
  } catch {
    return false;
  }
}

function tools() {
  if (process.platform === 'win32') return [];
  const compiler = process.env.CXX?.split(' ')[0];
  return [
    { what: 'a C++ compiler', names: compiler ? [compiler] : ['c++', 'g++', 'clang++'] },
    { what: 'make', names: ['make', 'gmake'] },
    { what: 'Python 3', names: ['python3', 'python'] },
  ];
}

function onPath(name) {
  const folders = path.isAbsolute(name) ? [''] : (process.env.PATH ?? '').split(path.delimiter);
  return folders.some((folder) => existsSync(path.join(folder, name)));
}

function giveUp(reason) {
  const { platform, arch } = process;
  console.error(`ownssl: no prebuilt addon serves ${platform}-${arch}, and it can't be built: ${reason}.
ownssl: install a C++17 compiler, make and Python 3 (Debian: apt-get install g++ make python3), then: npm install node-addon-api && npm rebuild ownssl`);
  process.exitCode = 1;
}
