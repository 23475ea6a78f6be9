// Runs the cells of one peer, in a process of its own: node run-peer.mjs NAME [CELL]. Each result is a line of JSON.
import { cleanUp } from '../support/cleanup.mjs';
import { tls } from '../support/subject.mjs';
import { capabilities } from './capabilities/index.mjs';
import { findPeer } from './peers/index.mjs';
import { latest, said } from './link.mjs';
import { reasonFor } from './reasons.mjs';

const milliseconds = 20_000;
for (const name of ['SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'])
  delete process.env[name];

const [, , name, only] = process.argv;
const peer = findPeer(name);
const stray = [];
process.on('uncaughtException', (error) => stray.push(error));
process.on('unhandledRejection', (error) => stray.push(error));

const tell = (result) => process.stdout.write(`${JSON.stringify({ peer: name, ...result })}\n`);
const ways = await peer.prepare();
for (const role of ['client', 'server']) {
  for (const capability of capabilities.filter(({ roles = [role] }) => roles.includes(role))) {
    for (const version of capability.versions) {
      const cell = { role, capability: capability.name, version };
      if (only && !`${role} ${capability.name} ${version}`.includes(only)) continue;
      const reason = reasonFor(name, cell) ?? ownReason(capability);
      if (reason) tell({ ...cell, result: 'impossible', reason });
      else tell({ ...cell, ...(await run(capability, role, version)) });
    }
  }
}
process.exit();

/** Why it is not ours to try. */
function ownReason({ feature }) {
  if (feature === undefined || tls.openssl.features[feature]) return undefined;
  return `the OpenSSL that ownssl was run with (${tls.openssl.version}) has no ${feature}`;
}

async function run(capability, role, version) {
  const check = role === 'client' ? capability.asClient : capability.asServer;
  const started = performance.now();
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`not done after ${milliseconds} ms${said(latest?.output ?? '')}`));
    }, milliseconds);
  });
  let error;
  try {
    await Promise.race([check({ ...peer, ...ways }, version), late]);
  } catch (thrown) {
    error = thrown;
  }
  clearTimeout(timer);
  const left = await cleanUp().then(
    () => undefined,
    (thrown) => thrown,
  );
  await new Promise(setImmediate);
  error ??= left ?? stray[0];
  stray.length = 0;
  const took = Math.round(performance.now() - started);
  if (!error) return { result: 'pass', took };
  return { result: 'fail', took, error: error.stack ?? String(error) };
}
