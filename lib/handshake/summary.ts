// What NODE_DEBUG=tls tells of a handshake that is over.

import { debug } from '../base/debug';
import type { NativeSession } from '../native/boundary';

export function summarize(side: string, session: NativeSession): void {
  debug(
    '%s secure: %s %s, %s, name %s, protocol %s',
    ...[side, session.getProtocol(), session.getCipher()?.name],
    session.isSessionReused() ? 'resumed' : 'full handshake',
    ...[session.getServername(), session.getALPN()],
  );
}
