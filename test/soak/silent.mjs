// Clients that connect, send the beginning of a ClientHello, and say no more.
import net from 'node:net';
import { serveMessages } from './lab.mjs';

const BEGINNING = Buffer.from('1603010200010001fc0303', 'hex');
const gone = [];

async function connect({ port, count }) {
  const all = Array.from({ length: count }, () => {
    const socket = net.connect({ port, host: '127.0.0.1' });
    gone.push(new Promise((resolve) => socket.on('error', () => {}).on('close', resolve)));
    return new Promise((resolve) => {
      // The connection is made, or refused: either way the server has decided.
      socket.once('connect', () => socket.write(BEGINNING, resolve)).once('close', resolve);
    });
  });
  await Promise.all(all);
}

serveMessages({ connect, closed: () => Promise.all(gone).then(() => true) });
