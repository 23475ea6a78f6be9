// What fingers type that know `openssl s_client`, and what it is called here.

import { UsageError } from './exit';

const OPTIONS: Record<string, string> = {
  connect: 'ownssl connect HOST:PORT',
  host: 'ownssl connect HOST:PORT',
  port: 'ownssl connect HOST:PORT',
  servername: '--servername NAME',
  noservername: 'no option: an address is sent as no name',
  verify_hostname: '--servername NAME',
  starttls: '--starttls PROTOCOL',
  xmpphost: '--servername NAME',
  showcerts: '--chain -',
  proxy: '--proxy http://HOST:PORT',
  proxy_user: '--proxy http://USER:PASSWORD@HOST:PORT',
  unix: '--unix PATH',
  CAfile: '--ca FILE',
  CApath: '--ca FILE',
  verifyCAfile: '--ca FILE',
  cert: '--cert FILE',
  cert_chain: '--cert FILE, with the chain in it',
  key: '--key FILE',
  pass: '--passphrase-file FILE',
  alpn: '--alpn NAMES',
  cipher: '--ciphers LIST',
  ciphersuites: '--ciphers LIST',
  groups: '--groups LIST',
  curves: '--groups LIST',
  sigalgs: '--sigalgs LIST',
  tls1: '--min 1.0 --max 1.0',
  tls1_1: '--min 1.1 --max 1.1',
  tls1_2: '--min 1.2 --max 1.2',
  tls1_3: '--min 1.3',
  no_tls1_3: '--max 1.2',
  min_protocol: '--min VERSION',
  max_protocol: '--max VERSION',
  psk: '--psk IDENTITY:HEX',
  psk_identity: '--psk IDENTITY:HEX',
  status: '--ocsp',
  ech_config_list: '--ech',
  ech_grease: '--ech grease',
  reconnect: '--reconnect',
  early_data: '--early-data FILE',
  keylogfile: '--keylog FILE',
  msg: '--trace',
  trace: '--trace',
  quiet: '--quiet',
  brief: 'no option: the report is brief',
  timeout: '--timeout SECONDS',
  checkend: '--expires-in TIME',
};

/** The error that names what is meant here; undefined for a line without such a habit. */
export function habitIn(args: readonly string[]): UsageError | undefined {
  const [command] = args;
  if (command === 's_client' || command === 's_server') {
    const here = command === 's_client' ? 'ownssl connect HOST:PORT' : 'ownssl serve';
    return new UsageError(`'${command}' is openssl's; here it is: ${here}`);
  }
  if (command !== 'connect') return undefined;
  const end = args.indexOf('--');
  const given = (end < 0 ? args : args.slice(0, end)).find(
    (arg) => /^-[A-Za-z]\w+$/.test(arg) && Object.hasOwn(OPTIONS, arg.slice(1)),
  );
  if (given === undefined) return undefined;
  return new UsageError(
    `'${given}' is openssl s_client's; here it is: ${OPTIONS[given.slice(1)]!}`,
  );
}
