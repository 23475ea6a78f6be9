// The opinion of `openssl verify`.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pem } from './certificate.mjs';
import { hostsOf } from './opinions.mjs';

/** A function that answers like opinion(), with 'ok' and 'refused'; what no command line can carry has no answer. */
export function opensslVerify(command, env) {
  const folder = mkdtempSync(join(tmpdir(), 'ownssl-certificates-'));
  const run = (args) =>
    new Promise((resolve, reject) => {
      execFile(command, args, { env, cwd: folder }, (error) => {
        if (!error) resolve('ok');
        else if (error.code === 2) resolve('refused');
        // An argument that it does not take, such as a name that 4.0 finds no name, or a file that it can't read.
        else if (error.code === 1) resolve(undefined);
        else reject(error);
      });
    });

  async function ask(entry) {
    const { chain, trust, unreadable } = entry;
    const noAnswer = unreadable ? 'refused' : undefined;
    const write = (name, list) =>
      writeFileSync(join(folder, name), list.map(({ der }) => pem(der)).join(''));
    write('leaf', chain.slice(0, 1));
    write('untrusted', chain.slice(1));
    write('trust', trust);
    const base = ['verify', '-auth_level', '2', '-no-CApath', '-no-CAstore', '-CAfile', 'trust'];
    if (chain.length > 1) base.push('-untrusted', 'untrusted');
    const answers = new Map();
    answers.set('as client', (await run([...base, '-purpose', 'sslserver', 'leaf'])) ?? noAnswer);
    answers.set('as server', (await run([...base, '-purpose', 'sslclient', 'leaf'])) ?? noAnswer);
    for (const host of hostsOf(entry)) {
      if (host.includes('\0')) continue;
      const name = [isIP(host) ? '-verify_ip' : '-verify_hostname', host];
      const answer = await run([...base, '-purpose', 'sslserver', ...name, 'leaf']);
      if (answer) answers.set(host, answer);
    }
    return { answers };
  }
  return { ask, close: () => rmSync(folder, { recursive: true, force: true }) };
}
