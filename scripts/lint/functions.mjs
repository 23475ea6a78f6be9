// Checks that each OpenSSL function in csrc/openssl/functions*.def is called: by the addon, or, if it
// is in functions_test.def, by the C++ tests or fuzzers. Each one that an OpenSSL has to have is a reason
// more to refuse it. Features that nothing asks about are refused as well, and so are calls of SSL_ctrl()
// and its like outside of the header that gives them names, and of ..._free() outside of that of owners. Part of `npm run lint`.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { root } from '../support/run.mjs';

/**
 * Features of the library in general, which show in what its lists of groups and ciphers hold: the
 * addon has nothing to call for them, and tells of them only.
 */
const ONLY_TOLD = ['PostQuantum'];

/** What is wrong in the project at `base`, a sentence for each fault; nothing if all is well. */
export function deadFunctionsOf(base) {
  const folder = path.join(base, 'csrc');
  const names = readdirSync(folder, { recursive: true }).map((name) =>
    name.split(path.sep).join('/'),
  );
  const textOf = (name) => readFileSync(path.join(folder, name), 'utf8');
  const codeOf = (files) => files.map((name) => textOf(name).replace(/\/\/.*/g, '')).join('\n');

  const sources = names.filter((name) => /\.(cc|h)$/.test(name));
  const beside = (name) => /^(test|fuzz)\//.test(name);
  const addon = codeOf(sources.filter((name) => !beside(name)));
  const tests = codeOf(sources.filter(beside));
  const calls = (code, name) => new RegExp(`(ossl\\.|api\\.|&Api::)${name}\\b`).test(code);

  const faults = [];
  for (const file of names.filter((name) => /^openssl\/functions\w*\.def$/.test(name))) {
    const forTests = file.endsWith('_test.def');
    const listed = /^OSSL_(?:REQUIRED\(\w+, |OPTIONAL\(\w+, [^,]+, )(\w+)/gm;
    for (const [, name] of textOf(file).matchAll(listed)) {
      if (forTests ? !calls(tests, name) : !calls(addon, name)) {
        faults.push(
          `csrc/${file} lists ${name}, which ${forTests ? 'no test' : 'the addon never'} calls`,
        );
      } else if (forTests && calls(addon, name)) {
        faults.push(`csrc/${file} lists ${name}, which the addon calls: it belongs to the others`);
      }
    }
  }
  for (const name of sources.filter((each) => each !== 'openssl/controls.h')) {
    const [call] = /ossl\.SSL_(CTX_)?(callback_)?ctrl\b/.exec(textOf(name)) ?? [];
    if (call)
      faults.push(`csrc/${name} calls ${call}(), which belongs into csrc/openssl/controls.h`);
  }
  for (const name of sources.filter((each) => each !== 'openssl/pointers.h' && !beside(each))) {
    const [call] = /ossl\.\w*(?<!_set)_free\b/.exec(textOf(name)) ?? [];
    if (call)
      faults.push(
        `csrc/${name} calls ${call}(), where csrc/openssl/pointers.h has an owner for it`,
      );
  }
  for (const [, name] of textOf('openssl/features.def').matchAll(/^OSSL_FEATURE\((\w+)/gm)) {
    if (!addon.includes(`Feature::k${name}`) && !ONLY_TOLD.includes(name)) {
      faults.push(`csrc/openssl/features.def has ${name}, which no code asks about`);
    }
  }
  return faults;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const faults = deadFunctionsOf(process.argv[2] ?? root);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
