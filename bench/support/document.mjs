// Fills the tables of BENCHMARKING.md from the results.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { root } from '../../scripts/support/run.mjs';
import { comparisonCells, limitCells } from './report.mjs';
import { byNode } from './results.mjs';

const file = path.join(root, 'BENCHMARKING.md');

export async function document(results) {
  let text = readFileSync(file, 'utf8');
  const bold = (cell, good) => (good === false ? `**${cell}**` : cell);
  const tables = byNode(results).map(({ node, participants }) => {
    return `### Node ${node}\n\n${table(comparisonCells(results, participants, bold))}`;
  });
  text = fill(text, 'comparison', tables.join('\n\n'));
  text = fill(text, 'limits', table(limitCells(results)));
  text = fill(text, 'machine', describe(results));
  writeFileSync(
    file,
    await prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file }),
  );
}

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
function fill(text, name, content) {
  const [before, rest] = cut(text, `<!-- ${name} -->`);
  const [, after] = cut(rest, `<!-- /${name} -->`);
  return `${before}<!-- ${name} -->\n\n${content}\n\n<!-- /${name} -->${after}`;
}

function cut(text, mark) {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`BENCHMARKING.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function table({ head, rows }) {
  if (rows.length === 0) return 'Not measured here: `--limits` does.';
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = head.map((_, index) => (index < 2 ? '---' : '---:'));
  return [head, rule, ...rows].map(line).join('\n');
}

function describe({ machine, participants, rows }) {
  const { cpu, cores, memory, system, peer } = machine;
  const versions = participants
    .filter(({ openssl }) => openssl)
    .map(({ title, node, openssl }) => `${node ? `Node ${node}` : title}: ${openssl}`);
  const commits = [...new Set(rows.map(({ commit }) => commit))].filter(Boolean);
  return [
    `${cores} cores of ${cpu}, ${memory}, ${system}; the peer is on OpenSSL ${peer}.`,
    `OpenSSL, or version: ${[...new Set(versions)].join('; ')}.`,
    `Commit ${commits.join(', ')}; ${[...new Set(rows.map(({ rounds }) => rounds))].join(' or ')} rounds.`,
  ].join('\n');
}
