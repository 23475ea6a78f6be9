// Floods of a server by clients that mean harm: what they can make it keep is bounded.
import { start } from './lab.mjs';

/** Milliseconds. */
const HANDSHAKE_TIMEOUT = 5000;

/** Resolves to { rows, complaints }; a row says what was sent, the bound and what was seen. */
export async function floods({ count }) {
  const rows = [];
  const complaints = [];
  const note = (flood, bound, seen, holds) => {
    rows.push([flood, bound, seen]);
    if (!holds) complaints.push(`${flood}: ${seen}, not ${bound}`);
  };
  await withServer({ handshakeTimeout: HANDSHAKE_TIMEOUT }, async (server, port) => {
    // What the first connection brings along is no matter of the flood.
    await server.ask('served', port);
    const before = await server.ask('measure');
    const peak = await flood(server, port, count);
    const name = `${count} half-open handshakes, handshakeTimeout ${HANDSHAKE_TIMEOUT} ms`;
    note(name, `at most ${count} sessions`, peak.sessions, peak.sessions <= count);
    const kibi = ((peak.rss - before.rss) / peak.sessions / 1024).toFixed(1);
    note('… resident memory for each', 'at most 150 KiB', `${kibi} KiB`, Number(kibi) <= 150);
    const left = await emptied(server);
    note('… sessions when it is over', '0', left, left === 0);
    const { timeouts } = await server.ask('seen');
    note('… ended by it', `${count}`, timeouts, timeouts === count);
    const served = await server.ask('served', port);
    note('… then a client', 'is served', served, served === 'is served');
  });

  const cap = Math.ceil(count / 10);
  const options = { handshakeTimeout: HANDSHAKE_TIMEOUT, maxPendingHandshakes: cap };
  await withServer(options, async (server, port) => {
    const peak = await flood(server, port, count);
    const name = `${count} half-open handshakes, maxPendingHandshakes ${cap}`;
    note(name, `at most ${cap} sessions`, peak.sessions, peak.sessions <= cap);
    const { dropped, timeouts } = await server.ask('seen');
    const sum = `${dropped} + ${timeouts}`;
    note('… dropped, and ended by the time-out', `${count}`, sum, dropped + timeouts === count);
    const left = await emptied(server);
    note('… sessions when it is over', '0', left, left === 0);
  });

  await withServer({ maxVersion: 'TLSv1.2' }, async (server, port) => {
    const { renegotiations, code } = await server.ask('renegotiate', port);
    note('renegotiations in one connection', 'at most 3', renegotiations, renegotiations <= 3);
    note('… the server says', 'ERR_TLS_SESSION_ATTACK', code, code === 'ERR_TLS_SESSION_ATTACK');
  });
  return { rows, complaints };
}

async function withServer(options, use) {
  const server = start('flooded');
  try {
    await use(server, await server.ask('listen', options));
  } finally {
    await server.stop();
  }
}

/** Silent connections from another process; resolves to the most that the server had. */
async function flood(server, port, count) {
  const attacker = start('silent');
  try {
    await attacker.ask('connect', { port, count });
    await attacker.ask('closed');
    return await server.ask('peak');
  } finally {
    await attacker.stop();
  }
}

async function emptied(server) {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { sessions } = await server.ask('measure');
    if (sessions === 0 || Date.now() > deadline) return sessions;
  }
}
