import assert from 'node:assert/strict';
import { connect, serve } from '../support/ends.mjs';
import { ending, once } from '../support/events.mjs';
import { ca, fixture, identity } from '../support/fixtures.mjs';
import { liveObjects } from '../support/native.mjs';
import { subject, tls } from '../support/subject.mjs';

const otherCa = fixture('other-root.crt');

describe('createSecureContext() with equal options', function () {
  let serial = 0;
  /** Options that no other test uses. */
  const fresh = (options) => ({ sessionIdContext: `lent ${serial++}`, ...options });

  const connects = async (port, secureContext) => {
    const socket = connect({ port, secureContext });
    await once(socket, 'secureConnect');
    return socket.getProtocol();
  };
  const refusal = async (port, secureContext) =>
    (await ending(connect({ port, secureContext }))).code;

  describe('shares what OpenSSL has', function () {
    before(function () {
      if (subject === 'builtin') this.skip();
    });

    function made(...list) {
      const before = liveObjects().contexts;
      const contexts = list.map((options) => tls.createSecureContext(options));
      assert.equal(new Set(contexts.map(({ context }) => context)).size, list.length);
      return liveObjects().contexts - before;
    }

    it('once for all, and with connections that give the same', async () => {
      const options = fresh({ ca });
      const copy = { ...options, ca: Buffer.from(ca) };
      assert.equal(made(options, options, copy), 1);
      const { port } = await serve();
      const before = liveObjects().contexts;
      await once(connect({ port, ...options, ciphers: undefined }), 'secureConnect');
      assert.equal(liveObjects().contexts - before, 0);
    });

    for (const [what, options] of [
      ['a certificate and key', identity('client')],
      ['a key', { key: identity('client').key }],
      ['ticket keys', { ticketKeys: Buffer.alloc(48) }],
    ]) {
      it(`not with ${what}`, () => {
        const all = fresh({ ca, ...options });
        assert.equal(made(all, all), 2);
      });
    }

    it('until one is used by a server', () => {
      const options = fresh({ ca });
      const [first, second] = [0, 1].map(() => tls.createSecureContext(options));
      const before = liveObjects().contexts;
      for (const secureContext of [first, first, second]) {
        new tls.TLSSocket(null, { isServer: true, secureContext }).destroy();
      }
      assert.equal(liveObjects().contexts - before, 2);
    });
  });

  it('adding an authority to one reaches no other', async () => {
    const { port } = await serve();
    const options = fresh({ ca: otherCa });
    const [changed, other] = [0, 1].map(() => tls.createSecureContext(options));
    assert.match(await refusal(port, changed), /^UNABLE_TO_/);
    changed.context.addCACert(ca.toString());
    await connects(port, changed);
    assert.match(await refusal(port, other), /^UNABLE_TO_/);
    assert.match(await refusal(port, tls.createSecureContext(options)), /^UNABLE_TO_/);
    assert.match((await ending(connect({ port, ...options }))).code, /^UNABLE_TO_/);
  });

  it('a changed one keeps its other options', async () => {
    const { port } = await serve();
    const options = fresh({ ca: otherCa, maxVersion: 'TLSv1.2' });
    const changed = tls.createSecureContext(options);
    tls.createSecureContext(options).context.addCACert(ca.toString());
    changed.context.addCACert(ca.toString());
    assert.equal(await connects(port, changed), 'TLSv1.2');
  });

  it('a changed one keeps the bytes it was made of', async () => {
    const { port } = await serve();
    const bytes = Buffer.from(ca);
    const changed = tls.createSecureContext(fresh({ ca: bytes }));
    bytes.fill(0);
    changed.context.addCACert(otherCa.toString());
    await connects(port, changed);
  });

  it('a changed one keeps the default trust of its time', async function () {
    if (!tls.setDefaultCACertificates) this.skip();
    const { port } = await serve();
    const options = fresh();
    const before = tls.getCACertificates('default');
    let changed;
    try {
      tls.setDefaultCACertificates([ca.toString()]);
      changed = tls.createSecureContext(options);
    } finally {
      tls.setDefaultCACertificates(before);
    }
    changed.context.addCACert(otherCa.toString());
    await connects(port, changed);
    assert.match(await refusal(port, tls.createSecureContext(options)), /^UNABLE_TO_/);
  });

  it('have ticket keys of their own', () => {
    const options = fresh({ ca });
    const [first, second] = [0, 1].map(() => tls.createSecureContext(options).context);
    assert.notDeepEqual(first.getTicketKeys(), second.getTicketKeys());
    first.setTicketKeys(Buffer.alloc(48, 1));
    assert.deepEqual(first.getTicketKeys(), Buffer.alloc(48, 1));
    assert.notDeepEqual(second.getTicketKeys(), Buffer.alloc(48, 1));
  });
});
