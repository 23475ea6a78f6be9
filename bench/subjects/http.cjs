// http: a server of Node's https with 64 bytes in each response. ownssl comes in through
// `--require ownssl/register`, as in a program that is moved over as a whole.
'use strict';
const { certificate, serve, subject } = require('./harness.cjs');

const body = Buffer.alloc(64, 'x');
const headers = { 'Content-Type': 'text/plain', 'Content-Length': body.length };
const respond = (request, response) => {
  response.writeHead(200, headers);
  response.end(body);
};
if (subject === 'ownssl' && !process.versions.ownssl) throw new Error('ownssl is not registered');
serve(
  subject === 'net'
    ? require('node:http').createServer(respond)
    : require('node:https').createServer(certificate(), respond),
);
