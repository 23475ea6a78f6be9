/**
 * The choice of OpenSSL: made once per process, visible, and never changed behind the program's back.
 */
import { inspect } from 'node:util';
import { invalidArgValue } from '../base/errors';
import { native } from './addon';
import type { Native } from './boundary';
import type { OpenSSLInfo } from './openssl-info';

/** What `useOpenSSL()` takes. At least one of the options has to be given. */
export interface UseOpenSSLOptions {
  /**
   * A prefix such as `/usr/local/openssl-3.5`, a library file (libssl or libcrypto, with the other one
   * beside it), or `'node'` for the copy inside Node. Default: what `OWNSSL_OPENSSL` names, else the
   * system's, else Node's.
   */
  path?: string | undefined;
  /**
   * With `true`, only FIPS-approved implementations are used, or loading fails: the FIPS provider has
   * to be activated by openssl.cnf, or installed (`openssl fipsinstall`) with its fipsmodule.cnf in the
   * configuration folder of this OpenSSL. The environment variable `OWNSSL_FIPS=1` demands the same,
   * whatever the program says. Default: as openssl.cnf says.
   */
  fips?: boolean | undefined;
  /**
   * An openssl.cnf to use in place of the one that `OPENSSL_CONF` or this OpenSSL itself names; `false`
   * for none. Without effect on the copy inside Node, which Node has configured.
   */
  config?: string | false | undefined;
}

/**
 * What the program named. It is kept when it could not be loaded, so that the next use fails as well,
 * instead of taking another OpenSSL.
 */
let chosen: UseOpenSSLOptions = {};
let ready = false;

function invalidType(name: string, expected: string, value: unknown): TypeError {
  const message = `The "${name}" argument must be ${expected}. Received ${inspect(value, { depth: 0 })}`;
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
}

/**
 * Makes sure that OpenSSL is loaded and returns the addon. Everything that needs OpenSSL starts here;
 * the first call in the process decides which one it is.
 * @internal
 */
export function ensureOpenSSL(): Native {
  return ready ? native() : load(chosen);
}

function load({ path, fips, config }: UseOpenSSLOptions): Native {
  const addon = native();
  // Shells and service files "unset" a variable by making it empty.
  const { OWNSSL_OPENSSL: named, OWNSSL_FIPS: demanded } = process.env;
  addon.loadOpenSSL(
    path,
    named === '' ? undefined : named,
    fips === true || ![undefined, '', '0'].includes(demanded),
    config === false ? '' : config,
  );
  ready = true;
  return addon;
}

/**
 * Chooses the OpenSSL that this process uses, and loads it. Call it before anything else of ownssl is
 * used, or not at all: then it is the one that the environment variable `OWNSSL_OPENSSL` names, else
 * the system's, else the one inside Node.
 *
 * @throws `ERR_INVALID_ARG_TYPE` when `options` is not an object, is empty, or has an option of
 *   another type; `ERR_INVALID_ARG_VALUE` for one that is not known.
 * @throws `ERR_OWNSSL_ALREADY_LOADED` when the process uses another OpenSSL already.
 * @throws `ERR_OWNSSL_LOAD_FAILED` when it can't be used. The message, and `err.tried`, list each
 *   file that was looked at, with the reason. No other OpenSSL is taken in its place.
 * @throws `ERR_OWNSSL_NOT_ISOLATED` when it can't be kept apart from the OpenSSL inside Node.
 * @throws `ERR_OWNSSL_FIPS_FAILED` when FIPS is demanded and can't be had.
 * @throws `ERR_OWNSSL_CONFIG_INVALID` or `ERR_OWNSSL_PROVIDER_FAILED` when its openssl.cnf, or a
 *   provider that the file activates, can't be used.
 */
export function useOpenSSL(options: UseOpenSSLOptions): void {
  if (options === null || typeof options !== 'object') {
    throw invalidType('options', 'an object', options);
  }
  const { path, fips, config, ...rest } = options;
  // A demand that is mistyped, such as that for FIPS, must not be passed over.
  const [stranger] = Object.keys(rest);
  if (stranger !== undefined) {
    throw invalidArgValue(`options.${stranger}`, options, 'is not known');
  }
  const nothing = fips === undefined && config === undefined;
  if (path === undefined ? nothing : typeof path !== 'string') {
    throw invalidType('options.path', 'of type string', path);
  }
  if (fips !== undefined && typeof fips !== 'boolean') {
    throw invalidType('options.fips', 'of type boolean', fips);
  }
  if (config !== undefined && config !== false && (typeof config !== 'string' || config === '')) {
    throw invalidType('options.config', 'a file name or false', config);
  }
  // When it is loaded already, the addon knows whether this is the same one.
  if (!ready) chosen = { path, fips, config };
  load({ path, fips, config });
}

/**
 * Loads an OpenSSL provider, such as `'legacy'`, beside those that are active. For one that is always
 * wanted, openssl.cnf is the better place.
 *
 * @param name - The name of a provider that is built in or has its module in the modules folder, or
 *   the path of a module.
 * @throws `ERR_INVALID_ARG_TYPE` when `name` is not a string.
 * @throws `ERR_OWNSSL_PROVIDER_FAILED` when it can't be loaded, or can't be kept apart from the
 *   OpenSSL inside Node.
 */
export function loadProvider(name: string): void {
  if (typeof name !== 'string') throw invalidType('name', 'of type string', name);
  ensureOpenSSL().loadProvider(name);
}

function info(): OpenSSLInfo {
  const current = ensureOpenSSL().openSSLInfo();
  if (!current) throw new Error('OpenSSL is loaded and has no description');
  return current;
}

const PROPERTIES = ['version', 'versionText', 'source', 'libssl', 'libcrypto', 'modulesDir', 'configFile',
  'providers', 'fips', 'features', 'isolation', 'sharedWith', 'tried'] as const satisfies (keyof OpenSSLInfo)[]; // prettier-ignore

/**
 * The OpenSSL in use: version, files, providers, features and the proof of isolation. Reading a
 * property loads OpenSSL if nothing has done so before; importing this object does not.
 */
export const openssl = {} as OpenSSLInfo;
for (const name of PROPERTIES) {
  Object.defineProperty(openssl, name, { enumerable: true, get: () => info()[name] });
}
Object.defineProperty(openssl, inspect.custom, { value: () => info() });
