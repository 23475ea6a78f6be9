// The man page, in the macros of man(7), which mandoc and groff both read.

import type { CommandFacts, OptionFacts, ProgramFacts } from './tree';

/** Text in which nothing is a request or an escape of roff. */
function text(words: string): string {
  return words
    .replace(/\\/g, '\\e')
    .replace(/-/g, '\\-')
    .replace(/…/g, '...')
    .replace(/^(['.])/gm, '\\&$1');
}

const bold = (words: string) => `\\fB${text(words)}\\fR`;
const italic = (words: string) => `\\fI${text(words)}\\fR`;

function optionTerm({ names, value }: OptionFacts): string {
  const all = names.map(bold).join(', ');
  return value === undefined ? all : `${all} ${italic(value)}`;
}

function optionLines(option: OptionFacts): string[] {
  const notes = [
    option.choices.length > 0 && `one of ${option.choices.join(', ')}`,
    option.default !== undefined && `default: ${option.default}`,
  ].filter((note) => note !== false);
  const description = [option.description, ...notes].join('; ');
  return ['.TP', optionTerm(option), text(`${description}.`)];
}

function commandLines(program: string, command: CommandFacts): string[] {
  const terms = command.arguments.map(({ term }) => italic(term)).join(' ');
  const groups = [...new Set(command.options.map(({ group }) => group))];
  return [
    `.SH ${text(`${program} ${command.name}`.toUpperCase())}`,
    `${bold(`${program} ${command.name}`)} [${italic('options')}] ${terms}`.trim(),
    '.PP',
    text(command.description),
    ...command.arguments.flatMap(({ term, description }) => [
      '.TP',
      italic(term),
      text(description),
    ]),
    ...groups.flatMap((group) => [
      `.SS ${text(group)}`,
      ...command.options.filter((option) => option.group === group).flatMap(optionLines),
    ]),
    '.SS Exit status',
    ...command.statuses.flatMap(([status, meaning]) => [
      '.TP',
      bold(String(status)),
      text(meaning),
    ]),
    ...(command.examples.length > 0 ? ['.SS Examples'] : []),
    ...command.examples.flatMap(([line, purpose]) => ['.TP', bold(line), text(purpose)]),
  ];
}

const ENVIRONMENT: [string, string][] = [
  [
    'OWNSSL_OPENSSL',
    'which OpenSSL to use, where --openssl does not say: a prefix, a library file, or "node"',
  ],
  ['OWNSSL_FIPS', '1: the FIPS provider, or an error'],
  ['SSLKEYLOGFILE', 'the secrets of connections are appended to this file'],
  ['NO_COLOR', 'if set, there are no colours on terminals either'],
  ['LC_ALL, LC_CTYPE, LANG', 'a terminal that is not UTF-8 by these gets ASCII'],
];

/** The page for section 1. */
export function manPage(program: ProgramFacts): string {
  const lines = [
    `.TH ${program.name.toUpperCase()} 1 "" "${program.name} ${program.version}" "User Commands"`,
    '.SH NAME',
    `${program.name} \\- ${text(program.description.replace(/\.$/, ''))}`,
    '.SH SYNOPSIS',
    `${bold(program.name)} ${italic('command')} [${italic('options')}]`,
    '.SH COMMANDS',
    ...program.commands.flatMap(({ name, summary }) => ['.TP', bold(name), text(`${summary}.`)]),
    '.SH OPTIONS',
    ...program.options.flatMap(optionLines),
    ...program.commands.flatMap((command) => commandLines(program.name, command)),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => ['.TP', bold(name), text(`${meaning}.`)]),
    '.SH SEE ALSO',
    'docs/command\\-line.md in the package, \\fBopenssl\\-s_client\\fR(1)',
  ];
  return `${lines.join('\n')}\n`;
}
