import { describeCertificate } from '../support/certificate-text';
import { harmless, rows, type Row, type Style } from '../support/style';
import { wrap } from '../support/width';
import type { Times } from './dial';
import type { EarlyDataResult, Report, Resumption } from './report';

/** The report for people. */
export function render(report: Report, style: Style): string {
  const list: Row[] = [
    ['protocol', report.protocol ?? 'unknown'],
    ['cipher', report.cipher],
    ['group', report.group ?? 'none'],
    ['ALPN', report.alpn === null ? 'none' : harmless(report.alpn)],
    ['session', report.sessionReused ? 'resumed' : 'new'],
    ['OpenSSL', report.openssl],
    ['times', timesText(report.times)],
    ...report.chain.map((certificate, depth): Row => [
      depth === 0 ? 'chain' : '',
      `${depth}  ${describeCertificate(certificate, style, { full: depth === 0 })}`,
    ]),
  ];
  if (report.ech) list.push(['ECH', echText(report.ech)]);
  if (report.ocsp) list.push(['OCSP', ocspText(report.ocsp, style)]);
  if (report.resumption) list.push(['again', resumptionText(report.resumption, style)]);
  if (report.earlyData) list.push(['early', earlyDataText(report.earlyData, style)]);
  if (report.expiry?.tooSoon) list.push(['expiry', style.bad(harmless(report.expiry.text))]);
  list.push(['verdict', verdict(report, style)]);
  const address = report.address && !report.peer.includes(report.address) ? report.address : '';
  const via = [
    address && `${report.proxy === null ? '' : 'by the proxy '}${address}`,
    report.startTls !== null && `after STARTTLS of ${report.startTls}`,
  ].filter((part) => part);
  const title = style.charset(`Connected to ${harmless(report.peer)}`);
  const note = via.length > 0 ? ` (${via.join(', ')})` : '';
  const [first = '', ...more] = wrap(`${title}${note}`, style.width);
  return `${[style.bold(first), ...more].join('\n')}\n${rows(list, style)}`;
}

function timesText({ dns, tcp, proxy, startTls, handshake }: Times): string {
  const parts: [string, number | null][] = [
    ['DNS', dns],
    ['TCP', tcp],
    ['proxy', proxy],
    ['STARTTLS', startTls],
    ['handshake', handshake],
  ];
  return parts
    .filter(([, time]) => time !== null)
    .map(([name, time]) => `${name} ${time!} ms`)
    .join(', ');
}

function echText({ status, outerServername: outer }: NonNullable<Report['ech']>): string {
  if (status !== 'accepted') return `${status}: nothing was hidden`;
  return outer === null ? 'accepted' : `accepted; all can see ${harmless(outer)}`;
}

function ocspText({ stapled, bytes, status }: NonNullable<Report['ocsp']>, style: Style): string {
  if (!stapled) return 'nothing stapled';
  const size = `stapled, ${bytes} bytes`;
  if (!status) return `${size}; not verified here`;
  const { nextUpdate, revokedAt, verdict } = status;
  const good = verdict === 'good';
  const text = good ? `good${until(nextUpdate)}` : `${verdict}${at(revokedAt)}`;
  return `${good ? style.good(`✓ ${text}`) : style.bad(`✗ ${text}`)} (${size})`;
}

const until = (time: Date | undefined): string => (time ? ` until ${time.toISOString()}` : '');
const at = (time: Date | undefined): string => (time ? ` at ${time.toISOString()}` : '');

function resumptionText({ resumed, reason, times }: Resumption, style: Style): string {
  if (!resumed) return style.warn(`✗ not resumed: ${reason!}`);
  return style.good(`✓ resumed, handshake ${times?.handshake ?? '?'} ms`);
}

function earlyDataText({ bytes, accepted, reason, times }: EarlyDataResult, style: Style): string {
  if (!accepted) return style.bad(`✗ ${reason!} (${bytes} bytes)`);
  return style.good(`✓ ${bytes} bytes accepted, handshake ${times?.handshake ?? '?'} ms`);
}

function verdict({ verifiedBy, problem }: Report, style: Style): string {
  if (problem) {
    const code = problem.code === undefined ? '' : ` (${problem.code})`;
    return style.bad(`✗ not verified: ${harmless(problem.message)}${code}`);
  }
  return style.good(`✓ verified by ${verifiedBy === 'psk' ? 'pre-shared key' : 'certificate'}`);
}
