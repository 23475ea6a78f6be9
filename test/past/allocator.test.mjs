// tcmalloc#129, gperftools#1148, falco#3704, volk#288: with RTLD_DEEPBIND a library calls the C library's allocator, though
// another one was preloaded; memory that is allocated by one and freed by the other ends the process.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileLibrary, needsCompiler, needsSharedOpenSSL } from '../openssl/support.mjs';
import { onCleanup } from '../support/cleanup.mjs';
import { runScript } from '../support/child.mjs';
import { fixturePath } from '../support/fixtures.mjs';

// Each block has a mark before it; free() of a block without one, or with one twice, is the end.
const source = `
  #include <errno.h>
  #include <stddef.h>
  #include <stdint.h>
  #include <stdlib.h>
  #include <string.h>
  #include <unistd.h>
  extern void* __libc_malloc(size_t);
  extern void __libc_free(void*);
  struct mark { void* block; size_t size; uint64_t sign, unused; };
  static const uint64_t kSign = 0x6f776e73736c2121u;
  static void* mark(size_t alignment, size_t size) {
    char* block = __libc_malloc(size + alignment + sizeof(struct mark));
    if (block == NULL) return NULL;
    uintptr_t at = ((uintptr_t)block + sizeof(struct mark) + alignment - 1) / alignment * alignment;
    struct mark* found = (struct mark*)at - 1;
    *found = (struct mark){block, size, kSign, 0};
    return (void*)at;
  }
  static struct mark* unmark(void* pointer) {
    struct mark* found = (struct mark*)pointer - 1;
    if (found->sign != kSign) {
      static const char kText[] = "memory of another allocator\\n";
      if (write(2, kText, sizeof(kText) - 1)) abort();
    }
    return found;
  }
  void* malloc(size_t size) { return mark(16, size); }
  void* calloc(size_t count, size_t size) {
    size_t all;
    if (__builtin_mul_overflow(count, size, &all)) return NULL;
    void* pointer = mark(16, all);
    return pointer ? memset(pointer, 0, all) : NULL;
  }
  void free(void* pointer) {
    if (pointer == NULL) return;
    struct mark* found = unmark(pointer);
    found->sign = 0;
    __libc_free(found->block);
  }
  void* realloc(void* pointer, size_t size) {
    if (pointer == NULL) return malloc(size);
    void* fresh = mark(16, size);
    if (fresh == NULL) return NULL;
    size_t old = unmark(pointer)->size;
    memcpy(fresh, pointer, old < size ? old : size);
    free(pointer);
    return fresh;
  }
  void* memalign(size_t alignment, size_t size) { return mark(alignment < 16 ? 16 : alignment, size); }
  void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
  int posix_memalign(void** pointer, size_t alignment, size_t size) {
    *pointer = memalign(alignment, size);
    return *pointer ? 0 : ENOMEM;
  }
  void* valloc(size_t size) { return memalign(4096, size); }
  void* pvalloc(size_t size) { return memalign(4096, (size + 4095) / 4096 * 4096); }
  size_t malloc_usable_size(void* pointer) { return pointer ? unmark(pointer)->size : 0; }
`;

describe('the past of others: another allocator', () => {
  needsSharedOpenSSL();

  const read = ['the default openssl.cnf', 'an openssl.cnf that is named'];
  for (const config of read) {
    it(`tcmalloc#129: every block goes back to the allocator that it came from, ${config}`, async function () {
      if (process.platform !== 'linux') this.skip();
      needsCompiler(this);
      const folder = mkdtempSync(join(tmpdir(), 'ownssl-allocator-'));
      onCleanup(() => rmSync(folder, { recursive: true, force: true }));
      const library = join(folder, 'allocator.so');
      compileLibrary(library, source);
      const file = join(folder, 'openssl.cnf');
      writeFileSync(file, 'openssl_conf = init\n[init]\n');
      const at = JSON.stringify(fixturePath('.'));
      const { code, signal, stdout, stderr } = await runScript(
        `
      const { readFileSync } = require('fs');
      ${config === read[1] ? `tls.useOpenSSL({ config: ${JSON.stringify(file)} });` : ''}
      const read = (name) => readFileSync(${at} + '/' + name);
      const legacy = () => tls.createSecureContext({ pfx: read('server-ec-legacy.p12'), passphrase: 'correct horse' });
      try { legacy(); } catch {}
      try { tls.createSecureContext({ cert: 'junk' }); } catch {}
      const options = { cert: read('server-ec-chain.crt'), key: read('server-ec.key') };
      const server = tls.createServer(options, (socket) => socket.pipe(socket));
      server.on('tlsClientError', () => {});
      const go = (port, left) => {
        const ca = left % 3 === 0 ? undefined : read('root.crt');
        const socket = tls.connect({ port, host: 'localhost', ca }, () => socket.end('x'.repeat(50000)));
        socket.on('error', () => {}).resume().on('close', () => {
          if (left > 0) return go(port, left - 1);
          server.close();
          console.log('done');
        });
      };
      server.listen(0, () => go(server.address().port, 20));`,
        { env: { LD_PRELOAD: library } },
      );
      assert.deepEqual(
        { stderr, code, signal, stdout },
        { stderr: '', code: 0, signal: null, stdout: 'done\n' },
      );
    });
  }
});
