import net from 'node:net';
import { readTlsClientHello } from 'read-tls-client-hello';
import { tidy } from '../../support/cleanup.mjs';
import { connectPlain, listen } from '../../support/ends.mjs';
import { compareHellos } from '../../support/hello.mjs';
import { receive, visit } from '../ends.mjs';

/** A proxy that reads the ClientHello of its first connection before it hands that on: { over, read }. */
function reader() {
  let tell;
  const read = new Promise((resolve, reject) => {
    tell = { resolve, reject };
  });
  read.catch(() => {});
  const over = (port) =>
    listen(
      net.createServer({ allowHalfOpen: true }, async (near) => {
        tidy(near).on('error', () => {});
        const far = connectPlain(port);
        far.allowHalfOpen = true;
        far.on('error', () => {}).on('close', () => near.destroy());
        near.on('close', () => far.destroy());
        await readTlsClientHello(near).then(tell.resolve, tell.reject);
        near.pipe(far).pipe(near);
      }),
    );
  return { over, read };
}

/** What we say of a ClientHello is what another program says that has read the same bytes on their way. */
async function check(role, peer, version) {
  const { over, read } = reader();
  const ends = role === 'client' ? visit : receive;
  const { link, socket } = await ends(peer, { version }, { clientHello: true }, over);
  compareHellos(socket.clientHello, await read);
  await link.exchange(socket);
}

export default {
  name: 'ClientHello',
  versions: ['TLSv1.2', 'TLSv1.3'],
  asClient: (peer, version) => check('client', peer, version),
  asServer: (peer, version) => check('server', peer, version),
};
