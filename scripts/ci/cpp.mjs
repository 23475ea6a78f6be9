// npm run test:cpp [-- arguments of doctest]
import { cppTests } from '../support/cpp.mjs';
import { line } from '../support/mocha.mjs';

const counts = await cppTests({ folder: 'build/cpp', args: process.argv.slice(2) });
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
