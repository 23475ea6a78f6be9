// Reads files of the program, and says of those that can't be read what is wrong with them.

import { loadIfPossible } from '../base/chunk';
import type * as mistakes from './file-mistakes';

/**
 * Runs what reads a file; what it throws says, besides OpenSSL's words, which file it was and what is wrong with it
 * (file-mistakes.ts). Nothing of the file's content is in the message.
 */
export function reading(
  file: string | NodeJS.ArrayBufferView,
  expected: mistakes.Expected,
  read: () => void,
): void {
  try {
    read();
  } catch (error) {
    if (error instanceof Error) {
      loadIfPossible(() => require('./file-mistakes') as typeof mistakes)?.explain(
        error,
        file,
        expected,
      );
    }
    throw error;
  }
}
