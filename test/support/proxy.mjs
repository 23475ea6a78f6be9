// A TCP proxy that does harm at a chosen byte.
import net from 'node:net';
import { connectPlain, listen } from './ends.mjs';

/**
 * Forwards to `port`. Each direction is an optional fault: { after, act }: once `after` bytes have been handed on,
 * `act({ near, far })` is called in place of the rest. Returns { port, seen, pairs }: the bytes handed on per direction, and
 * the sockets.
 */
export async function faultyProxy(port, { toServer = null, toClient = null } = {}) {
  const seen = { toServer: 0, toClient: 0 };
  const pairs = [];
  const proxy = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = connectPlain(port);
    far.allowHalfOpen = true;
    pairs.push({ near, far });
    for (const socket of [near, far]) socket.on('error', () => {});
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroySoon());
    hand(near, far, 'toServer', toServer);
    hand(far, near, 'toClient', toClient);
  });

  function hand(from, to, direction, fault) {
    const [near, far] = direction === 'toServer' ? [from, to] : [to, from];
    let done = false;
    if (fault?.after === 0) {
      done = true;
      far.once('connect', () => fault.act({ near, far }));
    }
    from.on('data', (chunk) => {
      if (done) return;
      const room = fault ? fault.after - seen[direction] : Infinity;
      const piece = chunk.subarray(0, Math.min(room, chunk.length));
      seen[direction] += piece.length;
      to.write(piece);
      if (fault && seen[direction] === fault.after) {
        done = true;
        fault.act({ near, far });
      }
    });
    from.on('end', () => {
      if (!done) to.end();
    });
  }

  return { port: await listen(proxy), seen, pairs };
}

/** Faults for faultyProxy(): what happens to the client's connection. */
export const endClient = ({ near, far }) => {
  near.end();
  far.destroy();
};
export const resetClient = ({ near, far }) => {
  near.resetAndDestroy();
  far.destroy();
};
export const endServer = ({ near, far }) => {
  far.end();
  near.resume();
};
export const resetServer = ({ near, far }) => {
  far.resetAndDestroy();
  near.destroy();
};
