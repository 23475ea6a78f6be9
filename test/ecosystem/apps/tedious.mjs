// tedious, the driver of SQL Server: its handshake travels in packets of its protocol, over a Duplex.
// The server here knows that much of TDS, and hands the rest to tls, too.
import net from 'node:net';
import { Duplex } from 'node:stream';
import { given, listening, load, report, tls, used } from './support.mjs';

const { Connection } = load('tedious');
const PRELOGIN = 0x12;
const HEADER = 8;
// VERSION at 11, ENCRYPTION at 17; both as MS-TDS 2.2.6.5 has them, the second is "on".
const answer = Buffer.from([0, 0, 11, 0, 6, 1, 0, 17, 0, 1, 255, 9, 0, 0, 0, 0, 0, 1]);

const packet = (type, data) => {
  const header = Buffer.from([type, 1, 0, 0, 0, 0, 1, 0]);
  header.writeUInt16BE(data.length + HEADER, 2);
  return Buffer.concat([header, data]);
};

/** What comes over the socket in packets until `raw`, and then by itself. */
class Framed extends Duplex {
  raw = false;
  constructor(socket) {
    super();
    this.socket = socket;
  }
  _read() {}
  _write(chunk, encoding, callback) {
    this.socket.write(this.raw ? chunk : packet(PRELOGIN, chunk), callback);
  }
}

const logins = [];
const server = net.createServer((socket) => {
  const framed = new Framed(socket);
  let waiting = Buffer.alloc(0);
  let greeted = false;
  const accept = () => {
    const { cert, key } = given;
    const secure = used(new tls.TLSSocket(framed, { isServer: true, cert, key }));
    secure.on('error', () => {});
    secure.once('data', (login) => {
      logins.push([secure.getProtocol(), login[0]]);
      socket.destroy();
    });
  };
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length > 0) {
      framed.raw ||= greeted && waiting[0] !== PRELOGIN;
      const size = waiting.length < HEADER ? Infinity : waiting.readUInt16BE(2);
      if (!framed.raw && waiting.length < size) return;
      const data = framed.raw ? waiting : waiting.subarray(HEADER, size);
      waiting = framed.raw ? Buffer.alloc(0) : waiting.subarray(size);
      if (greeted) {
        framed.push(data);
      } else {
        greeted = true;
        socket.write(packet(4, answer));
        accept();
      }
    }
  });
});
const port = await listening(server);

/** The error with which a connection ends: this server knows nobody. */
const connect = (ca) =>
  new Promise((resolve) => {
    new Connection({
      server: 'localhost',
      options: {
        port,
        encrypt: true,
        trustServerCertificate: false,
        cryptoCredentialsDetails: { ca, maxVersion: 'TLSv1.2' },
      },
      authentication: { type: 'default', options: { userName: 'someone', password: 'secret' } },
    }).connect(resolve);
  });

await connect(given.ca);
const { cause, code } = await connect([]);
server.close();
report({ logins, refused: cause?.code ?? code });
process.exit();
