// TLS 1.3's user_canceled before close_notify (RFC 8446, 6.1), as Java's implementation ends each connection: a clean end. OpenSSL
// from 3.5 on reports it as a failure without a reason.
import assert from 'node:assert/strict';
import { tidy } from '../support/cleanup.mjs';
import { duplexPair } from '../support/duplex.mjs';
import { connect, tidyServer } from '../support/ends.mjs';
import { closed, once, record } from '../support/events.mjs';
import { identity } from '../support/fixtures.mjs';
import { encrypt } from '../support/key-update.mjs';
import { builtin, tls } from '../support/subject.mjs';

const ALERT = 21;
const DATA = 23;
const ciphers = 'TLS_AES_128_GCM_SHA256';

for (const side of ['client', 'server']) {
  describe(`user_canceled, received by a ${side}`, () => {
    for (const text of ['', 'last words']) {
      for (const goodbye of [true, false]) {
        it(`${text ? 'after data' : 'after nothing'}, ${goodbye ? 'before close_notify' : 'alone'}`, async () => {
          const [near, far] = duplexPair().map(tidy);
          const at = { client: builtin, server: builtin, [side]: tls };
          const server = at.server.createServer({ ...identity('server-ec'), ciphers });
          const accepted = once(server, 'secureConnection');
          tidyServer(server).emit('connection', far);
          const client = connect(
            { socket: near, minVersion: 'TLSv1.3', ciphers },
            undefined,
            at.client,
          );
          const label = `${side === 'server' ? 'CLIENT' : 'SERVER'}_TRAFFIC_SECRET_0`;
          let secret;
          client.on('keylog', (line) => {
            const [name, , value] = line.toString().trim().split(' ');
            if (name === label) secret = Buffer.from(value, 'hex');
          });
          // A server has sent two tickets before.
          let sequence = side === 'server' ? 0 : 2;
          await once(client, 'secureConnect');
          const [peer] = await accepted;
          const [subject, other, wire] =
            side === 'server' ? [peer, client, near] : [client, peer, far];
          other.on('error', () => {});
          const log = record(subject, ['end', 'close'], (name, value) => `${name} ${value ?? ''}`);
          const errors = [];
          let got = '';
          subject.on('data', (data) => (got += data));
          const records = [];
          const add = (type, message) => {
            records.push(encrypt(secret, type, Buffer.from(message), sequence++));
          };
          if (text) add(DATA, text);
          add(ALERT, [1, 90]);
          if (goodbye) add(ALERT, [1, 0]);
          const gone = closed(subject, errors);
          wire.write(Buffer.concat(records));
          if (!goodbye) wire.end();
          subject.on('end', () => subject.end());
          await gone;
          assert.equal(got, text);
          assert.deepEqual(errors, []);
          assert.deepEqual(log, ['end ', 'close false']);
        });
      }
    }
  });
}
