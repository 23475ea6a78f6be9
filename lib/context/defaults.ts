// Programs change some of the module's exports: they assign to the DEFAULT_… properties, and packages wrap
// createSecureContext() to add certificates. So these are read from the exports at each use, by live().

import type { PeerCertificate } from 'node:tls';

import { initialIoThreads, ioThreadsMode, type IoThreads } from './io-threads';
import type { SecureContext, SecureContextOptions } from './option-types';
import { builtinTls, tlsDefaults, type TlsDefaults } from '../base/node-modules';

/** The part of the exports that is read live. */
export interface Live extends TlsDefaults {
  checkServerIdentity: (hostname: string, certificate: PeerCertificate) => Error | undefined;
  createSecureContext: (options?: SecureContextOptions | null) => SecureContext;
}

/** What Node starts with: it has applied its flags to the built-in module, where these are read. */
export function initialDefaults(): Omit<Live, 'createSecureContext'> {
  return { ...tlsDefaults(), checkServerIdentity };
}

/**
 * Node's own function: whether a certificate (as `getPeerCertificate()` shows it) is for a host.
 *
 * @returns The error, `ERR_TLS_CERT_ALTNAME_INVALID`, or undefined.
 * @see https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert
 */
export function checkServerIdentity(hostname: string, cert: PeerCertificate): Error | undefined {
  return builtinTls().checkServerIdentity(hostname, cert);
}

let exportsObject: Live | undefined;

export function live(): Live {
  return exportsObject!;
}

/** From now on, live() gives `object`. */
export function setLive(object: Live): void {
  exportsObject = object;
}

let ioThreads = initialIoThreads();

/**
 * Gives `object` the setting `ioThreads`, one for all objects that have it. What is no setting is refused where it is
 * assigned; undefined or null is the environment's again.
 *
 * @throws ERR_INVALID_ARG_VALUE if OWNSSL_IO is none.
 */
export function addIoThreads(object: object): void {
  Object.defineProperty(object, 'ioThreads', {
    configurable: true,
    enumerable: true,
    get: () => ioThreads,
    set(mode: unknown) {
      ioThreads = (mode ?? null) === null ? initialIoThreads() : ioThreadsMode(mode, 'ioThreads');
    },
  });
}

/**
 * The setting of a connection, or else of the process.
 *
 * @throws ERR_INVALID_ARG_VALUE
 */
export function ioThreadsFor(option: unknown): IoThreads {
  if (option === undefined || option === null) return ioThreads;
  return ioThreadsMode(option, 'options.ioThreads');
}

let warned = false;

/** NODE_TLS_REJECT_UNAUTHORIZED=0 switches verification off where an option does not say otherwise. */
export function rejectUnauthorizedByDefault(): boolean {
  if (process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0') return true;
  if (!warned) {
    warned = true;
    process.emitWarning(
      "Setting the NODE_TLS_REJECT_UNAUTHORIZED environment variable to '0' makes TLS connections " +
        'and HTTPS requests insecure by disabling certificate verification.',
    );
  }
  return false;
}
