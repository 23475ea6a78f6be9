// The first lines of the protocols that turn to TLS, as a server speaks them: each is a list of steps, [what the client
// is expected to say (none for the greeting), what the server answers]. By hand, so that each of them can go wrong.
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { onCleanup } from '../support/cleanup.mjs';
import { identity } from '../support/fixtures.mjs';

const lines = (...texts) => texts.map((text) => `${text}\r\n`).join('');

const sslRequest = new RegExp(`^\\0\\0\\0\\u0008\\u0004\\u00d2\\u0016/$`);

/** A greeting of MySQL 8 (protocol 10) with these capabilities. */
export function mysqlGreeting(capabilities) {
  const content = Buffer.concat([
    Buffer.from([10]),
    Buffer.from('8.4.0\0'),
    Buffer.from([1, 0, 0, 0]),
    Buffer.from('saltsalt'),
    Buffer.from([0]),
    Buffer.from([capabilities & 0xff, capabilities >> 8]),
    Buffer.from([45, 2, 0, 0xff, 0xff, 21]),
    Buffer.alloc(10),
    Buffer.from('moresaltmore\0caching_sha2_password\0'),
  ]);
  return Buffer.concat([Buffer.from([content.length, 0, 0, 0]), content]);
}

export function ldapAnswer(code) {
  return Buffer.from([0x30, 12, 2, 1, 1, 0x78, 7, 0x0a, 1, code, 4, 0, 4, 0]);
}

const stream =
  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' from='localhost'" +
  " xmlns:stream='http://etherx.jabber.org/streams'>";
const starttls = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

/** `good`: the steps; `no`: steps of a server that does not want to; with how each of them says so. */
export const PROTOCOLS = {
  smtp: {
    good: [
      [null, lines('220-mail.example.test ESMTP', '220 ready')],
      [/^EHLO \S+\r\n$/, lines('250-mail.example.test', '250-SIZE 1000', '250 STARTTLS')],
      [/^STARTTLS\r\n$/, lines('220 go ahead')],
    ],
    no: [
      [null, lines('220 mail.example.test ESMTP')],
      [/^EHLO/, lines('250-mail.example.test', '250 STARTTLSISH')],
    ],
    refusal: [/^STARTTLS/, lines('454 TLS not available')],
  },
  imap: {
    good: [
      [null, lines('* OK ready')],
      [/^a1 CAPABILITY\r\n$/, lines('* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED', 'a1 OK done')],
      [/^a2 STARTTLS\r\n$/, lines('a2 OK begin')],
    ],
    no: [[null, lines('* PREAUTH you are who you say')]],
    refusal: [/^a2/, lines('a2 NO not now')],
  },
  pop3: {
    good: [
      [null, lines('+OK ready')],
      [/^STLS\r\n$/, lines('+OK begin')],
    ],
    no: [
      [null, lines('+OK ready')],
      [/^STLS/, lines('-ERR unknown command')],
    ],
    refusal: [/^STLS/, lines('-ERR not now')],
  },
  ftp: {
    good: [
      [null, lines('220-welcome', ' to this', '220 server')],
      [/^AUTH TLS\r\n$/, lines('234 proceed')],
    ],
    no: [
      [null, lines('220 server')],
      [/^AUTH TLS/, lines('502 not implemented')],
    ],
    refusal: [/^AUTH/, lines('431 unavailable')],
  },
  nntp: {
    good: [
      [null, lines('201 no posting')],
      [/^STARTTLS\r\n$/, lines('382 continue')],
    ],
    no: [
      [null, lines('200 news')],
      [/^STARTTLS/, lines('500 what?')],
    ],
    refusal: [/^STARTTLS/, lines('580 can not')],
  },
  sieve: {
    good: [
      [null, lines('"IMPLEMENTATION" "test"', '"SIEVE" "fileinto"', '"STARTTLS"', 'OK "ready"')],
      [/^STARTTLS\r\n$/, lines('OK "begin"')],
    ],
    no: [[null, lines('"IMPLEMENTATION" "test"', 'OK')]],
    refusal: [/^STARTTLS/, lines('NO "not now"')],
  },
  postgres: {
    good: [[sslRequest, 'S']],
    no: [[/^/, 'N']],
    refusal: [/^/, 'E'],
  },
  mysql: {
    good: [[null, mysqlGreeting(0xffff)]],
    // The client's request has no answer: what follows it is TLS.
    after: new RegExp(`^ \\0\\0\\u0001`),
    no: [[null, mysqlGreeting(0xf7ff)]],
  },
  ldap: {
    good: [[/1\.3\.6\.1\.4\.1\.1466\.20037$/, ldapAnswer(0)]],
    no: [[/^0/, ldapAnswer(2)]],
    refusal: [/^0/, ldapAnswer(52)],
  },
  xmpp: {
    good: [
      [/to='localhost'/, `${stream}<stream:features>${starttls}</stream:features>`],
      [/^<starttls/, "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"],
    ],
    no: [[/./, `${stream}<stream:features><bind/></stream:features>`]],
    refusal: [/^<starttls/, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>"],
  },
};

/** Answers in pieces of a single byte, when `dribble` is set. */
async function answer(socket, text, dribble) {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'latin1') : text;
  if (!dribble) {
    socket.write(bytes);
    return;
  }
  for (const byte of bytes) {
    await new Promise((resolve) => socket.write(Buffer.from([byte]), resolve));
    await new Promise(setImmediate);
  }
}

/** What the client says next. What it says before anybody asks stays in the socket. */
async function heard(socket, pattern) {
  let text = '';
  while (!pattern.test(text)) {
    const data = once(socket, 'data');
    socket.resume();
    const [chunk] = await data;
    socket.pause();
    text += chunk.toString('latin1');
  }
  return text;
}

/**
 * A server that takes these steps and then does `next(socket)`. Resolves to its port. Each connection is its own.
 */
export async function speaker(steps, next, { dribble = false } = {}) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {});
    onCleanup(() => socket.destroy());
    (async () => {
      for (const [expected, text] of steps) {
        if (expected) await heard(socket, expected);
        await answer(socket, text, dribble);
      }
      await next(socket);
    })().catch(() => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onCleanup(() => server.close());
  return server.address().port;
}

/** Takes TLS over the socket, and shouts back. `first` is what the client still says before. */
export const upgrade =
  (first, options = {}) =>
  async (socket) => {
    if (first) {
      // The client goes on at once: what is behind the packet, whose first byte is its length, belongs to TLS.
      const text = await heard(socket, first);
      const size = text.charCodeAt(0) + 4;
      if (text.length > size) socket.unshift(Buffer.from(text.slice(size), 'latin1'));
    }
    const secure = new tls.TLSSocket(socket, {
      isServer: true,
      secureContext: tls.createSecureContext({ ...identity('server-ec'), ...options }),
    });
    secure.on('error', () => {});
    secure.on('data', (chunk) => secure.write(chunk.toString().toUpperCase()));
    secure.on('end', () => secure.end());
  };
