// What scripts for other platforms need of this system: Debian's packages, installed where that may be done.
import { canInstall } from './packages.mjs';
import { capture, fail, run, whichDaemon } from './run.mjs';

/** `tools`: programs, or files, and the packages that bring them. Ends the script where one can't be had. */
export async function needTools(script, tools) {
  const absent = Object.entries(tools).filter(([name]) => !found(name));
  if (absent.length === 0) return;
  const packages = [...new Set(absent.flatMap(([, names]) => names.split(' ')))];
  if (!canInstall()) fail(`${script}: needs apt-get install ${packages.join(' ')}`);
  console.log(`${script}: installing ${packages.join(' ')}`);
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=600'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const apt = (args) =>
    run('apt-get', [...options, ...args], { env, stdio: ['ignore', 'ignore', 2] });
  if ((await apt(install)) && ((await apt(['update'])) || (await apt(install))))
    fail(`${script}: ${packages.join(' ')} could not be installed`);
}

const found = (name) =>
  name.startsWith('/') ? capture('test', ['-e', name]).ok : whichDaemon(name);
