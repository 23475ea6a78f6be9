// What is asked of libraries that play servers which are not there, for https and fetch, and let others through.
import assert from 'node:assert/strict';
import https from 'node:https';
import { given, listening, pattern } from './support.mjs';

const { ca, cert, key } = given;
/** A server that is not there. */
export const played = 'https://played.example.test';
export const body = pattern(300_000);

/** Resolves to what a request has come to; `authorized` is what its socket said while it was answered. */
export const ask = (url, { data, ...options } = {}) =>
  new Promise((resolve) => {
    const request = https.request(url, { family: 4, ...options }, (response) => {
      const { authorized, encrypted } = response.socket;
      const chunks = [];
      response
        .on('data', (chunk) => chunks.push(chunk))
        .on('end', () => {
          const { statusCode: status } = response;
          resolve({ status, body: Buffer.concat(chunks), authorized, encrypted });
        });
    });
    request.on('error', (error) => resolve({ code: error.code, error })).end(data);
  });

/** The text of an answer. */
export const text = async (url, options) => String((await ask(url, options)).body);

/** What is sent to `/b` of the played server comes back by a socket that seems to be one of TLS. */
export async function takesRequests() {
  const posted = await ask(`${played}/b`, { method: 'POST', data: 'sent' });
  assert.deepEqual([posted.status, posted.encrypted, posted.authorized], [201, true, false]);
  assert(posted.body.equals(body));
}

/** One agent is answered three times by the played server. */
export async function keepsAlive(url, expected) {
  const agent = new https.Agent({ keepAlive: true });
  for (let i = 0; i < 3; i++) assert.equal(await text(url, { agent }), expected);
}

/** The address of a real server, which echoes. */
export async function echoing() {
  const server = https.createServer({ cert, key }, (request, response) => request.pipe(response));
  return `https://localhost:${await listening(server)}`;
}

/** Requests reach that server; resolves to the agent that they went by, and how a client is refused that does not trust it. */
export async function letsThrough(url) {
  const through = new https.Agent({ keepAlive: true, ca });
  for (let i = 0; i < 3; i++) {
    const echoed = await ask(url, { agent: through, method: 'POST', data: body });
    assert.deepEqual([echoed.status, echoed.encrypted, echoed.authorized], [200, true, true]);
    assert(echoed.body.equals(body));
  }
  const { code: refused } = await ask(url, { ca: [], agent: false });
  return { through, refused };
}

/** Nothing is played any more. */
export async function isOver(url) {
  const after = await ask(url, { ca, method: 'POST', data: body });
  assert.deepEqual([after.status, after.authorized], [200, true]);
  assert(after.body.equals(body));
}
