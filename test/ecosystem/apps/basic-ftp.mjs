// basic-ftp: each data connection has to resume the session of the control connection.
import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { given, load, pattern, report, used, watchConnects } from './support.mjs';

watchConnects();
const { Client } = load('basic-ftp');
const { port } = given.server;
const secureOptions = { ca: given.ca, servername: 'localhost' };
const access = { host: '127.0.0.1', port, secure: true, secureOptions };

/** What a file holds. */
async function content(client, name) {
  const parts = [];
  const write = (chunk, encoding, callback) => callback(null, parts.push(chunk));
  await client.downloadTo(new Writable({ write }), name);
  return Buffer.concat(parts);
}

const client = new Client();
await client.access(access);
const { socket } = client.ftp;
used(socket);
await client.cd('incoming');
const sent = { small: Buffer.from('hello'), large: pattern(3_000_000) };
for (const [name, bytes] of Object.entries(sent)) {
  await client.uploadFrom(Readable.from([bytes]), name);
  assert((await content(client, name)).equals(bytes), name);
}
const listed = (await client.list()).map(({ name }) => name).sort();
client.close();

const stranger = new Client();
const { code } = await stranger
  .access({ ...access, secureOptions: { ...secureOptions, ca: [] } })
  .catch((error) => error);
stranger.close();
report({ listed, refused: code });
