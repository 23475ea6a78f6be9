// lib/cli/starttls/ and lib/cli/connect/proxy.ts: whatever a server says before TLS, the command line comes to an end,
// with TLS or an error that has a code, and takes nothing that was said too early.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Input, part } from '../input.mjs';
import { lib } from '../modules.mjs';

const said = (...parts) => parts.map((each) => Buffer.from(each, 'latin1'));
const first = {
  smtp: said('220 a.test\r\n', '250-a.test\r\n250 STARTTLS\r\n', '220 go\r\n'),
  ftp: said('220-a\r\n220 b\r\n', '234 go\r\n'),
  nntp: said('200 a\r\n', '382 go\r\n'),
  pop3: said('+OK a\r\n', '+OK\r\n'),
  imap: said('* OK a\r\n', '* CAPABILITY IMAP4rev1 STARTTLS\r\na1 OK\r\n', 'a2 OK\r\n'),
  sieve: said('"STARTTLS"\r\nOK\r\n', 'OK\r\n'),
  xmpp: said(
    "<?xml version='1.0'?><stream:stream a='b'><stream:features><starttls/></stream:features>",
    '<proceed/>',
  ),
  postgres: said('S'),
  mysql: said(`\x20\0\0\0\x0a8.0\0${'\0'.repeat(13)}\xff\xff${'\0'.repeat(11)}`),
  ldap: said('\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0'),
  http: said('HTTP/1.1 200 OK\r\nA: b\r\n\r\n'),
  socks5: said('\x05\x02', '\x01\0', '\x05\0\0\x03\x04host\0\x50'),
};
const names = Object.keys(first);

export const seeds = () =>
  names.map((name, index) =>
    Buffer.concat([Buffer.of(index), ...first[name].flatMap((each) => part(each))]),
  );

/** A socket whose peer says these, one after the other, each when it is waited for. */
class Peer extends EventEmitter {
  readableLength = 0;
  write() {}
  pause() {}
  destroy() {}
}

export function load() {
  const { Conversation } = lib('cli/starttls/conversation');
  const lines = lib('cli/starttls/lines');
  const binary = lib('cli/starttls/binary');
  const { xmpp } = lib('cli/starttls/xmpp');
  const { tunnel } = lib('cli/connect/proxy');
  const target = { host: 'a.test', port: 443 };
  const proxy = { host: 'proxy.test', port: 1080, user: 'user', password: 'secret' };
  const speak = (name, peer) => {
    if (name === 'http' || name === 'socks5') return tunnel(peer, { ...proxy, kind: name }, target);
    return name === 'xmpp' ? xmpp(peer, 'a.test') : (lines[name] ?? binary[name])(peer);
  };
  return (bytes) => {
    const input = new Input(bytes);
    const name = input.one(names);
    const socket = new Peer();
    const conversation = new Conversation(socket, 'a.test');
    let end;
    speak(name, conversation).then(
      () => (end = {}),
      (error) => (end = { error }),
    );
    // What promises lead to.
    process._tickCallback();
    while (!input.empty && end === undefined) {
      socket.emit('data', input.part());
      process._tickCallback();
    }
    const early = end === undefined ? 'ERR_OWNSSL_PLAINTEXT_CLOSED' : undefined;
    socket.emit('end');
    process._tickCallback();
    assert(end, 'the conversation has no end');
    if (early) assert.equal(end.error?.code, early);
    if (end.error) {
      assert.match(end.error.code, /^ERR_OWNSSL_/);
      assert(end.error.message.length < 600);
      assert(!end.error.message.includes(proxy.password));
    }
  };
}
