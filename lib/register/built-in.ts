// Puts the whole process on ownssl: `node --require ownssl/register app.js`, or `--import`.
//
// The built-in module keeps its identity; its functions and classes become ours. Whoever loads https,
// http2, or a package after this gets them; ESM imports are updated, too. To see that it is active:
// `npx ownssl info` under the same NODE_OPTIONS, or `process.versions.ownssl`.

import { syncBuiltinESMExports } from 'node:module';

import { builtinTls, isLoaded, nodeTls } from '../base/node-modules';
import { addIoThreads, setLive } from '../context/defaults';
import { adaptHttp2 } from './http2-compat';
import { adaptConnect } from './net-connect';
import type * as library from '..';
import { name, version } from '../base/manifest';

const REPLACED = [
  'connect',
  'createSecureContext',
  'createServer',
  'getCACertificates',
  'getCertificateCompressionAlgorithms',
  'getCiphers',
  'SecureContext',
  'Server',
  'setDefaultCACertificates',
  'TLSSocket',
] as const;

interface Class {
  prototype: object;
}

interface Http2Module {
  createSecureServer(options: object): object;
}

/** `ownssl` is the module that programs get by that name; dist/register.js hands it over when it is loaded. */
export function register(ownssl: typeof library): void {
  if (process.versions[name] !== undefined) return;
  builtinTls();
  const builtin = nodeTls();
  const before = builtin.Server;
  adaptHttp2();
  adaptConnect();
  const early = loadedServers();
  // Programs assign to the DEFAULT_… of the built-in module, so they are read there.
  setLive(builtin as never);
  addIoThreads(builtin);
  for (const each of REPLACED) {
    Object.defineProperty(builtin, each, {
      value: ownssl[each],
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  for (const each of early) reparent(each, before, ownssl.Server);
  syncBuiltinESMExports();
  Object.defineProperty(process.versions, name, { value: version, enumerable: true });
}

/** Servers of modules that are loaded already: they inherit from the tls.Server that they found. */
function loadedServers(): Class[] {
  const servers: Class[] = [];
  // A module that is not loaded yet needs nothing: it will find ours. Loading it here would cost time.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  if (isLoaded('https')) servers.push((require('node:https') as { Server: Class }).Server);
  if (isLoaded('http2')) {
    // http2 does not export its class. `ca` saves the work of reading Node's certificates.
    // eslint-disable-next-line @typescript-eslint/no-require-imports
    const { createSecureServer } = require('node:http2') as Http2Module;
    servers.push(createSecureServer({ ca: [] }).constructor);
  }
  return servers;
}

function reparent(server: Class, before: Class, after: Class): void {
  if (Object.getPrototypeOf(server.prototype) !== before.prototype) return;
  Object.setPrototypeOf(server.prototype, after.prototype);
  Object.setPrototypeOf(server, after);
}
