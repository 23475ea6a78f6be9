// imapflow: STARTTLS, a mailbox that is filled and read, and a server that is not trusted.
import assert from 'node:assert/strict';
import { given, load, report, watchConnects } from './support.mjs';

watchConnects();
const { ImapFlow } = load('imapflow');
const client = (tls) =>
  new ImapFlow({
    host: '127.0.0.1',
    port: given.server.port,
    secure: false,
    doSTARTTLS: true,
    tls: { servername: 'localhost', ...tls },
    auth: { user: 'someone', pass: 'anything' },
    logger: false,
  });

const mailbox = client({ ca: given.ca });
await mailbox.connect();
const body = 'all work and no play\r\n'.repeat(50_000);
await mailbox.append('INBOX', `Subject: over TLS\r\n\r\n${body}`);
const lock = await mailbox.getMailboxLock('INBOX');
const { source } = await mailbox.fetchOne('*', { source: true });
lock.release();
assert(source.toString().endsWith(body));
const secure = mailbox.secureConnection;
await mailbox.logout();

const stranger = client({ ca: [] });
const failed = new Promise((resolve) => stranger.once('error', resolve));
const { code } = await stranger.connect().catch((error) => error);
if (code === undefined) await failed;
report({ secure, refused: code });
process.exit();
