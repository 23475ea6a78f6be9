// Names in a folder that is removed when the test ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onCleanup } from './cleanup.mjs';

export function temporaryFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'ownssl-'));
  onCleanup(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Where a Unix socket (a named pipe on Windows) can be made. */
export function socketPath() {
  if (process.platform === 'win32')
    return `\\\\.\\pipe\\ownssl-${process.pid}-${Math.random().toString(36).slice(2)}`;
  return join(temporaryFolder(), 'socket');
}
