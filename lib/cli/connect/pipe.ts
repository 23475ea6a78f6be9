// stdin to the peer, and what it sends to stdout.

import { fstatSync } from 'node:fs';
import type { TLSSocket } from '../..';
import { CommandError } from '../support/exit';

/** Whoever writes to stdin has so long, in milliseconds, once the connection is closed, to write more. */
const PATIENCE = 500;

/**
 * Resolves when the connection is closed; rejects when it breaks, or when the peer did not take all of stdin.
 *
 * @param stdinUsed - Nothing is left on stdin: it was read for something else.
 */
export async function pipe(
  socket: TLSSocket,
  { stdinUsed }: { stdinUsed: boolean },
): Promise<void> {
  const { stdin, stdout } = process;
  let sent = 0;
  let taken = 0;
  let stdinOver = false;
  let readerLeft = false;
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => {
        resolve();
      });
      socket.once('end', () => socket.end());
      // Whoever reads stdout may have seen enough (`| head`).
      stdout.once('error', () => {
        readerLeft = true;
        socket.destroy();
      });
      socket.pipe(stdout);
      const over = () => {
        stdinOver = true;
        socket.end();
      };
      if (stdinUsed) {
        over();
        return;
      }
      stdin.once('error', () => socket.end());
      stdin.once('end', over);
      stdin.on('data', (chunk: Buffer) => {
        sent += chunk.length;
        if (!socket.writable) {
          stdin.pause();
          return;
        }
        const goOn = socket.write(chunk, (error) => {
          if (!error) taken += chunk.length;
        });
        if (!goOn) stdin.pause();
      });
      socket.on('drain', () => stdin.resume());
    });
    const left = sent - taken + stdin.readableLength;
    if (readerLeft || (left === 0 && (stdinOver || !(await moreOnStdin(stdin))))) return;
    throw new CommandError(
      `the peer closed the connection before it took all of stdin: ${sent - left} bytes were sent`,
      'ERR_OWNSSL_STDIN_NOT_TAKEN',
    );
  } finally {
    stdin.destroy();
  }
}

/**
 * Whether there is something that nobody has read. A person at a terminal has not typed it yet; whoever writes into a pipe
 * may not have had the time, and gets it.
 */
function moreOnStdin(
  stdin: NodeJS.ReadStream & { bytesRead?: number },
): Promise<boolean> | boolean {
  if (stdin.isTTY) return false;
  const status = fstatSync(0);
  if (status.isFile()) return status.size > (stdin.bytesRead ?? 0);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE, false);
    const tell = (more: boolean) => {
      clearTimeout(timer);
      resolve(more);
    };
    stdin.once('data', () => {
      tell(true);
    });
    stdin.once('end', () => {
      tell(false);
    });
    stdin.once('error', () => {
      tell(false);
    });
    stdin.resume();
  });
}

/** For what is sent in one piece. */
export async function allOfStdin(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
