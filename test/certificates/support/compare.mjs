// Where opinions differ, and whether the file of explanations says why.
import { isDeepStrictEqual } from 'node:util';

const refusal = (answer) => (answer === 'ok' ? 'ok' : 'refused');

/** What the corpus says of an entry. */
function expected({ refused, unreadable, clients, is }, question) {
  if (question === 'as server') return clients ? 'ok' : 'refused';
  if (refused || unreadable) return 'refused';
  return question === 'as client' || is.includes(question) ? 'ok' : 'refused';
}

/**
 * Differences { with, entry, question, ours, theirs } of our opinion from the corpus ('expected'), from the built-in's
 * ('builtin', by codes if `exact`; 'formatting', by content), and from `openssl verify` ('verify').
 */
export function differences(entry, { ours, builtin, verify }, exact) {
  const compared = exact && !entry.unreadable ? (answer) => answer : refusal;
  const found = [];
  const note = (which, question, mine, theirs) => {
    if (mine !== theirs)
      found.push({ with: which, entry: entry.name, question, ours: mine, theirs });
  };
  for (const [question, answer] of ours.answers) {
    note('expected', question, refusal(answer), expected(entry, question));
    if (builtin)
      note('builtin', question, compared(answer), compared(builtin.answers.get(question)));
    const other = verify?.answers.get(question);
    if (other !== undefined) note('verify', question, refusal(answer), other);
  }
  for (const [question, formatted] of ours.formatted) {
    const theirs = builtin?.formatted.get(question);
    if (!theirs) continue; // It has refused, which is a difference of its own.
    for (const part of Object.keys(formatted))
      if (!isDeepStrictEqual(formatted[part], theirs[part]))
        found.push({ with: 'formatting', entry: entry.name, question: `${question}, ${part}` });
  }
  return found;
}

/** Whether a line of an explanation, which may end in *, means this name. */
export const fits = (pattern, text) =>
  pattern.endsWith('*') ? text?.startsWith(pattern.slice(0, -1)) : pattern === text;
const some = (patterns, text) =>
  patterns === undefined || [].concat(patterns).some((one) => fits(one, text));

const within = (range, version) =>
  !range || (version >= (range.from ?? 0) && version < (range.before ?? Infinity));

/**
 * Sorts differences by the explanations that apply to these versions ({ node: 20, openssl: 3.0, exact }) and entries:
 * { explained, unexplained, idle }, where `idle` are the lines of explanations that explain nothing.
 */
export function explain(found, explanations, versions, entries) {
  const applying = explanations.filter(
    ({ node, openssl, exact }) =>
      within(node, versions.node) &&
      within(openssl, versions.openssl) &&
      (!exact || versions.exact),
  );
  const names = entries.map(({ name }) => name);
  const idle = new Set();
  for (const { with: which, entries: lines } of applying)
    for (const line of lines)
      if (names.some((name) => fits(line, name))) idle.add(`${which}: ${line}`);
  const unexplained = found.filter((difference) => {
    let known = false;
    for (const { with: which, entries: lines, questions, ours, theirs } of applying) {
      if (which !== difference.with || !some(questions, difference.question)) continue;
      if (!some(ours, difference.ours) || !some(theirs, difference.theirs)) continue;
      for (const line of lines) {
        if (!fits(line, difference.entry)) continue;
        idle.delete(`${which}: ${line}`);
        known = true;
      }
    }
    return !known;
  });
  return { explained: found.length - unexplained.length, unexplained, idle: [...idle] };
}
