// The session tickets of a tls.Server: its keys, how they change, and how the workers of a cluster come to
// have the same.
//
// Node's cluster asks each worker's server for its data when it begins to listen, and gives all of them those
// of the first. So a ring that rotates reaches every worker, one that is started later too, by the means that
// are there: what is handed over is the state that the keys are made of (csrc/context/ticket_keys.h), and
// from then on each goes on by the clock. No message is sent, and none is listened for.

import type net from 'node:net';

import { errors } from '../base/errors';
import { clearTimeout, now, setTimeout } from '../base/timers';
import { validateBuffer } from '../base/validate';
import type { SecureContext } from '../context/option-types';
import { ticketRotationPlan, untilNextStep, validateTicketKeys } from '../context/ticket-keys';
import type { TicketRotation } from '../native/context-boundary';

interface TicketServer extends net.Server {
  readonly _sharedCreds: SecureContext;
}

/** What workers of a cluster share; strings, as it is sent as JSON. */
interface ServerData {
  /** 48 bytes in hexadecimal digits, as the built-in module has them. */
  ticketKeys: string;
  ownssl?: {
    readonly ring: string[];
    readonly rotation?: Omit<TicketRotation, 'state'> & { readonly state: string };
  };
}

const SMALL = 48;

export class TicketMethods {
  /** The newest of the keys that protect session tickets: 48 bytes, or 80 if they rotate. */
  getTicketKeys(this: TicketServer): Buffer {
    return this._sharedCreds.context.getTicketKeys();
  }

  /** @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_ARG_VALUE; ERR_INTERNAL_ASSERTION if one is not 48 bytes. */
  setTicketKeys(
    this: TicketServer,
    keys: NodeJS.ArrayBufferView | readonly NodeJS.ArrayBufferView[],
  ): void {
    if (!Array.isArray(keys)) {
      validateBuffer(keys);
      if (keys.byteLength !== SMALL) throw errors.ticketKeysSize();
    }
    this._sharedCreds.context.setTicketKeys(validateTicketKeys(keys, 'keys'));
  }

  _getServerData(this: TicketServer): ServerData {
    const { context } = this._sharedCreds;
    const rotation = context.getTicketRotation();
    const ring = context.getTicketKeyRing();
    const data: ServerData = { ticketKeys: hex(ring[0]!.subarray(0, SMALL)) };
    if (rotation !== undefined || ring.length > 1 || ring[0]!.length > SMALL) {
      data.ownssl = {
        ring: ring.map(hex),
        ...(rotation && { rotation: { ...rotation, state: hex(rotation.state) } }),
      };
    }
    return data;
  }

  _setServerData(this: TicketServer, { ownssl, ticketKeys }: ServerData): void {
    const { context } = this._sharedCreds;
    if (ownssl === undefined) {
      context.setTicketKeys(bytes(ticketKeys));
      return;
    }
    const ring = ownssl.ring.map(bytes);
    const { rotation } = ownssl;
    if (rotation === undefined) context.setTicketKeys(ring);
    else context.followTicketKeys({ ...rotation, state: bytes(rotation.state) }, ring.slice(1));
  }
}

const hex = (key: Buffer): string => key.toString('hex');
const bytes = (digits: string): Buffer => Buffer.from(digits, 'hex');

/** Gives a class these methods as its own. */
export function addTicketMethods(prototype: object): void {
  const methods = Object.getOwnPropertyDescriptors(TicketMethods.prototype);
  for (const [name, method] of Object.entries(methods)) {
    if (name !== 'constructor') Object.defineProperty(prototype, name, method);
  }
}

/** A new context goes on with the ring of the one before, if that rotates. */
export function keepTicketKeys(server: TicketServer, before: SecureContext): void {
  if (before.context.getTicketRotation() === undefined) return;
  server._sharedCreds.context.shareTicketKeys(before.context);
}

/**
 * Begins the rotation that the option asks for.
 *
 * @throws `ERR_INVALID_ARG_TYPE`, `ERR_INVALID_ARG_VALUE`, `ERR_OUT_OF_RANGE`
 */
export function rotateTicketKeys(server: TicketServer, option: unknown): void {
  const plan = ticketRotationPlan(option);
  if (plan === null) return;
  server._sharedCreds.context.rotateTicketKeys(plan.every, plan.keep, plan.group);
  // The keys are right whenever they are used, so a timer is needed only to be rid of the oldest in time,
  // and only while there are connections.
  let timer: NodeJS.Timeout | undefined;
  let step: number | undefined;
  const look = (): void => {
    const rotation = server._sharedCreds.context.getTicketRotation();
    timer = undefined;
    if (rotation === undefined) return; // setTicketKeys() has ended it.
    const changed = step !== undefined && rotation.step !== step;
    step = rotation.step;
    rotation.state.fill(0);
    timer = setTimeout(look, untilNextStep(rotation, now())).unref();
    if (changed) server.emit('ticketRotation');
  };
  server.on('listening', () => {
    if (timer === undefined) look();
  });
  server.on('close', () => {
    if (timer !== undefined) clearTimeout(timer);
    timer = undefined;
  });
}
