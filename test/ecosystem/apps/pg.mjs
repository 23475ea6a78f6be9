// pg: SCRAM bound to the TLS channel, many rows, large values, a pool, a cancelled connection.
import assert from 'node:assert/strict';
import { event, given, load, pattern, report, times, used } from './support.mjs';

const pg = load('pg');
const { ca } = given;
const { port, user, password, database } = given.server;
const settings = {
  host: 'localhost',
  port,
  user,
  password,
  database,
  enableChannelBinding: true,
  ssl: { ca },
};

const client = new pg.Client(settings);
let mechanism;
const { sendSASLInitialResponseMessage } = client.connection;
client.connection.sendSASLInitialResponseMessage = function (name, ...rest) {
  mechanism = name;
  return sendSASLInitialResponseMessage.call(this, name, ...rest);
};
await client.connect();
used(client.connection.stream);

const {
  rows: [info],
} = await client.query('SELECT ssl, version, cipher FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
const { rows } = await client.query('SELECT n, md5(n::text) FROM generate_series(1, 50000) n');
assert.equal(rows.length, 50_000);
assert.equal(rows.at(-1).n, 50_000);
const bytes = pattern(4_000_000);
const {
  rows: [echo],
} = await client.query('SELECT $1::bytea AS bytes', [bytes]);
assert(echo.bytes.equals(bytes));
await client.query('LISTEN news');
const told = event(client, 'notification');

const pool = new pg.Pool({ ...settings, max: 5 });
pool.on('connect', (each) => used(each.connection.stream));
const sums = await times(
  50,
  async (i) => (await pool.query('SELECT $1::int * 2 AS twice', [i])).rows[0].twice,
);
sums.forEach((twice, i) => assert.equal(twice, 2 * i));
await pool.query("NOTIFY news, 'from another'");
assert.equal((await told).payload, 'from another');
await pool.end();
await client.end();

let refused;
const stranger = new pg.Client({ ...settings, ssl: { ca: [] } });
stranger.on('error', () => {});
await stranger.connect().catch(({ code }) => (refused = code));
let plain;
await new pg.Client({ ...settings, ssl: false }).connect().catch(({ code }) => (plain = code));
report({ mechanism, ...info, refused, plain });
