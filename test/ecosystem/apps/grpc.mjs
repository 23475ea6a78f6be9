// grpc-js, server and client: calls, a stream each way, and a client that does not trust the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { given, load, pattern, report, times, watchConnects } from './support.mjs';

watchConnects();
const grpc = load('@grpc/grpc-js');
const plain = (value) => value;
const method = (path, stream) => ({
  path,
  requestStream: stream,
  responseStream: stream,
  requestSerialize: plain,
  requestDeserialize: plain,
  responseSerialize: plain,
  responseDeserialize: plain,
});
const service = { echo: method('/test/echo', false), stream: method('/test/stream', true) };
const bytes = (text) => Buffer.from(text);
const server = new grpc.Server();
server.addService(service, {
  echo: ({ request }, callback) => callback(null, request),
  stream: (call) => call.on('data', (chunk) => call.write(chunk)).on('end', () => call.end()),
});
const credentials = grpc.ServerCredentials.createSsl(bytes(given.ca), [
  { cert_chain: bytes(given.cert), private_key: bytes(given.key) },
]);
const port = await new Promise((resolve, reject) =>
  server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
    error ? reject(error) : resolve(bound),
  ),
);
const Client = grpc.makeGenericClientConstructor(service, 'test');
const open = (ca) =>
  new Client(`127.0.0.1:${port}`, grpc.credentials.createSsl(ca), {
    'grpc.ssl_target_name_override': 'localhost',
  });
const client = open(bytes(given.ca));
const call = (who, body) =>
  new Promise((resolve, reject) =>
    who.echo(body, (error, value) => (error ? reject(error) : resolve(value))),
  );
const answers = await times(20, (i) => call(client, bytes(`call ${i}`)));
answers.forEach((answer, i) => assert.equal(String(answer), `call ${i}`));
const body = pattern(1_000_000);
assert((await call(client, body)).equals(body));
const stream = client.stream();
for (let i = 0; i < 50; i++) stream.write(bytes(`message ${i}`));
stream.end();
let received = 0;
stream.on('data', (chunk) => assert.equal(String(chunk), `message ${received++}`));
await once(stream, 'end');
const { code } = await call(open(bytes('')), bytes('x')).catch((error) => error);
report({ received, refused: code });
process.exit();
