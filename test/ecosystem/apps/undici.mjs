// undici: its pool over HTTP/1.1 and HTTP/2, with its own connections or through a function of ours.
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { given, load, passed, pattern, report, times, tls, used } from './support.mjs';

const { Agent, fetch, request } = load(given.package);
subscribe('undici:client:connected', ({ socket }) => used(socket));

function connector(allowH2) {
  if (!passed) return { ca: given.ca };
  return ({ hostname, port }, callback) => {
    const socket = tls.connect({
      host: '127.0.0.1',
      port,
      servername: hostname,
      ca: given.ca,
      ALPNProtocols: allowH2 ? ['http/1.1', 'h2'] : ['http/1.1'],
    });
    socket.once('secureConnect', () => callback(null, socket)).once('error', callback);
  };
}

const body = pattern(2_000_000);
for (const [name, port] of Object.entries(given.ports)) {
  const allowH2 = name === 'h2';
  const dispatcher = new Agent({ allowH2, connections: 4, connect: connector(allowH2) });
  const url = `https://localhost:${port}`;
  const answers = await times(40, async (i) => {
    const { body: stream } = await request(`${url}/${i}`, { dispatcher });
    return stream.text();
  });
  answers.forEach((text, i) => assert.equal(text, `GET /${i} 0`));
  const echo = await request(`${url}/echo`, { dispatcher, method: 'POST', body });
  assert(Buffer.from(await echo.body.arrayBuffer()).equals(body));
  // As a stream, without a length: the answer's headers and its data come together.
  for (let i = 0; i < 3; i++) {
    const text = `stream ${i}`;
    const streamed = await request(`${url}/echo`, {
      dispatcher,
      method: 'POST',
      body: Readable.from([text.slice(0, 3), text.slice(3)]),
    });
    assert.equal(await streamed.body.text(), text);
  }
  const fetched = await fetch(`${url}/echo`, { dispatcher, method: 'POST', body });
  assert(Buffer.from(await fetched.arrayBuffer()).equals(body));
  await dispatcher.close();
}
report({});
