// ioredis with a client certificate: a pipeline, large values, messages to subscribers.
import assert from 'node:assert/strict';
import { event, given, load, passed, pattern, report, used } from './support.mjs';
import { tls } from './support.mjs';

const { Redis, AbstractConnector } = load('ioredis');
const secure = {
  host: 'localhost',
  port: given.server.port,
  ca: given.ca,
  cert: given.clientCert,
  key: given.clientKey,
};

/** ioredis lets one say how to connect. */
class Connector extends AbstractConnector {
  constructor() {
    super(0);
  }

  async connect() {
    this.stream = tls.connect({ ...secure, servername: 'localhost', family: 4 });
    return this.stream;
  }
}

const { host, port, ...credentials } = secure;
const options = passed ? { Connector } : { host, port, tls: credentials };
const client = (more) => {
  const redis = new Redis({ ...options, ...more });
  redis.on('connect', () => used(redis.stream));
  return redis;
};

const redis = client();
const bytes = pattern(4_000_000);
await redis.set('bytes', bytes);
assert((await redis.getBuffer('bytes')).equals(bytes));
const pipeline = redis.pipeline();
for (let i = 0; i < 5000; i++) pipeline.set(`key ${i}`, i).get(`key ${i}`);
const results = await pipeline.exec();
assert.equal(results.length, 10_000);
assert.equal(results.at(-1)[1], '4999');
const subscriber = client();
await subscriber.subscribe('news');
const told = event(subscriber, 'message');
await redis.publish('news', 'of the day');
assert.equal(await told, 'news');
const authorized = redis.stream.authorized;
await Promise.all([redis.quit(), subscriber.quit()]);

let refused;
if (!passed) {
  const stranger = new Redis({ host, port, tls: { ca: credentials.ca }, retryStrategy: null });
  // TLS 1.3: the server says so after the handshake, and how depends on the timing.
  await event(stranger, 'error').catch(() => {});
  refused = true;
  stranger.disconnect();
}
report({ authorized, refused });
