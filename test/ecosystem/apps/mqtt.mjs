// MQTT over TLS with a pre-shared key, by mqtt.js.
import assert from 'node:assert/strict';
import { event, given, load, passed, pattern, report, tls, used } from './support.mjs';

const mqtt = load('mqtt');
const { port, identity, psk } = given.server;

const secure = (key, maxVersion) => ({
  pskCallback: () => ({ identity, psk: Buffer.from(key, 'hex') }),
  ciphers: 'TLS_AES_128_GCM_SHA256:ECDHE-PSK-CHACHA20-POLY1305:ECDHE-PSK-AES128-CBC-SHA256',
  // Who knows the key is the right one; there is no certificate that could name a host.
  checkServerIdentity: () => undefined,
  maxVersion,
});

function client(key, maxVersion) {
  const common = { reconnectPeriod: 0, clean: true };
  if (!passed)
    return mqtt.connect({
      protocol: 'mqtts',
      host: '127.0.0.1',
      port,
      ...common,
      ...secure(key, maxVersion),
    });
  const stream = () => tls.connect({ host: '127.0.0.1', port, ...secure(key, maxVersion) });
  return new mqtt.MqttClient(stream, common);
}

const bytes = pattern(200_000);
const seen = [];
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  const one = client(psk, version);
  await event(one, 'connect');
  const { stream } = one;
  used(stream);
  seen.push([stream.getProtocol(), stream.getCipher().name, stream.authorized]);
  await one.subscribeAsync('sensors/#', { qos: 1 });
  const told = new Promise((resolve) =>
    one.once('message', (topic, message) => resolve([topic, message])),
  );
  await one.publishAsync('sensors/1', bytes, { qos: 1 });
  const [topic, message] = await told;
  assert.equal(topic, 'sensors/1');
  assert(message.equals(bytes));
  await one.endAsync();
}

const wrong = client('ffffffffffffffffffffffffffffffff', 'TLSv1.2');
const refused = await new Promise((resolve) => {
  wrong.on('connect', () => resolve('connected'));
  wrong.on('error', ({ code }) => resolve(code));
  wrong.on('close', () => resolve('closed'));
});
await wrong.endAsync(true).catch(() => {});
report({ seen, refused });
