// Node's --tls-keylog: secrets of every connection into a file, for those who debug.

import { appendFile } from 'node:fs';

import { flagValue } from './flags';
import type { TLSSocket } from './tls-socket';

let warned = false;
let warnedOfFailure = false;

export function keylogToFile(socket: TLSSocket): void {
  const file = flagValue('--tls-keylog');
  if (file === undefined) return;
  if (!warned) {
    warned = true;
    process.emitWarning(
      'Using --tls-keylog makes TLS connections insecure by writing secret key material to file ' +
        file,
    );
  }
  socket.on('keylog', (line: Buffer) => {
    appendFile(file, line, { mode: 0o600 }, (error) => {
      if (!error || warnedOfFailure) return;
      warnedOfFailure = true;
      process.emitWarning(`Failed to write TLS keylog (this warning will not be repeated): ${error}`);
    });
  });
}
