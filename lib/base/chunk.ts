// A module that most programs do without is a file of its own (scripts/build/chunks.mjs), which is read when it is first
// needed. That may be when the process has no descriptor left to read it with, as a server has none under load.

import os = require('node:os');

/** Returns what `load` does. @throws `EMFILE` where the file can't be opened for want of a descriptor. */
export function loadChunk<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!lacksDescriptor(error as NodeJS.ErrnoException)) throw error;
    const { EMFILE } = os.constants.errno;
    throw Object.assign(new Error('no descriptor is left to load a part of ownssl with'), {
      ...{ errno: -EMFILE, code: 'EMFILE', syscall: 'open' },
      cause: error,
    });
  }
}

/** The same for what can be done without: undefined where no descriptor is left. There may be one later. */
export function loadIfPossible<T>(load: () => T): T | undefined {
  try {
    return loadChunk(load);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EMFILE') return undefined;
    throw error;
  }
}

/** Of a package.json, which Node looks for first, it says so in words alone. */
function lacksDescriptor({ code, message }: NodeJS.ErrnoException): boolean {
  return code === 'EMFILE' || code === 'ENFILE' || message.includes('too many open files');
}
