// Child processes: Node scripts that use the module under test, and the tools of other projects.
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import { delimiter, join } from 'node:path';
import { onCleanup } from './cleanup.mjs';
import { subjectPath } from './subject.mjs';

/** Our environment. AddressSanitizer, which has to be loaded before our addon, makes other programs hang (curl). */
function environment(command, env) {
  const inherited = { ...process.env };
  if (inherited.OWNSSL_SANITIZED && command !== process.execPath) delete inherited.LD_PRELOAD;
  return { ...inherited, ...env };
}

/** What a shell is to start as Node: where it goes without AddressSanitizer itself, a program that has it again. */
export const nodeOfShells = process.env.OWNSSL_SANITIZED_NODE ?? process.execPath;

/** A running program: { process, output(), ready, exited }. It is killed when the test ends. */
export function start(command, args, { env = {}, ready = null, ...options } = {}) {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...options,
    env: environment(command, env),
  });
  let text = '';
  let match;
  let wake = () => {};
  child.stdin.on('error', () => {});
  const exited = new Promise((resolve) => {
    child.on('error', (error) => resolve({ code: null, signal: null, error }));
    child.on('close', (code, signal) => resolve({ code, signal, error: null }));
  });
  const running = new Promise((resolve, reject) => {
    const look = (chunk) => {
      text += chunk;
      wake();
      if (match === undefined && ready && (match = ready.exec(text) ?? undefined)) resolve(match);
    };
    child.stdout.setEncoding('utf8').on('data', look);
    child.stderr.setEncoding('utf8').on('data', look);
    exited.then(() => reject(new Error(`${command} ended too early:\n${text}`)));
  });
  running.catch(() => {});
  onCleanup(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  });
  return {
    process: child,
    output: () => text,
    ready: running,
    exited,
    /** Resolves once the output matches; one at a time. */
    async shows(pattern) {
      for (;;) {
        const found = pattern.exec(text);
        if (found) return found;
        await new Promise((resolve, reject) => {
          wake = resolve;
          exited.then(() =>
            pattern.test(text) ? resolve() : reject(new Error(`no ${pattern} in:\n${text}`)),
          );
        });
      }
    },
  };
}

/** Runs a program to its end: { code, signal, stdout, stderr }. */
export function run(command, args, { env = {}, input = '', ...options } = {}) {
  const child = spawn(command, args, { ...options, env: environment(command, env) });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  onCleanup(() => {
    if (child.exitCode === null) child.kill('SIGKILL');
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** Runs a CommonJS script in which `tls` is the module under test. */
export function runScript(source, { env = {}, flags = [] } = {}) {
  const prelude = `const tls = require(${JSON.stringify(subjectPath)});\n`;
  return run(process.execPath, [...flags, '-e', prelude + source], { env });
}

/** Skips the test, with the reason in its title, unless `tool` is on the path. */
export function needs(context, tool) {
  const file = process.platform === 'win32' ? `${tool}.exe` : tool;
  const found = process.env.PATH.split(delimiter)
    .concat('/usr/sbin', '/usr/local/sbin')
    .map((folder) => join(folder, file))
    .find(executable);
  if (!found) skipBecause(context, `${tool} is not installed`);
  return found;
}

/** Skips the test with a visible reason. */
export function skipBecause(context, reason) {
  context.test.title += ` [${reason}]`;
  context.skip();
}

function executable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A port that was free a moment ago, for tools that can't choose one. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = net
      .createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = probe.address();
        probe.close(() => resolve(port));
      });
  });
}

/** Skips the test where this machine has no IPv6. */
export function needsIPv6(context) {
  const addresses = Object.values(os.networkInterfaces()).flat();
  if (!addresses.some(({ address }) => address === '::1')) skipBecause(context, 'no IPv6');
}
