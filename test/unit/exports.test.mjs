import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { duplexPair } from '../support/duplex.mjs';
import { skipBecause } from '../support/child.mjs';
import { tidy } from '../support/cleanup.mjs';
import { run } from '../support/child.mjs';
import { builtin, subject, subjectPath, tls } from '../support/subject.mjs';

describe('exports', () => {
  const gone = ['createSecurePair'];
  for (const name of Object.keys(builtin).filter((key) => !gone.includes(key))) {
    it(`${name} is exported, as a ${typeof builtin[name]}`, () => {
      assert(name in tls);
      assert.equal(typeof tls[name], typeof builtin[name]);
    });
  }

  for (const name of [
    'CLIENT_RENEG_LIMIT',
    'CLIENT_RENEG_WINDOW',
    'DEFAULT_ECDH_CURVE',
    'DEFAULT_MIN_VERSION',
    'DEFAULT_MAX_VERSION',
  ]) {
    it(`${name} has Node's default`, () => {
      assert.equal(tls[name], builtin[name]);
    });
  }

  it('rootCertificates is a frozen list of PEM certificates, the same on every read', () => {
    assert(Object.isFrozen(tls.rootCertificates));
    assert.equal(tls.rootCertificates, tls.rootCertificates);
    assert(tls.rootCertificates.length > 50);
    for (const pem of tls.rootCertificates) assert.match(pem, /^-----BEGIN CERTIFICATE-----\n/);
  });

  it('getCiphers() gives lower-case names, TLS 1.2 and 1.3, in a fresh list per call', () => {
    const names = tls.getCiphers();
    assert(names.includes('ecdhe-rsa-aes128-gcm-sha256'));
    assert(names.includes('tls_aes_256_gcm_sha384'));
    for (const name of names) assert.equal(name, name.toLowerCase());
    assert.notEqual(tls.getCiphers(), names);
    assert.deepEqual(tls.getCiphers(), names);
  });

  it('Server can be called without new, and is a net.Server', () => {
    const server = tls.Server({});
    assert(server instanceof tls.Server);
    assert(server instanceof net.Server);
    assert(tls.createServer() instanceof tls.Server);
  });

  it('Server can be inherited from the old way', () => {
    function Derived(options) {
      tls.Server.call(this, options);
    }
    Object.setPrototypeOf(Derived.prototype, tls.Server.prototype);
    Object.setPrototypeOf(Derived, tls.Server);
    const server = new Derived({});
    assert(server instanceof tls.Server);
    assert.equal(typeof server.listen, 'function');
    assert.equal(server.listening, false);
  });

  it('TLSSocket is a net.Socket and a Duplex', () => {
    const socket = tidy(new tls.TLSSocket(duplexPair()[0]));
    assert(socket instanceof tls.TLSSocket);
    assert(socket instanceof net.Socket);
    assert(socket instanceof Duplex);
    assert.equal(socket.encrypted, true);
    assert.equal(socket.authorized, false);
  });

  it("for…in finds a TLSSocket's methods, as with Node's", () => {
    const { prototype } = tls.TLSSocket;
    const found = new Set();
    for (const name in prototype) found.add(name);
    const methods = Object.entries(Object.getOwnPropertyDescriptors(prototype))
      .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
      .map(([name]) => name);
    assert.deepEqual(
      methods.filter((name) => !found.has(name)),
      [],
    );
    assert.ok(found.has('renegotiate') && !found.has('constructor'));
  });

  it('SecureContext instances come out of createSecureContext()', () => {
    assert.equal(typeof tls.createSecureContext().context, 'object');
    assert.equal(typeof tls.createSecureContext(null).context, 'object');
  });
});

describe('ways of importing', () => {
  /** What an ES module prints, with `$` for the module under test. */
  async function moduleOutput(source) {
    const url = subject === 'builtin' ? subjectPath : pathToFileURL(subjectPath).href;
    const code = source.replaceAll('$', JSON.stringify(url));
    const args = ['--input-type=module', '-e', code];
    const { stdout, stderr, code: status } = await run(process.execPath, args);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  }
  const NAMES = [
    ...['CLIENT_RENEG_LIMIT', 'CLIENT_RENEG_WINDOW', 'DEFAULT_CIPHERS', 'DEFAULT_ECDH_CURVE'],
    ...['DEFAULT_MAX_VERSION', 'DEFAULT_MIN_VERSION', 'SecureContext', 'Server', 'TLSSocket'],
    ...['checkServerIdentity', 'connect', 'convertALPNProtocols', 'createSecureContext'],
    ...['createServer', 'getCACertificates', 'getCertificateCompressionAlgorithms', 'getCiphers'],
    ...['rootCertificates', 'setDefaultCACertificates'],
  ];
  // The built-in has what its version has.
  const names = subject === 'builtin' ? NAMES.filter((name) => name in builtin) : NAMES;

  it('an ES module gets each export by name', async () => {
    const source = `import { ${names.join(', ')} } from $;
      import tls from $;
      const all = { ${names.join(', ')} };
      const differ = Object.keys(all).filter((name) => all[name] !== tls[name]);
      console.log(JSON.stringify({ count: Object.keys(all).length, differ }));`;
    assert.deepEqual(await moduleOutput(source), { count: names.length, differ: [] });
  });

  it('the default import is what require() gives', async () => {
    const source = `import tls from $;
      import { createRequire } from 'node:module';
      import { fileURLToPath } from 'node:url';
      const name = $.startsWith('file:') ? fileURLToPath($) : $;
      console.log(JSON.stringify(tls === createRequire(process.cwd() + '/')(name)));`;
    assert.equal(await moduleOutput(source), true);
  });

  it('exports can be replaced, as packages do that wrap them', async () => {
    const source = `import tls from $;
      const fixed = Object.entries(Object.getOwnPropertyDescriptors(tls))
        .filter(([name, { enumerable, writable, set }]) => enumerable && !writable && !set)
        .map(([name]) => name);
      const original = tls.createSecureContext;
      let seen = 0;
      tls.createSecureContext = (options) => (seen++, original(options));
      tls.createServer({});
      console.log(JSON.stringify({ fixed, seen: seen > 0 }));`;
    const { fixed, seen } = await moduleOutput(source);
    assert.deepEqual(fixed, ['rootCertificates']);
    assert.equal(seen, true);
  });

  if (subject !== 'builtin') {
    it('a class that is called without new says its own name', () => {
      for (const name of ['TLSSocket', 'SessionCache']) {
        assert.throws(() => tls[name](null), {
          name: 'TypeError',
          message: `Class constructor ${name} cannot be invoked without 'new'`,
        });
      }
      const classes = Object.keys(tls).filter((name) => /^class\b/.test(String(tls[name])));
      assert.deepEqual(classes.sort(), ['SessionCache', 'TLSSocket']);
    });

    it('SessionCache.shared is one, and stays', () => {
      assert(tls.SessionCache.shared instanceof tls.SessionCache);
      assert.equal(tls.SessionCache.shared, tls.SessionCache.shared);
      assert.throws(() => {
        tls.SessionCache.shared = null;
      }, TypeError);
    });

    it('an ES module gets our own by name, and require() nothing else', async () => {
      const ours = {
        SessionCache: 'function',
        describeTrust: 'function',
        generateEchKeys: 'function',
        getStats: 'function',
        ioThreads: 'string',
        loadProvider: 'function',
        openssl: 'object',
        useOpenSSL: 'function',
      };
      const names = Object.keys(ours);
      const source = `import { ${names.join(', ')} } from $;
        console.log(JSON.stringify([${names.map((name) => `typeof ${name}`).join(', ')}]));`;
      assert.deepEqual(await moduleOutput(source), Object.values(ours));
      assert.deepEqual(Object.keys(tls).sort(), [...NAMES, ...names].sort());
    });

    it('the package is found by its name', async () => {
      const root = fileURLToPath(new URL('../..', import.meta.url));
      const source = `import tls, { connect } from 'ownssl';
        import { createRequire } from 'node:module';
        const required = createRequire(process.cwd() + '/')('ownssl');
        console.log(tls === required && tls.connect === connect && required.default === tls);`;
      const args = ['--input-type=module', '-e', source];
      const { stdout, stderr } = await run(process.execPath, args, { cwd: root });
      assert.equal(stdout.trim(), 'true', stderr);
    });
  }
});

describe('convertALPNProtocols()', () => {
  const convert = (protocols) => {
    const out = {};
    tls.convertALPNProtocols(protocols, out);
    return out.ALPNProtocols;
  };

  it('turns names into the wire format', () => {
    assert.deepEqual(convert(['h2', 'http/1.1']), Buffer.from('\x02h2\x08http/1.1', 'latin1'));
  });

  it('takes the wire format as it is, in any view, and copies it', () => {
    const wire = Buffer.from('\x02h2', 'latin1');
    const out = convert(wire);
    assert.deepEqual(out, wire);
    wire[1] = 0;
    assert.equal(out[1], 0x68);
    assert.deepEqual(
      Buffer.from(convert(new Uint8Array([2, 0x68, 0x32]))),
      Buffer.from('\x02h2', 'latin1'),
    );
  });

  it('measures names in bytes', () => {
    assert.deepEqual(convert(['é']), Buffer.from([2, 0xc3, 0xa9]));
  });

  it('refuses a name of more than 255 bytes', () => {
    assert.throws(() => convert(['a'.repeat(256)]), { code: 'ERR_OUT_OF_RANGE' });
    assert.equal(convert(['a'.repeat(255)]).length, 256);
  });
});

describe('checkServerIdentity()', () => {
  const check = (host, cert) => tls.checkServerIdentity(host, { subject: {}, ...cert });
  const good = [
    ['an exact name', 'a.test', 'DNS:a.test'],
    ['a name in other case', 'A.Test', 'DNS:a.tEST'],
    ['a wildcard for one label', 'x.a.test', 'DNS:*.a.test'],
    ['an IPv4 address', '127.0.0.1', 'IP Address:127.0.0.1'],
    ['an IPv6 address', '::1', 'IP Address:0:0:0:0:0:0:0:1'],
    ['one of several', 'b.test', 'DNS:a.test, DNS:b.test'],
  ];
  const bad = [
    ['another name', 'b.test', 'DNS:a.test'],
    ['a wildcard for two labels', 'x.y.a.test', 'DNS:*.a.test'],
    ['a wildcard for none', 'a.test', 'DNS:*.a.test'],
    ['an address given as a name', '127.0.0.1', 'DNS:127.0.0.1'],
    ['another address', '127.0.0.2', 'IP Address:127.0.0.1'],
    ['a URI', 'a.test', 'URI:http://a.test/'],
  ];
  for (const [what, host, subjectaltname] of good) {
    it(`accepts ${what}`, function () {
      // The function is Node's own. That of 22.23 finds no IPv6 address in any certificate.
      if (builtin.checkServerIdentity(host, { subject: {}, subjectaltname }) !== undefined) {
        skipBecause(this, `Node ${process.versions.node} refuses it`);
      }
      assert.equal(check(host, { subjectaltname }), undefined);
    });
  }
  for (const [what, host, subjectaltname] of bad) {
    it(`returns an error for ${what}`, () => {
      const error = check(host, { subjectaltname });
      assert.equal(error.code, 'ERR_TLS_CERT_ALTNAME_INVALID');
      assert.equal(error.host, host);
      assert.equal(error.cert.subjectaltname, subjectaltname);
      assert.equal(typeof error.reason, 'string');
    });
  }
  it('uses the common name only where there are no names', () => {
    assert.equal(check('a.test', { subject: { CN: 'a.test' } }), undefined);
    assert.equal(
      check('a.test', { subject: { CN: 'a.test' }, subjectaltname: 'DNS:b.test' }).code,
      'ERR_TLS_CERT_ALTNAME_INVALID',
    );
  });
});
