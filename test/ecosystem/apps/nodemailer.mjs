// nodemailer: STARTTLS on its own; TLS from the start on a connection that it is given.
import { given, load, passed, report, tls, used } from './support.mjs';

const nodemailer = load('nodemailer');
const { port, securePort } = given.server;
const options = { host: 'localhost', port, requireTLS: true, tls: { ca: given.ca }, family: 4 };
if (passed) {
  options.port = securePort;
  options.secure = true;
  options.getSocket = (_, callback) => {
    const socket = tls.connect(
      { host: '127.0.0.1', port: securePort, servername: 'localhost', ca: given.ca },
      () => callback(null, { connection: used(socket), secured: true }),
    );
  };
} else {
  // nodemailer keeps its connections to itself; these are the ones that it makes.
  const { connect } = tls;
  tls.connect = (...args) => used(connect(...args));
}
const transport = nodemailer.createTransport(options);
const sent = await transport.sendMail({
  from: 'sender@example.test',
  to: 'receiver@example.test',
  subject: 'over TLS',
  text: 'hello from ownssl',
  attachments: [{ filename: 'large.txt', content: 'all work and no play\n'.repeat(20_000) }],
});

let refused;
if (!passed) {
  const stranger = nodemailer.createTransport({ ...options, tls: { ca: [] } });
  await stranger
    .sendMail({ from: 'a@example.test', to: 'b@example.test', text: 'x' })
    .catch((error) => {
      refused = error.code;
    });
}
report({ accepted: sent.accepted, response: sent.response, refused });
