// A server that asks for the client's certificate when the connection has been in use for a while.
const assert = require('node:assert');
const { constants } = require('node:crypto');
const fs = require('node:fs');
const tls = require('node:tls');

const ca = fs.readFileSync('root.crt');
const server = tls.createServer(
  {
    key: fs.readFileSync('server-ec.key'),
    cert: fs.readFileSync('server-ec-chain.crt'),
    maxVersion: 'TLSv1.2',
    // A session that is resumed would not be asked for a certificate.
    secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION,
    ca,
  },
  (socket) => {
    assert.deepEqual(socket.getPeerCertificate(), {});
    socket.once('data', () => {
      const asked = socket.renegotiate({ requestCert: true, rejectUnauthorized: true }, (error) => {
        assert.equal(error, null);
        assert.equal(socket.authorizationError, null);
        assert.equal(socket.getPeerCertificate().subject.CN, 'client');
        socket.end();
      });
      assert.equal(asked, true);
    });
  },
);
server.listen(0, () => {
  const client = tls.connect(server.address().port, {
    key: fs.readFileSync('client.key'),
    cert: fs.readFileSync('client-chain.crt'),
    ca,
  });
  client.write('I want more');
  client.resume().on('close', () => server.close(() => console.log('done')));
});
