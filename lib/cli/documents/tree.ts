// The description of the command line as data, for the man page and the completions.

import type { Command, Option } from 'commander';
import { completionOf, extrasOf, type Completion, type Extras } from '../support/command';

export interface OptionFacts {
  /** "-q", "--quiet". */
  names: string[];
  /** "FILE"; undefined for an option without a value. */
  value: string | undefined;
  /** The values that there are, if they can be listed. */
  choices: string[];
  completion: Completion;
  description: string;
  default: string | undefined;
  group: string;
}

export interface CommandFacts extends Extras {
  name: string;
  summary: string;
  description: string;
  /** "[TARGET]" */
  arguments: { term: string; description: string }[];
  options: OptionFacts[];
}

export interface ProgramFacts {
  name: string;
  version: string;
  description: string;
  options: OptionFacts[];
  commands: CommandFacts[];
}

export function factsOf(program: Command): ProgramFacts {
  return {
    name: program.name(),
    version: program.version() ?? '',
    description: program.description(),
    options: visible(program),
    commands: program.commands.map((command) => ({
      name: command.name(),
      summary: command.summary(),
      description: command.description(),
      arguments: command.registeredArguments.map((argument) => ({
        term: argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
        description: argument.description,
      })),
      options: visible(command),
      ...(extrasOf(command) ?? { statuses: [], examples: [] }),
    })),
  };
}

/** The options in their order, with the one for help. */
function visible(command: Command): OptionFacts[] {
  return command.createHelp().visibleOptions(command).map(optionFacts);
}

function optionFacts(option: Option): OptionFacts {
  return {
    names: [option.short, option.long].filter((name) => name !== undefined),
    value: /<([^>]+)>/.exec(option.flags)?.[1],
    choices: option.argChoices ?? [],
    completion: completionOf(option),
    description: option.description,
    default: option.defaultValueDescription ?? plain(option.defaultValue),
    group: (option.helpGroupHeading ?? 'Options:').replace(/:$/, ''),
  };
}

function plain(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
