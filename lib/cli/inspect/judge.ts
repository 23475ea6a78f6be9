// What belongs together, and what this OpenSSL refuses.

import * as tls from '../..';
import { certificateObject } from '../../handshake/certificate-object';
import { findings } from '../../handshake/certificate-profile';
import { native } from '../../native/addon';
import { objectionText } from '../support/certificate-text';
import { authority } from '../support/files';
import type { CertificateFacts } from '../support/certificate';
import { problemFrom, type Problem } from '../support/exit';
import type { InspectOptions } from './options';
import type { Found, Item } from './objects';

/** A sentence about one of the items. */
export interface Finding extends Problem {
  /** Its place among the items, from 0. */
  item: number;
}

export interface Verdict {
  /** Which certificate belongs to which private key, by their places. */
  pairs: { certificate: number; key: number }[];
  /** What OpenSSL refuses, or what can't work. */
  refusals: Finding[];
  /** What is worth knowing. */
  notes: Finding[];
}

/** The shape of `ownssl inspect --json`. Keys are added, and never renamed. */
export interface Inspection extends Verdict {
  openssl: string;
  items: Item[];
}

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';

type Certificate = Found & { der: Buffer; item: { kind: 'certificate' } & CertificateFacts };

function isCertificate(found: Found): found is Certificate {
  return found.item.kind === 'certificate';
}

export function judge(found: readonly Found[], options: InspectOptions, host?: string): Verdict {
  const verdict: Verdict = { pairs: pairsIn(found), refusals: [], notes: [] };
  const trust = tls.createSecureContext(options.ca ? { ca: options.ca.map(authority) } : {});
  const certificates = found.filter(isCertificate);
  const paired = new Set(verdict.pairs.map(({ certificate }) => certificate));
  for (const certificate of certificates) {
    const item = found.indexOf(certificate);
    // An authority's certificate in a file with others is a part of their chains.
    if (certificate.item.authority && !paired.has(item) && certificates.length > 1) continue;
    judgeCertificate(certificate, item, certificates, trust, options, host, verdict);
  }
  judgeKeys(found, verdict);
  judgeRest(found, verdict);
  return verdict;
}

function pairsIn(found: readonly Found[]): Verdict['pairs'] {
  const pairs: Verdict['pairs'] = [];
  for (const [key, { item: secret }] of found.entries()) {
    if (secret.kind !== 'private key') continue;
    for (const [certificate, { item }] of found.entries()) {
      if (item.kind === 'certificate' && item.pin256 === secret.pin256) {
        pairs.push({ certificate, key });
      }
    }
  }
  return pairs;
}

function judgeCertificate(
  { item: facts, der }: Certificate,
  item: number,
  all: readonly Certificate[],
  trust: tls.SecureContext,
  options: InspectOptions,
  host: string | undefined,
  { refusals, notes }: Verdict,
): void {
  const others = all.filter((each) => each.der !== der).map((each) => each.der);
  const { usages } = facts;
  const isClient =
    options.purpose === 'client' ||
    (options.purpose === undefined &&
      usages.includes(CLIENT_AUTH) &&
      !usages.includes(SERVER_AUTH));
  const { chain, error } = native().checkChain(trust.context, [der, ...others], !isClient);
  if (error) {
    const which = error.depth === 0 ? '' : ` (certificate ${error.depth} of the chain)`;
    refusals.push({
      item,
      code: error.code,
      message: `as a ${isClient ? 'client' : 'server'}: ${error.message}${which}`,
    });
  }
  if (options.profile !== undefined) {
    for (const finding of findings(chain, isClient ? 'client' : 'server')) {
      refusals.push({ item, code: finding.code, message: objectionText(finding) });
    }
  }
  refuseContext(item, { cert: facts.pem }, refusals);
  const name = options.name ?? host;
  if (name !== undefined && !isClient) {
    const mismatch = tls.checkServerIdentity(name, certificateObject([der], false) as never);
    if (mismatch) refusals.push({ item, ...problemFrom(mismatch) });
  }
  if (!isClient && facts.names.length === 0 && !facts.authority) {
    const message = 'it has no names (subjectAltName): clients look there, and never at CN';
    notes.push({ item, code: undefined, message });
  }
  if (facts.daysLeft >= 0 && facts.daysLeft < 14) {
    notes.push({ item, code: undefined, message: `it ends in ${facts.daysLeft} days` });
  }
}

/** What createSecureContext() says to it: keys that are too small, algorithms that a provider lacks. */
function refuseContext(item: number, options: tls.SecureContextOptions, refusals: Finding[]): void {
  try {
    tls.createSecureContext(options);
  } catch (error) {
    refusals.push({ item, ...problemFrom(error) });
  }
}

function judgeKeys(found: readonly Found[], verdict: Verdict): void {
  const { pairs, refusals } = verdict;
  const hasCertificates = found.some(isCertificate);
  for (const [item, { item: facts }] of found.entries()) {
    if (facts.kind !== 'private key') continue;
    if (hasCertificates && !pairs.some(({ key }) => key === item)) {
      const message = 'it is not the key of any of the certificates';
      refusals.push({ item, code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH', message });
    }
  }
}

function judgeRest(found: readonly Found[], { refusals, notes }: Verdict): void {
  for (const [item, { item: facts }] of found.entries()) {
    if (facts.kind === 'request' && !facts.proven) {
      const message = 'it is not signed by its own key: no authority takes it';
      refusals.push({ item, code: 'ERR_OWNSSL_REQUEST_NOT_PROVEN', message });
    }
    const now = Date.now();
    if (facts.kind === 'revocation list' && !(Date.parse(facts.nextUpdate) > now)) {
      refusals.push({ item, code: 'CRL_HAS_EXPIRED', message: 'the list is out of date' });
    }
    if (facts.kind === 'session' && !(Date.parse(facts.ends) > now)) {
      notes.push({ item, code: undefined, message: 'it has ended: no server resumes it' });
    }
  }
}
