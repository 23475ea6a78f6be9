// A signing service in a process of its own, over a Unix socket: node signer.mjs <key> <socket> <gate>
// It answers 50 ms after a request came, and not before <gate> of them have come.
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';

const [, , file, path, gate] = process.argv;
const key = createPrivateKey(readFileSync(file));
const SLOW = 50;
let came = 0;
let open;
const opened = new Promise((resolve) => {
  open = resolve;
});

net
  .createServer((socket) => {
    createInterface(socket).on('line', async (line) => {
      const { id, data, hash, padding, saltLength } = JSON.parse(line);
      came += 1;
      if (came === Number(gate)) open();
      await opened;
      setTimeout(() => {
        const signature = sign(hash, Buffer.from(data, 'base64'), { key, padding, saltLength });
        socket.write(`${JSON.stringify({ id, signature: signature.toString('base64'), came })}\n`);
      }, SLOW);
    });
  })
  .listen(path, () => console.log('READY'));
