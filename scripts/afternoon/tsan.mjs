// npm run test:tsan: those C++ tests that use threads, with ThreadSanitizer.
//
// OpenSSL is linked in statically and is not instrumented: what is watched is our own code, and what OpenSSL
// does through libc (memory, locks).
import path from 'node:path';
import { fail, root } from '../support/run.mjs';
import { cppTests } from '../support/cpp.mjs';
import { line } from '../support/mocha.mjs';
import { staticOpenSSL } from '../support/static-openssl.mjs';

if (process.platform !== 'linux') fail('test:tsan runs on Linux only');

const prefix = staticOpenSSL();
console.log(`OpenSSL: the static libraries of ${prefix}`);
const counts = await cppTests({
  folder: 'build/tsan',
  options: [
    '-DOWNSSL_SANITIZE_THREADS=ON',
    '-DOWNSSL_STATIC=ON',
    `-DOPENSSL_ROOT_DIR=${prefix}`,
    '-DCMAKE_BUILD_TYPE=RelWithDebInfo',
  ],
  env: {
    ...process.env,
    TSAN_OPTIONS: `suppressions=${path.join(root, 'csrc/test/tsan.supp')}:second_deadlock_stack=1`,
  },
  args: [
    '--source-file=*fiber_test*,*offload_test*,*offloaded_session_test*,*mailbox_test*,*io_threads_test*',
    ...process.argv.slice(2),
  ],
});
console.log(line(counts));
process.exitCode = counts.failed === 0 ? 0 : 1;
