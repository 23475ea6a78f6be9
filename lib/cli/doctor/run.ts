import { openssl } from '../../native/openssl';
import { version } from '../../base/manifest';
import { Exit } from '../support/exit';
import { load } from '../support/openssl';
import { printJson, type Form } from '../support/output';
import { rows, styleFor, type Row, type Style } from '../support/style';
import { findings, type Finding } from './findings';
import { handshakes } from './handshakes';

/** The shape of `ownssl doctor --json`. Keys are added, and never renamed. */
interface Examination {
  ownssl: string;
  node: string;
  platform: string;
  openssl: string;
  result: Finding['result'];
  findings: Finding[];
}

export async function run(options: Form & { openssl?: string }): Promise<number> {
  const without = load(options);
  if (without !== undefined) return without;
  const all = [...findings(), ...(await handshakes())];
  const worst = (['failed', 'warning'] as const).find((result) =>
    all.some((finding) => finding.result === result),
  );
  const examination: Examination = {
    ownssl: version,
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    openssl: openssl.versionText,
    result: worst ?? 'ok',
    findings: all,
  };
  if (options.json) printJson(examination);
  else process.stdout.write(render(examination, styleFor(process.stdout)));
  return worst === 'failed' ? Exit.notVerified : Exit.ok;
}

function render(examination: Examination, style: Style): string {
  const { ownssl, node, platform, result } = examination;
  const marks = {
    ok: (text: string) => `${style.good('✓')} ${text}`,
    warning: (text: string) => style.warn(`! ${text}`),
    failed: (text: string) => style.bad(`✗ ${text}`),
  };
  const list: Row[] = examination.findings.map((finding) => [
    finding.check,
    marks[finding.result](finding.detail),
  ]);
  const words = {
    ok: 'all is well',
    warning: 'works, with warnings',
    failed: 'something is wrong',
  };
  list.push(['verdict', marks[result](words[result])]);
  return `${style.bold(`ownssl ${ownssl}, Node ${node}, ${platform}`)}\n${rows(list, style)}`;
}
