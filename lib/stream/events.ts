// Makes deliveries of what OpenSSL reported in passing, wherever it ran.

import { EventKind } from '../native/boundary';
import type { Core } from './core';

/** `events` are as the native `takeEvents()` gives them. */
export function addEvents(core: Core, events: readonly (number | Buffer)[]): void {
  const { deliveries, established, owner, states } = core;
  for (let i = 0; i < events.length; i += 3) {
    const data = events[i + 2] as Buffer;
    switch (events[i]) {
      case EventKind.keylog:
        deliveries.add({ kind: 'keylog', line: data });
        break;
      case EventKind.alert:
      case EventKind.keyUpdate:
        deliveries.add({ kind: 'observed', event: events[i] as number, data });
        break;
      case EventKind.session:
        // A session is worth something once the peer is known to be accepted.
        if (established && states.handshake.state !== 'judging')
          deliveries.add({ kind: 'session', data });
        else deliveries.addEarly({ kind: 'session', data });
        break;
      case EventKind.earlyData:
        core.answersEarly = true;
        deliveries.add({ kind: 'earlyData', data });
        break;
      case EventKind.ownHandshakeStart:
      case EventKind.handshakeStart: {
        if (states.handshake.state === 'done') states.handshake.go('rerunning');
        const refusal = owner.onhandshakestart(events[i] === EventKind.ownHandshakeStart);
        if (refusal !== null) core.fail(refusal);
        break;
      }
    }
  }
}
