// Cases of x509-limbo, judged by ours in handshakes made by hand. Started by scripts/afternoon/limbo.mjs, at the time
// that the cases are about: node limbo-run.mjs FILE, with a JSON list of cases. Its result is JSON, a line for each:
// the id, and what OpenSSL says without and with the profile.
import { readFileSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { certificate, key, pem } from './support/certificate.mjs';
import { tellClient, tellServer } from './support/raw.mjs';

const tls = createRequire(import.meta.url)('../../dist/index.js');
const server = certificate({ subject: 'server', key: key('server') });
const own = {
  cert: pem(server.der),
  key: server.key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
};

const derOf = (text) => Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');

/** What comes of the message behind the certificates, which is out of order, when these are accepted. */
const ACCEPTED = new Set([
  'ERR_SSL_UNEXPECTED_MESSAGE',
  // The certificate's key is of another kind than the cipher suite's, which is looked at afterwards.
  'ERR_SSL_WRONG_CERTIFICATE_TYPE',
]);

async function judge(one, options) {
  const { peer_certificate: leaf, untrusted_intermediates: others, trusted_certs: ca } = one;
  const list = [leaf, ...others].map(derOf);
  const trust = { ca, allowPartialTrustChain: true, rejectUnauthorized: true, ...options };
  if (one.crls?.length > 0) trust.crl = one.crls;
  const name = one.expected_peer_name?.value;
  try {
    const code =
      one.validation_kind === 'CLIENT'
        ? await tellServer(tls, list, own, trust)
        : await tellClient(tls, list, {
            ...trust,
            ...(name === undefined ? { checkServerIdentity() {} } : { host: name }),
          });
    return ACCEPTED.has(code) ? 'ok' : (code ?? 'refused');
  } catch (error) {
    return error.code ?? String(error);
  }
}

for (const one of JSON.parse(readFileSync(process.argv[2], 'utf8'))) {
  const openssl = await judge(one, {});
  const profile = await judge(one, { certificateProfile: 'webpki' });
  writeSync(1, `${JSON.stringify({ id: one.id, openssl, profile })}\n`);
}
