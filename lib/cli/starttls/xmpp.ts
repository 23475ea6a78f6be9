import { refused, unexpected, type Conversation } from './conversation';
import { said } from './lines';

const NAMESPACE = 'urn:ietf:params:xml:ns:xmpp-tls';

/** RFC 6120, 5. `domain` is who the client wants to talk to, which may be other than the host. */
export async function xmpp(peer: Conversation, domain: string): Promise<void> {
  peer.send(
    `<?xml version='1.0'?><stream:stream xmlns='jabber:client' version='1.0' to='${escaped(domain)}' ` +
      "xmlns:stream='http://etherx.jabber.org/streams'>",
  );
  let hello = await peer.through(/>/);
  if (hello.trim().startsWith('<?xml')) hello = await peer.through(/>/);
  if (!/^\s*<stream:stream\b/.test(hello)) throw unexpected(`this is no XMPP: ${said(hello)}`);
  const features = await peer.through(
    /<stream:features\s*\/>|<\/stream:features>|<\/stream:error>|<\/stream:stream>/,
  );
  if (features.includes('<stream:error')) throw refused(said(features.trim()));
  if (!/<starttls\b/.test(features)) throw refused('the server does not offer STARTTLS');
  peer.send(`<starttls xmlns='${NAMESPACE}'/>`);
  const answer = await peer.through(/<proceed\b[^>]*\/>|<\/proceed>|<failure\b[^>]*>|<\/stream:/);
  if (!answer.includes('<proceed')) throw refused(`the server refuses: ${said(answer.trim())}`);
}

function escaped(text: string): string {
  return text.replace(/[<>&'"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
