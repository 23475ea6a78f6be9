// The global fetch. It trusts what the process trusts: NODE_EXTRA_CA_CERTS.
import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { given, pattern, report, times, used } from './support.mjs';

subscribe('undici:client:connected', ({ socket }) => used(socket));
const url = (path) => `https://localhost:${given.port}${path}`;
const answers = await times(40, async (i) => (await fetch(url(`/${i}`))).text());
answers.forEach((text, i) => assert.equal(text, `GET /${i} 0`));
const body = pattern(3_000_000);
const echo = await fetch(url('/echo'), { method: 'POST', body });
assert(Buffer.from(await echo.arrayBuffer()).equals(body));
const streamed = await fetch(url('/echo'), {
  method: 'POST',
  duplex: 'half',
  body: new Blob([body]).stream(),
});
assert(Buffer.from(await streamed.arrayBuffer()).equals(body));

let refused;
await fetch(`https://localhost:${given.untrustedPort}/`).catch(
  ({ cause }) => (refused = cause.code),
);
report({ refused });
