import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Exit, UsageError } from './exit';

interface Command {
  readonly help: string;
  run(args: string[]): Promise<number>;
}

// A command is loaded only when it is asked for, so that --help and --version work where no OpenSSL does.
const commands: Record<string, () => Promise<Command>> = {
  info: () => import('./info.js'),
  connect: () => import('./connect.js'),
};

const help = `Usage: ownssl <command> [options]

TLS on the OpenSSL that you choose.

Commands:
  info               which OpenSSL is used, from where, and what it can do
  connect HOST:PORT  connect, report what was negotiated and verified, then pipe stdin and stdout

Options:
  -h, --help         this text; after a command, the help of that command
  -V, --version      the version of ownssl

Which OpenSSL: --openssl PATH, or the environment variable OWNSSL_OPENSSL (a prefix such as
/usr/local/openssl-3.5, a library file, or "node" for the copy inside Node); else the system's;
else Node's own.
`;

/** Runs the command line and sets the exit status of the process. */
export function main(args: string[]): void {
  dispatch(args).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      if (!(error instanceof UsageError)) throw error;
      const [command = ''] = args;
      const topic = Object.hasOwn(commands, command) ? ` ${command}` : '';
      process.stderr.write(`ownssl: ${error.message}\nTry: ownssl${topic} --help\n`);
      process.exitCode = Exit.usage;
    },
  );
}

async function dispatch([name, ...rest]: string[]): Promise<number> {
  if (name === undefined) {
    process.stderr.write(help);
    return Exit.usage;
  }
  if (['--help', '-h', 'help'].includes(name) && rest.length === 0) return print(help);
  if (name === '--version' || name === '-V') return print(`${version()}\n`);

  const wanted = name === 'help' ? rest[0] : name;
  const load = wanted !== undefined && Object.hasOwn(commands, wanted) ? commands[wanted] : null;
  if (!load) {
    const kind = name.startsWith('-') ? 'option' : 'command';
    throw new UsageError(`unknown ${kind} '${wanted ?? name}'`);
  }
  const command = await load();
  const options = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : rest.length);
  const wantsHelp = name === 'help' || options.includes('--help') || options.includes('-h');
  return wantsHelp ? print(command.help) : command.run(rest);
}

function print(text: string): number {
  process.stdout.write(text);
  return Exit.ok;
}

function version(): string {
  const manifest = readFileSync(path.join(__dirname, '../../package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
