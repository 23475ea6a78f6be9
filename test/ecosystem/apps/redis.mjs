// node-redis with a client certificate: large values, many commands at a time, messages.
import assert from 'node:assert/strict';
import { given, load, pattern, report, times, watchConnects } from './support.mjs';

watchConnects();
const { createClient, RESP_TYPES } = load('redis');
const { ca, clientCert, clientKey } = given;
const { port } = given.server;
const client = async (socket) => {
  const redis = createClient({
    socket: { host: 'localhost', port, family: 4, tls: true, reconnectStrategy: false, ...socket },
  });
  redis.on('error', () => {});
  return redis.connect();
};

const credentials = { ca, cert: clientCert, key: clientKey };
const redis = await client(credentials);
const bytes = pattern(4_000_000);
await redis.set('bytes', bytes);
const buffers = redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
assert((await buffers.get('bytes')).equals(bytes));
const numbers = await times(5000, async (i) => {
  await redis.set(`key ${i}`, String(i));
  return redis.get(`key ${i}`);
});
assert.deepEqual([numbers.length, numbers.at(-1)], [5000, '4999']);
const subscriber = await client(credentials);
const told = new Promise((resolve) => subscriber.subscribe('news', resolve));
await redis.publish('news', 'of the day');
assert.equal(await told, 'of the day');
await Promise.all([redis.close(), subscriber.close()]);
const { code } = await client({ ...credentials, ca: [] }).catch((error) => error);
report({ refused: code });
