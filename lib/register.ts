// Puts the whole process on ownssl: `node --require ownssl/register app.js`, or `--import`.
//
// The built-in module keeps its identity; its functions and classes become ours. Whoever loads https,
// http2, or a package after this gets them; ESM imports are updated, too. To see that it is active:
// `npx ownssl info` under the same NODE_OPTIONS, or `process.versions.ownssl`.

import { syncBuiltinESMExports } from 'node:module';
import builtin = require('node:tls');

import { setLive } from './defaults';
import ownssl = require('./index');
import { name, version } from './package-info';

const REPLACED = [
  'connect',
  'convertALPNProtocols',
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

/** Modules of Node that derive classes from the built-in's when they are loaded. */
interface HttpsModule {
  Server: { prototype: object };
}

export function register(): void {
  if (process.versions[name] !== undefined) return;
  const before = builtin.Server;
  // Programs assign to the DEFAULT_… of the built-in module, so they are read there.
  setLive(builtin as never);
  for (const each of REPLACED) {
    Object.defineProperty(builtin, each, {
      value: ownssl[each],
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  reparent(before);
  syncBuiltinESMExports();
  Object.defineProperty(process.versions, name, { value: version, enumerable: true });
}

/** https.Server inherits from the tls.Server that it found when it was loaded. */
function reparent(before: object): void {
  const loaded = (process as unknown as { moduleLoadList?: string[] }).moduleLoadList ?? [];
  if (!loaded.includes('NativeModule https')) return;
  const https = require('node:https') as HttpsModule;
  const { prototype } = before as { prototype: object };
  if (Object.getPrototypeOf(https.Server.prototype) !== prototype) return;
  Object.setPrototypeOf(https.Server.prototype, ownssl.Server.prototype);
  Object.setPrototypeOf(https.Server, ownssl.Server);
}

register();
