import { openssl } from '../../native/openssl';
import { Exit } from '../support/exit';
import { load } from '../support/openssl';
import type { Form } from '../support/output';
import { ORIGINS } from '../support/origins';
import { rows, styleFor, type Row } from '../support/style';

const methods: Record<typeof openssl.isolation.method, string> = {
  deepbind: 'loaded with a scope of its own (RTLD_DEEPBIND)',
  imports: 'each of its imports names the DLL that it comes from',
  namespaces: 'each of its imports names the library that it comes from (two-level namespaces)',
  static: 'linked statically, with hidden symbols',
  host: "not needed: it is Node's own copy",
};

/** What stands in place of a file, for a library that has none of its own. */
const inside: Record<typeof openssl.isolation.method, string> = {
  deepbind: 'unknown',
  imports: 'unknown',
  namespaces: 'unknown',
  static: 'inside the addon',
  host: 'inside the node executable',
};

export function run(options: Form & { openssl?: string }): number {
  const without = load(options);
  if (without !== undefined) return without;
  process.stdout.write(options.json ? json() : text());
  return Exit.ok;
}

function json(): string {
  return `${JSON.stringify(facts(), null, 2)}\n`;
}

/** What `ownssl.openssl` tells, as an object of its own and in this order. */
function facts() {
  return {
    version: openssl.version,
    versionText: openssl.versionText,
    source: openssl.source,
    libssl: openssl.libssl,
    libcrypto: openssl.libcrypto,
    modulesDir: openssl.modulesDir,
    configFile: openssl.configFile,
    providers: openssl.providers,
    fips: openssl.fips,
    features: openssl.features,
    isolation: openssl.isolation,
    sharedWith: openssl.sharedWith,
  };
}

function text(): string {
  const style = styleFor(process.stdout);
  const { isolation, features, ...info } = facts();
  const { method, canary, bindings } = isolation;
  const sound = method === 'host' || (canary && bindings.toExecutable === 0);

  const providers = info.providers.map(
    ({ name, version, path }) => `${name} ${version}${path ? `  ${style.dim(path)}` : ''}`,
  );
  const has = (present: boolean) =>
    Object.keys(features).filter((name) => features[name] === present);
  const absent = has(false);

  const proof =
    method === 'host'
      ? methods.host
      : [
          `${sound ? style.good('✓ isolated') : style.bad('✗ mixed with Node')}, ${methods[method]}`,
          `canary ${canary ? 'seen' : 'not seen'}, ` +
            `${bindings.toExecutable} of ${bindings.total} bindings lead into the node executable`,
        ].join('\n');

  const list: Row[] = [
    ['from', ORIGINS[info.source]],
    ['libssl', info.libssl ?? inside[method]],
    ['libcrypto', info.libcrypto ?? inside[method]],
    ['modules', info.modulesDir ?? 'none'],
    ['config', info.configFile ?? 'none'],
    ['providers', providers.join('\n') || 'none'],
    ['FIPS', info.fips ? style.good('on') : 'off'],
    ['features', has(true).join(', ') || 'none'],
  ];
  if (absent.length > 0) list.push(['missing', style.dim(absent.join(', '))]);
  list.push(['isolation', proof]);
  return `${style.bold(info.versionText)}\n${rows(list, style)}`;
}
