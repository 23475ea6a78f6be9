// A row is { name, what, figures, limits, amount, measure(lab, amount) }: `measure` resolves to a number for
// each of `figures`, for the one participant that the lab holds. `target` is of ours / built-in with
// connections on the event loop, `threads` in I/O threads; `sockets: false` is a row that I/O threads have
// nothing to do with.
import bulk from './bulk.mjs';
import costs from './costs.mjs';
import exchanges from './exchanges.mjs';
import handshakes from './handshakes.mjs';

const order = [
  ...['hs-ec', 'hs-single', 'hs-rsa', 'hs-client', 'hs-resumed-1.2', 'hs-resumed-1.3', 'storm'],
  ...[
    'down',
    'down-heap',
    'up',
    'http',
    'http-20k',
    'http-8k',
    'echo32',
    'rtt',
    'small',
    'growth',
    'idle',
  ],
  ...['duplex', 'context', 'inline'],
  ...['start', 'start-trust'],
];

export const rows = [...handshakes, ...exchanges, ...bulk, ...costs].sort(
  (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
);
