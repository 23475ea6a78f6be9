// The matrix as tables: for a terminal, and as Markdown.
import { paint, table } from '../../scripts/support/table.mjs';
import { label } from './matrix.mjs';

const marks = { pass: 'pass', fail: 'FAIL', impossible: '–' };
const colours = { pass: 'green', fail: 'red', impossible: 'dim' };
const titles = {
  client: 'ownssl as the client, the peer as the server',
  server: 'ownssl as the server, the peer as the client',
};

export function count(results) {
  const of = (result) => results.filter((each) => each.result === result).length;
  const passed = of('pass');
  const failed = of('fail');
  return { tried: passed + failed, passed, failed, impossible: of('impossible') };
}

export const line = ({ tried, passed, failed, impossible }) =>
  `${tried} cells tried, ${passed} passed, ${failed} failed, ${impossible} not possible`;

/** [title, head, rows] of each role; rows are capability and version, columns are peers. */
function tables(results, mark) {
  const names = [...new Set(results.map(({ peer }) => peer))];
  return Object.entries(titles).map(([role, title]) => {
    const mine = results.filter((each) => each.role === role);
    const keys = [...new Set(mine.map(label))];
    const rows = keys.map((key) => {
      const { capability, version } = mine.find((each) => label(each) === key);
      const of = (peer) => mine.find((each) => each.peer === peer && label(each) === key);
      return [capability, version.slice(4), ...names.map((peer) => mark(of(peer)?.result))];
    });
    return { title, head: ['', 'TLS', ...names], rows };
  });
}

export function forTerminal(results) {
  const mark = (result) => (result ? paint(colours[result], marks[result]) : '');
  const drawn = tables(results, mark).map(
    ({ title, head, rows }) => `${paint('bold', title)}\n\n${table(head, rows)}\n`,
  );
  return [...drawn, 'Not possible:', ...reasons(results).map((text) => `  ${text}`)].join('\n');
}

export function forMarkdown(results, versions) {
  const row = (texts) => `| ${texts.join(' | ')} |`;
  const drawn = tables(results, (result) => marks[result] ?? '').map(({ title, head, rows }) =>
    [`**${title}**`, '', row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n'),
  );
  return [
    `${line(count(results))}. Peers: ${versions.join(', ')}.`,
    ...drawn,
    'Not possible:',
    reasons(results)
      .map((text) => `- ${text}`)
      .join('\n'),
  ].join('\n\n');
}

/** One line for each reason, with the peer, the role of ours, and what it keeps from being tried. */
function reasons(results) {
  const groups = new Map();
  for (const { peer, role, capability, version, result, reason } of results) {
    if (result !== 'impossible') continue;
    if (!groups.has(reason)) groups.set(reason, new Map());
    const peers = groups.get(reason);
    if (!peers.has(peer)) peers.set(peer, { roles: new Set(), what: new Map() });
    peers.get(peer).roles.add(role === 'client' ? 'server' : 'client');
    const { what } = peers.get(peer);
    what.set(capability, new Set([...(what.get(capability) ?? []), version.slice(4)]));
  }
  return [...groups].map(([reason, peers]) => {
    const whats = [...peers.values()].map(({ what }) => [...what.keys()].join(', '));
    const [{ roles }] = peers.values();
    const as = roles.size === 1 ? ` as a ${[...roles][0]}` : '';
    const what = whats[0].split(', ').length > 8 ? 'everything' : whats[0];
    return `${[...peers.keys()].join(', ')}${as}: ${what}: ${reason}`;
  });
}
