// mysql2: it upgrades its connection to TLS in the middle of the protocol's own handshake.
import assert from 'node:assert/strict';
import { given, load, pattern, report, times, used } from './support.mjs';

const mysql = load('mysql2/promise');
const { port, user, password, database } = given.server;
const settings = {
  host: 'localhost',
  port,
  user,
  password,
  database,
  ssl: { ca: given.ca, verifyIdentity: true },
};

const connection = await mysql.createConnection(settings);
used(connection.connection.stream);
const status = async (name) => (await connection.query('SHOW STATUS LIKE ?', [name]))[0][0].Value;
const version = await status('Ssl_version');
const cipher = await status('Ssl_cipher');
const bytes = pattern(4_000_000);
const [[echo]] = await connection.query('SELECT ? AS bytes', [bytes]);
assert(echo.bytes.equals(bytes));
await connection.query('CREATE TABLE numbers (n INT)');
await connection.query('INSERT INTO numbers VALUES ?', [
  Array.from({ length: 5000 }, (_, i) => [i]),
]);
const [rows] = await connection.execute('SELECT n FROM numbers WHERE n >= ? ORDER BY n', [10]);
assert.equal(rows.length, 4990);
await connection.end();

const pool = mysql.createPool({ ...settings, connectionLimit: 5 });
pool.pool.on('connection', (each) => used(each.stream));
const sums = await times(
  50,
  async (i) => (await pool.execute('SELECT ? * 2 AS twice', [i]))[0][0].twice,
);
sums.forEach((twice, i) => assert.equal(Number(twice), 2 * i));
await pool.end();

const refusal = async (ssl) => {
  try {
    await mysql.createConnection({ ...settings, ssl });
  } catch (error) {
    return error.code;
  }
};
report({ version, cipher, refused: await refusal({ ca: [] }), plain: await refusal(undefined) });
