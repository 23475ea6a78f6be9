// One process that sends a made-up stream of bytes through TLS to itself or to its parent's choice of peers, and reports.
// argv: subject path, client module, server module, transport, direction, megabytes. Prints a line of JSON.
'use strict';
const { createHash } = require('node:crypto');
const net = require('node:net');
const { Duplex, Readable, pipeline } = require('node:stream');
const fs = require('node:fs');

const [, , clientPath, serverPath, over, direction, megabytes, certificate, key, ca] = process.argv;
const client = require(clientPath);
const server = require(serverPath);

/** A stream that repeats one random block, with a counter in each, so that no two blocks are alike. */
function source(blocks) {
  const block = Buffer.alloc(1 << 20, 'ownssl bulk ');
  const hash = createHash('sha256');
  let made = 0;
  const stream = new Readable({
    highWaterMark: 1,
    read() {
      if (made === blocks) {
        stream.sum = hash.digest('hex');
        this.push(null);
        return;
      }
      const data = Buffer.from(block);
      data.writeUInt32BE(made++, 0);
      hash.update(data);
      this.push(data);
    },
  });
  return stream;
}

/** Two connected streams without a handle. */
function pair() {
  const make = () =>
    new Duplex({
      read() {
        const resume = this.waiting;
        this.waiting = null;
        resume?.();
      },
      write(chunk, encoding, callback) {
        const data = Buffer.from(chunk);
        setImmediate(() => {
          if (this.other.push(data)) callback();
          else this.other.waiting = callback;
        });
      },
      final(callback) {
        this.other.push(null);
        callback();
      },
    });
  const [a, b] = [make(), make()];
  a.other = b;
  b.other = a;
  return [a, b];
}

function run(sender, receiver) {
  const data = source(Number(megabytes));
  const hash = createHash('sha256');
  let bytes = 0;
  receiver.on('data', (chunk) => {
    bytes += chunk.length;
    hash.update(chunk);
  });
  receiver.on('end', () => {
    console.log(
      JSON.stringify({
        bytes,
        sent: data.sum,
        got: hash.digest('hex'),
        rss: peak(),
      }),
    );
    process.exit();
  });
  pipeline(data, sender, (error) => {
    if (error) throw error;
  });
}

const listener = server.createServer(
  { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) },
  (socket) => {
    if (direction === 'up') run(local, socket);
    else run(socket, local);
  },
);
let local;
const trust = { ca: fs.readFileSync(ca), servername: 'localhost' };
if (over === 'tcp') {
  listener.listen(0, '127.0.0.1', () => {
    local = client.connect({ ...trust, socket: net.connect(listener.address().port, '127.0.0.1') });
  });
} else {
  const [near, far] = pair();
  local = client.connect({ ...trust, socket: near });
  listener.emit('connection', far);
}

/**
 * The most memory that this process had, in bytes. On Linux `maxRSS` is not less than what the process had
 * that started this one.
 */
function peak() {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(fs.readFileSync('/proc/self/status', 'latin1'));
  return Number(kibibytes) * 1024;
}
