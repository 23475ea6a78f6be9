// The second connection of --reconnect and --early-data, with the session of the first.

import { objectsIn } from '../inspect/objects';
import type { EarlyDataResult, Resumption } from './report';
import { leave, type Secured } from './secure';

/** A server of TLS 1.3 sends its tickets after the handshake, at once if it does so at all. */
const TICKET_PATIENCE = 3000;

/** Connects once more: with a session, and with early data if there is any to send. */
export type Connect = (session: Buffer, earlyData?: Buffer) => Promise<Secured>;

/** Whether the session of the first connection resumes. */
export async function resume(first: Secured, connect: Connect): Promise<Resumption> {
  const session = await sessionOf(first);
  if (typeof session === 'string') return { resumed: false, reason: session, times: null };
  const second = await connect(session);
  const resumed = second.socket.isSessionReused();
  leave(second.socket);
  const reason = resumed ? null : 'the server made a new session';
  return { resumed, reason, times: second.times };
}

/**
 * Sends early data under the session of the first connection. Who was not to be believed there does not get any, unless
 * it is to be believed anyway (`insecure`).
 */
export async function sendEarly(
  first: Secured,
  data: Buffer,
  { insecure, connect }: { insecure: boolean; connect: Connect },
): Promise<{ second: Secured | null; result: EarlyDataResult }> {
  const notSent = (reason: string) => {
    return { second: null, result: { bytes: data.length, accepted: false, reason, times: null } };
  };
  if (!first.socket.authorized && !insecure) {
    leave(first.socket);
    return notSent('not sent: the server could not be verified');
  }
  const session = await sessionOf(first);
  if (typeof session === 'string') return notSent(`not sent: ${session}`);
  const obstacle = obstacleTo(data, session);
  if (obstacle !== null) return notSent(`not sent: ${obstacle}`);
  const second = await connect(session, data);
  const accepted = second.socket.earlyDataAccepted === true;
  const reason = accepted ? null : 'the server refused it';
  return { second, result: { bytes: data.length, accepted, reason, times: second.times } };
}

/** Why a session does not let this be sent early; null if it does. */
function obstacleTo(data: Buffer, session: Buffer): string | null {
  const [found] = objectsIn('the server', session, { passphrase: undefined, legacy: false });
  if (found?.item.kind !== 'session') return 'the session can not be read';
  const { protocol, maxEarlyData: most } = found.item;
  if (protocol !== 'TLSv1.3') return `there is none in ${protocol}`;
  if (most === 0) return 'the server takes none';
  return data.length > most ? `the server takes ${most} bytes at most` : null;
}

/** The first session of a connection, which is closed then; why there is none, in words. */
async function sessionOf({ socket, session }: Secured): Promise<Buffer | string> {
  socket.on('error', () => undefined);
  // Who has ended sends no session any more.
  socket.once('end', () => socket.destroySoon()).resume();
  const timer = setTimeout(() => socket.destroy(), TICKET_PATIENCE);
  try {
    const given = await session;
    socket.destroySoon();
    return given;
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearTimeout(timer);
  }
}
