// Libraries that a person can name by mistake: folders with both of an OpenSSL's, changed, and what every platform refuses
// alike.
'use strict';
const fs = require('node:fs');
const path = require('node:path');

const { check } = require('./report.cjs');

/**
 * Returns a function that makes a folder in `work` with the files `names` of the folder `openssl`, changed by functions of
 * their bytes: each by its name, or `both`; `null` leaves one out.
 */
exports.folders =
  (openssl, work, names) =>
  (name, changes = {}) => {
    const place = path.join(work, name);
    fs.mkdirSync(place, { recursive: true });
    for (const file of names) {
      const change = file in changes ? changes[file] : changes.both;
      if (change === null) continue;
      const bytes = fs.readFileSync(path.join(openssl, file));
      fs.writeFileSync(path.join(place, file), change ? change(bytes) : bytes);
    }
    return place;
  };

/**
 * Runs the checks. `made` is one of `folders()`; `refused(place, reason)` names a folder, asserts that it is refused for
 * that, and returns a word on it.
 */
exports.commonMistakes = async function commonMistakes(made, [ssl, crypto], refused) {
  for (const file of [ssl, crypto])
    await check(`a ${file} of which half is there`, () => {
      const half = (bytes) => bytes.subarray(0, bytes.length >> 1);
      return refused(made(`half-${file}`, { [file]: half }), /is damaged/);
    });
  await check('empty', () =>
    refused(made('empty', { [crypto]: () => Buffer.alloc(0) }), /is an empty file/),
  );
  await check('a text', () =>
    refused(made('text', { [ssl]: () => Buffer.from('hello') }), /is not a shared library/),
  );
  await check('a program', () => {
    const place = made('program', { [crypto]: null });
    fs.copyFileSync(process.execPath, path.join(place, crypto));
    return refused(place, /is a program|is not OpenSSL|executable/);
  });
  await check('a libssl without its libcrypto', () =>
    refused(made('alone', { [crypto]: null }), /the other of the two libraries is there/),
  );
};
