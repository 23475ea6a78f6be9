// What a connection tells of itself.
const assert = require('node:assert');
const { X509Certificate } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

let keysOfServer;
const server = tls.createServer(
  {
    key: fs.readFileSync('server-rsa.key'),
    cert: fs.readFileSync('server-rsa-chain.crt'),
    ca: fs.readFileSync('root.crt'),
    requestCert: true,
    rejectUnauthorized: false,
  },
  (socket) => {
    assert.equal(socket.authorized, true);
    assert.equal(socket.getEphemeralKeyInfo(), null);
    assert(socket.getSharedSigalgs().includes('RSA-PSS+SHA256'));
    assert.equal(socket.servername, 'localhost');
    keysOfServer = socket.exportKeyingMaterial(128, 'client finished');
    socket.write('look');
  },
);
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address();
  const client = tls.connect(port, '127.0.0.1', {
    key: fs.readFileSync('client.key'),
    cert: fs.readFileSync('client-chain.crt'),
    ca: fs.readFileSync('root.crt'),
    servername: 'localhost',
  });
  client.once('data', () => {
    const { address, family } = client.address();
    assert.deepEqual({ address, family }, { address: '127.0.0.1', family: 'IPv4' });
    assert.equal(client.localAddress, '127.0.0.1');
    assert.equal(client.localPort, client.address().port);
    assert.equal(client.remoteAddress, '127.0.0.1');
    assert.equal(client.remoteFamily, 'IPv4');
    assert.equal(client.remotePort, port);
    assert.equal(client.encrypted, true);
    assert.equal(client.authorized, true);
    assert.equal(client.authorizationError, null);
    assert.equal(client.getProtocol(), 'TLSv1.3');
    assert.equal(client.getCipher().version, 'TLSv1.3');

    const mine = client.getCertificate();
    assert.equal(mine.subject.CN, 'client');
    assert.equal(mine.asn1Curve, 'prime256v1');
    assert.equal(mine.nistCurve, 'P-256');
    const theirs = client.getPeerCertificate();
    assert.deepEqual({ ...theirs.subject }, { O: 'ownssl tests', CN: 'server-rsa' });
    assert.equal(theirs.issuerCertificate, undefined);
    assert.equal(theirs.bits, 2048);
    assert.equal(theirs.exponent, '0x10001');
    assert.match(theirs.fingerprint256, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    assert.deepEqual(theirs.ext_key_usage, ['1.3.6.1.5.5.7.3.1']);
    const root = client.getPeerCertificate(true).issuerCertificate.issuerCertificate;
    assert.equal(root.subject.CN, 'root');
    assert.equal(root.issuerCertificate, root);
    const x509 = client.getPeerX509Certificate();
    assert(x509 instanceof X509Certificate);
    assert.equal(x509.fingerprint256, theirs.fingerprint256);
    assert.equal(client.getX509Certificate().fingerprint256, mine.fingerprint256);

    assert(client.getFinished().length >= 32 && client.getPeerFinished().length >= 32);
    assert.deepEqual(client.exportKeyingMaterial(128, 'client finished'), keysOfServer);
    assert.equal(client.setMaxSendFragment(1024), true);
    client.disableRenegotiation();
    client.end();
    client.on('close', () => {
      assert.equal(client.getPeerCertificate(), null);
      server.close(() => console.log('done'));
    });
  });
});
