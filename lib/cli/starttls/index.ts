// Asks a server to turn to TLS, in the words of its protocol.

import { ldap, mysql, postgres } from './binary';
import type { Conversation } from './conversation';
import { ftp, imap, nntp, pop3, sieve, smtp } from './lines';
import type { StartTls } from './names';
import { xmpp } from './xmpp';

const SPEAKERS: Record<StartTls, (peer: Conversation, domain: string) => Promise<void>> = {
  smtp,
  imap,
  pop3,
  ftp,
  postgres,
  mysql,
  ldap,
  xmpp,
  nntp,
  sieve,
};

/** Resolves when the server is ready for TLS. `domain` is the name that a server of many asks for. */
export function startTls(
  protocol: StartTls,
  conversation: Conversation,
  domain: string,
): Promise<void> {
  return SPEAKERS[protocol](conversation, domain);
}
