// Completions for bash, zsh and fish.

import type { CommandFacts, OptionFacts, ProgramFacts } from './tree';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export function completions(shell: Shell, program: ProgramFacts): string {
  return { bash, zsh, fish }[shell](program);
}

/** What the words after a command are. */
function takesFiles(command: CommandFacts): boolean {
  return command.arguments.some(({ term }) => /FILE|FOLDER/.test(term));
}

function quoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

function bash({ name, options, commands }: ProgramFacts): string {
  const fn = `_${name}`;
  const words = (list: OptionFacts[]) => list.flatMap(({ names }) => names).join(' ');
  const cases = commands.map((command) => {
    const values = command.options.filter(({ value }) => value !== undefined);
    const files = values
      .filter(({ completion }) => completion === 'file')
      .flatMap(({ names }) => names);
    const others = values
      .filter(({ completion, choices }) => completion !== 'file' && choices.length === 0)
      .flatMap(({ names }) => names);
    const choosing = values
      .filter(({ choices }) => choices.length > 0)
      .map(({ names, choices }) => `        ${names.join('|')}) words='${choices.join(' ')}' ;;`);
    return [
      `    ${command.name})`,
      '      case $previous in',
      ...choosing,
      ...(files.length > 0 ? [`        ${files.join('|')}) files=1 ;;`] : []),
      ...(others.length > 0 ? [`        ${others.join('|')}) return ;;`] : []),
      `        *) words='${words(command.options)}'${takesFiles(command) ? '; [[ $current == -* ]] || files=1' : ''} ;;`,
      '      esac ;;',
    ].join('\n');
  });
  return `# Completions of ${name} for bash. source <(${name} completion bash)
${fn}() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words='' files=''
  if ((COMP_CWORD == 1)); then
    words='${commands.map((command) => command.name).join(' ')} help ${words(options)}'
  else case \${COMP_WORDS[1]} in
    help) words='${commands.map((command) => command.name).join(' ')}' ;;
${cases.join('\n')}
  esac; fi
  local IFS=$'\\n'
  COMPREPLY=()
  [[ -n $words ]] && COMPREPLY=($(compgen -W "\${words// /$'\\n'}" -- "$current"))
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
}
complete -F ${fn} ${name}
`;
}

function zsh({ name, commands }: ProgramFacts): string {
  const escaped = (text: string) => text.replace(/[[\]:\\]/g, '\\$&');
  const spec = (option: OptionFacts) => {
    const { names, value, choices, completion, description } = option;
    const action =
      choices.length > 0 ? `(${choices.join(' ')})` : completion === 'file' ? '_files' : '';
    const argument = value === undefined ? '' : `:${escaped(value)}:${action}`;
    const exclusive = names.length > 1 ? `(${names.join(' ')})` : '';
    return names.map(
      (each) => `        ${quoted(`${exclusive}${each}[${escaped(description)}]${argument}`)}`,
    );
  };
  const cases = commands.map((command) =>
    [
      `    ${command.name})`,
      '      _arguments -s \\',
      [
        ...command.options.flatMap(spec),
        ...command.arguments.map(
          ({ term }) =>
            `        ${quoted(`*:${escaped(term)}:${takesFiles(command) ? '_files' : '_hosts'}`)}`,
        ),
      ].join(' \\\n'),
      '      ;;',
    ].join('\n'),
  );
  const list = commands.map(
    (command) => `    ${quoted(`${command.name}:${escaped(command.summary)}`)}`,
  );
  return `#compdef ${name}
# Completions of ${name} for zsh. Save as _${name} in a folder of $fpath, or: source <(${name} completion zsh)
_${name}() {
  local -a commands=(
${list.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('\n')}
  esac
}
if [[ \${funcstack[1]} == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi
`;
}

function fish({ name, commands }: ProgramFacts): string {
  const lines = commands.flatMap((command) => {
    const inside = `complete -c ${name} -n ${quoted(`__fish_seen_subcommand_from ${command.name}`)}`;
    const options = command.options.map(({ names, value, choices, completion, description }) => {
      const spelled = names.map((each) =>
        each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`,
      );
      const argument = [
        value !== undefined && '-r',
        choices.length > 0 && `-a ${quoted(choices.join(' '))}`,
        completion === 'file' && '-F',
      ].filter((part) => part !== false);
      return [inside, ...spelled, ...argument, `-d ${quoted(description)}`].join(' ');
    });
    return [
      `complete -c ${name} -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
      ...options,
      ...(takesFiles(command) ? [`${inside} -F`] : []),
    ];
  });
  return `# Completions of ${name} for fish. ${name} completion fish | source
complete -c ${name} -f
${lines.join('\n')}
`;
}
