// Whether the peer is who it should be, and the errors that say why it is not.

import net = require('node:net');
import { domainToASCII } from 'node:url';

import { checkServerIdentity } from '../context/defaults';
import { certificateObject } from './certificate-object';
import { withChain } from './failures';
import type { NativeSession, VerifyError } from '../native/boundary';
import type { CodedError } from '../base/errors';
import { processFlag } from '../base/flags';
import { builtinTls, tlsIsDeferred } from '../base/node-modules';

/**
 * Whether the built-in module's function is Node's, because a program may have replaced it. Only Node's own can call a
 * function that its module does not export.
 */
function isNodesOwn(): boolean {
  const { checkServerIdentity: check } = builtinTls();
  return Function.prototype.toString.call(check).includes('splitEscapedAltNames');
}

/** Whether `check` is Node's own, which `checkPeerIdentity()` may stand for. */
export function isDefaultCheck(check: unknown): boolean {
  // Where nobody had loaded the built-in module before ownssl, nobody had replaced its function either.
  if (check === checkServerIdentity && tlsIsDeferred) return true;
  const isOne = check === checkServerIdentity || check === builtinTls().checkServerIdentity;
  return isOne && isNodesOwn();
}

/** The value of OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, which decides the alert that the server gets. */
export const X509_V_ERR_HOSTNAME_MISMATCH = 62;

/** With these errors Node gives advice. It would fit some others, too, but Node does not give it there. */
const ADVISED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
]);
const SYSTEM_CA = '--use-system-ca';

/** Makes an Error of a failed verification, with the name of OpenSSL's code. */
export function verificationError(
  { code, message, depth }: VerifyError,
  session: NativeSession,
): CodedError {
  const advised =
    ADVISED.has(code) &&
    !processFlag(SYSTEM_CA) &&
    process.allowedNodeEnvironmentFlags.has(SYSTEM_CA);
  const advice = `; if the root CA is installed locally, try running Node.js with ${SYSTEM_CA}`;
  const error = Object.assign(new Error(message + (advised ? advice : '')), { code });
  return withChain(error, session, depth);
}

/** DNS takes names of this form as they are. */
const PLAIN = /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;
/**
 * No host has any of these characters in its name. The parser behind domainToASCII() would cut the name at
 * some of them.
 */
const NEVER = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/**
 * Returns the name that DNS would look up, in which dots other than ASCII's separate labels, too
 * (CVE-2026-48618). It is undefined for what no host is called, such as a name with NUL, which C would cut
 * (CVE-2026-48930).
 */
function canonicalName(name: string): string | undefined {
  // A certificate's address has no zone, which is only known on the host itself.
  if (net.isIP(name)) return name.replace(/%.*/, '');
  if (NEVER.test(name)) return undefined;
  return /^[\0-\x7f]*$/.test(name) ? name : domainToASCII(name) || undefined;
}

/**
 * Returns the name as a client has to send it: RFC 6066, section 3, wants A-labels for what is not ASCII.
 */
export function asciiName(name: string): string {
  return /^[\0-\x7f]*$/.test(name) ? name : (canonicalName(name) ?? name);
}

interface AltNameError extends Error {
  reason?: string;
}

/** Puts the name that was asked for into an error of Node's that was made for the empty one. */
function nameHost(error: AltNameError, name: string): void {
  const named = (text: string): string => text.replace('Host: .', () => `Host: ${name}.`);
  error.message = named(error.message);
  if (typeof error.reason === 'string') error.reason = named(error.reason);
}

/** Stands for Node's error where the function that makes it can't be had. */
function notNamed(host: string, cert: object): AltNameError {
  const error = new Error(`Hostname/IP does not match certificate's altnames: ${host}`);
  const code = 'ERR_TLS_CERT_ALTNAME_INVALID';
  return Object.assign(error, { code, reason: `Host: ${host}.`, host, cert });
}

/** Does for the peer of `session` what Node's checkServerIdentity() does in its newest version. */
export function checkPeerIdentity(name: string, session: NativeSession): Error | undefined {
  const canonical = canonicalName(name);
  // OpenSSL's answer is quicker, and right where Node's is wrong (22.23 refuses IPv6 addresses). Only its
  // consent counts, and only for usual names. All else is left to Node, which also finds the words of the
  // error.
  const usual = canonical !== undefined && (net.isIP(canonical) !== 0 || PLAIN.test(canonical));
  if (usual && session.peerMatches(canonical)) return undefined;
  const certificate = certificateObject(session.getPeerChain(), true) ?? {};
  // The empty name, which no certificate is for, stands for what is no name of a host.
  // What a program puts into the built-in module later is not for our connections, and Node's own is gone then.
  const check = (given: object): Error | undefined =>
    isNodesOwn()
      ? builtinTls().checkServerIdentity(canonical ?? '', given as never)
      : notNamed(name, given);
  // Node takes a name from the subject where a certificate has no other host names; the profile does not.
  const failure =
    check(certificate) ??
    (session.hasStrictProfile() ? check({ ...certificate, subject: {} }) : undefined);
  if (failure === undefined) return undefined;
  if (canonical === undefined) nameHost(failure, name);
  if (canonical !== name) Object.assign(failure, { host: name });
  return withChain(failure, session, 0);
}
