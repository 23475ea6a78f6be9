// A TCP proxy that hands on every byte, a few at a time.
import net from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { tidy } from '../support/cleanup.mjs';
import { connectPlain, listen } from '../support/ends.mjs';

/** The sizes of pieces, over and over: the header of a record (five bytes) is cut at each of its bytes. */
const sizes = [1, 2, 3, 1, 4, 7, 13, 29, 61, 5];

/**
 * Forwards to `port`: { port, toServer, toClient }. Of each direction: `pieces`, how many there were, and `longest`, the
 * length of the longest record of application data (or of TLS 1.3's disguise as such) since it was last set to 0.
 */
export async function cuttingProxy(port) {
  const toServer = { pieces: 0, longest: 0 };
  const toClient = { pieces: 0, longest: 0 };
  const proxy = net.createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
    tidy(near);
    const far = connectPlain(port).setNoDelay(true);
    far.allowHalfOpen = true;
    near.on('error', () => {}).on('close', () => far.destroy());
    far.on('error', () => {}).on('close', () => near.destroy());
    void forward(near, far, toServer);
    void forward(far, near, toClient);
  });
  return { port: await listen(proxy), toServer, toClient };
}

async function forward(from, to, counts) {
  let left = 0;
  let header = Buffer.alloc(0);
  try {
    for await (const chunk of from.iterator({ destroyOnReturn: false })) {
      // The lengths of records, as their headers tell.
      for (let at = 0; at < chunk.length;) {
        if (left === 0) {
          const more = chunk.subarray(at, at + 5 - header.length);
          header = Buffer.concat([header, more]);
          at += more.length;
          if (header.length < 5) break;
          left = header.readUInt16BE(3);
          if (header[0] === 23) counts.longest = Math.max(counts.longest, left);
          header = Buffer.alloc(0);
        } else {
          const skipped = Math.min(left, chunk.length - at);
          left -= skipped;
          at += skipped;
        }
      }
      for (let at = 0; at < chunk.length; counts.pieces++) {
        const size = sizes[counts.pieces % sizes.length];
        to.write(chunk.subarray(at, at + size));
        at += size;
        await turn();
      }
    }
    to.end();
  } catch {
    to.destroy();
  }
}
