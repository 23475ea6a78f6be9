// The tests' certificates, and what only the benchmark needs: an RSA key of 4096 bits, and many authorities.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { makeFixtures } from '../../test/fixtures/make.mjs';

const AUTHORITIES = 40;

/** Files by purpose; `folder` keeps what is made here. */
export function certificates(folder) {
  const fixtures = makeFixtures();
  const fixture = (name) => path.join(fixtures, name);
  const at = (name) => path.join(folder, name);
  mkdirSync(folder, { recursive: true });
  // Made anew with the fixtures, whose intermediate signs.
  const stamp = readFileSync(fixture('.stamp'), 'latin1');
  if (!existsSync(at('.stamp')) || readFileSync(at('.stamp'), 'latin1') !== stamp) {
    make(at, fixture);
    writeFileSync(at('.stamp'), stamp);
  }
  const identity = (name, place = fixture) => ({
    cert: place(`${name}-chain.crt`),
    key: place(`${name}.key`),
  });
  const names = Array.from({ length: AUTHORITIES - 1 }, (_, i) => at(`authority-${i}.crt`));
  return {
    ec: identity('server-ec'),
    rsa: identity('server-rsa'),
    rsa4096: identity('server-rsa4096', at),
    client: identity('client'),
    root: fixture('root.crt'),
    /** 40, of which the last one is the right one. */
    authorities: [...names, fixture('root.crt')],
  };
}

function make(at, fixture) {
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  for (let i = 0; i < AUTHORITIES - 1; i++) {
    openssl(
      ...['req', '-x509', '-nodes', '-days', '3650', '-subj', `/O=ownssl bench/CN=authority ${i}`],
      // Both kinds are common among real ones; one RSA key for all of them saves the time to make more.
      ...(i % 2 ? ec : ['-key', fixture('server-rsa.key')]),
      ...['-keyout', at('unused.key'), '-out', at(`authority-${i}.crt`)],
    );
  }
  openssl(
    ...['req', '-new', '-nodes', '-newkey', 'rsa:4096', '-subj', '/CN=localhost'],
    ...['-keyout', at('server-rsa4096.key'), '-out', at('server-rsa4096.csr')],
  );
  openssl(
    ...['x509', '-req', '-days', '3650', '-in', at('server-rsa4096.csr'), '-CAcreateserial'],
    ...['-CAserial', at('serial'), '-CA', fixture('intermediate.crt')],
    ...['-CAkey', fixture('intermediate.key'), '-out', at('server-rsa4096.crt')],
  );
  copyFileSync(at('server-rsa4096.crt'), at('server-rsa4096-chain.crt'));
  const intermediate = readFileSync(fixture('intermediate.crt'));
  writeFileSync(at('server-rsa4096-chain.crt'), intermediate, { flag: 'a' });
}
