import { describeCertificate } from '../support/certificate-text';
import { harmless, rows, type Row, type Style } from '../support/style';
import type { Problem } from '../support/exit';
import type { Finding, Inspection } from './judge';
import type { Item, KeyFacts } from './objects';

/** What was found, for people: each object with its number, then what belongs together, then what is refused. */
export function render(inspection: Inspection, style: Style): string {
  const { items, pairs, refusals, notes, openssl } = inspection;
  const list: Row[] = items.map((item, index) => [
    String(index + 1),
    `${style.bold(item.kind)} in ${harmless(item.source)} (${item.form})\n   ${describe(item, style)}`,
  ]);
  const keys = items.some(({ kind }) => kind === 'private key');
  const certificates = items.some(({ kind }) => kind === 'certificate');
  for (const { certificate, key } of pairs) {
    list.push(['', style.good(`✓ ${key + 1} is the key of ${certificate + 1}`)]);
  }
  for (const finding of refusals) list.push(['', style.bad(`✗ ${findingText(finding)}`)]);
  for (const finding of notes) list.push(['', style.warn(findingText(finding))]);
  if (refusals.length === 0 && (keys || certificates)) {
    list.push(['', style.good(`✓ nothing here is refused by ${openssl}`)]);
  }
  return list.length > 0 ? rows(list, style) : '';
}

function findingText({ item, ...problem }: Finding): string {
  return `${item + 1}: ${problemText(problem)}`;
}

function problemText({ code, message }: Problem): string {
  return `${harmless(message)}${code === undefined ? '' : ` (${code})`}`;
}

function describe(item: Item, style: Style): string {
  switch (item.kind) {
    case 'certificate':
      return describeCertificate(item, style, { full: true });
    case 'private key':
    case 'public key':
      return keyLines(item).join('\n   ');
    case 'request':
      return [
        harmless(item.subject) || '(no subject)',
        `names ${item.names.map(harmless).join(', ') || 'none'}`,
        `signed with ${item.signature}, ${item.proven ? 'by its own key' : 'not by its own key'}`,
        ...keyLines(item),
      ].join('\n   ');
    case 'revocation list':
      return [
        `of ${harmless(item.issuer)}`,
        `${item.revoked} revoked, signed with ${item.signature}`,
        `made ${item.thisUpdate.slice(0, 10)}, good until ${item.nextUpdate.slice(0, 10) || 'unknown'}`,
      ].join('\n   ');
    case 'session':
      return [
        `${item.protocol}, ${item.cipher}`,
        `${item.ticket ? 'a ticket' : 'an ID'}${item.servername ? ` for ${harmless(item.servername)}` : ''}`,
        `made ${item.created}, ends ${item.ends}`,
        item.maxEarlyData > 0 ? `early data: ${item.maxEarlyData} bytes` : 'no early data',
      ].join('\n   ');
    case 'parameters':
      return item.label;
    case 'unreadable':
      return style.bad(`${harmless(item.label)}: ${problemText(item.problem)}`);
  }
}

function keyLines({ key, bits, securityBits, pin256 }: KeyFacts): string[] {
  return [`${key}, ${bits} bits, strength ${securityBits} bits`, `pin ${pin256}`];
}
