// needle, which passes `signal: null`: a redirect from one https server to another, a body both ways.
import assert from 'node:assert/strict';
import https from 'node:https';
import { given, listening, load, pattern, report, watchConnects } from './support.mjs';

watchConnects();
const needle = load('needle');
const { ca, cert, key } = given;
const target = https.createServer({ cert, key }, (request, response) => request.pipe(response));
const to = await listening(target);
const first = https.createServer({ cert, key }, (request, response) => {
  response.writeHead(307, { location: `https://localhost:${to}/` }).end();
});
const from = await listening(first);
const options = {
  ca,
  follow_max: 3,
  lookup: (host, how, callback) =>
    how.all
      ? callback(null, [{ address: '127.0.0.1', family: 4 }])
      : callback(null, '127.0.0.1', 4),
};
const body = pattern(300_000);
const echoed = await needle('post', `https://localhost:${to}/`, body, { ...options, parse: false });
assert(echoed.raw.equals(body));
const followed = await needle('get', `https://localhost:${from}/`, options);
assert.equal(followed.statusCode, 200);
const { code } = await needle('get', `https://localhost:${to}/`, { ...options, ca: [] }).catch(
  (error) => error,
);
report({ refused: code });
process.exit();
