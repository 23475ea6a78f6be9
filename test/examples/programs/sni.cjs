// Several names on one server: by table, by wildcard, and by a function.
const assert = require('node:assert');
const fs = require('node:fs');
const tls = require('node:tls');

const identity = (name) => ({
  key: fs.readFileSync(`${name}.key`),
  cert: fs.readFileSync(`${name}-chain.crt`),
});
const shown = (server, servername) =>
  new Promise((resolve) => {
    const ca = fs.readFileSync('root.crt');
    const client = tls.connect({ port: server.address().port, servername, ca }, () => {
      assert.equal(client.servername, servername);
      resolve(client.getPeerCertificate().subject.CN);
      client.end();
    });
  });
const listening = (server) => new Promise((resolve) => server.listen(0, resolve));

(async () => {
  const table = tls.createServer(identity('server-ec'));
  table.addContext('*.example.test', identity('expired'));
  table.addContext('*.example.test', identity('server-rsa'));
  await listening(table);
  assert.equal(await shown(table, 'localhost'), 'server-ec');
  assert.equal(await shown(table, 'a.example.test'), 'server-rsa');
  table.close();

  const asked = tls.createServer({
    ...identity('server-ec'),
    SNICallback(servername, callback) {
      const other = servername === 'b.example.test';
      callback(null, other ? tls.createSecureContext(identity('server-rsa')) : undefined);
    },
  });
  await listening(asked);
  assert.equal(await shown(asked, 'a.example.test'), 'server-ec');
  assert.equal(await shown(asked, 'b.example.test'), 'server-rsa');
  asked.close();

  console.log('done');
})();
