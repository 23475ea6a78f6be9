// Writes the secrets of every connection into a file, for those who debug. Node's --tls-keylog names the
// file, or the environment variable SSLKEYLOGFILE, which browsers and curl know, too.

import type { EventEmitter } from 'node:events';
import { appendFile } from 'node:fs';

import { flagValue } from '../base/flags';

let warned = false;
let warnedOfFailure = false;

let environment: string | undefined;

export function keylogToFile(socket: EventEmitter): void {
  const flagged = flagValue('--tls-keylog');
  // The variable is read once, because each look at the environment costs a lock and a copy.
  const file = flagged ?? (environment ??= process.env.SSLKEYLOGFILE ?? '');
  if (!file) return;
  if (!warned) {
    warned = true;
    process.emitWarning(
      `Using ${flagged ? '--tls-keylog' : 'SSLKEYLOGFILE'} makes TLS connections insecure by ` +
        `writing secret key material to file ${file}`,
    );
  }
  socket.on('keylog', (line: Buffer) => {
    appendFile(file, line, { mode: 0o600 }, (error) => {
      if (!error || warnedOfFailure) return;
      warnedOfFailure = true;
      process.emitWarning(
        `Failed to write TLS keylog (this warning will not be repeated): ${error}`,
      );
    });
  });
}
