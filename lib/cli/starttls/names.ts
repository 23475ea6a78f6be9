/** The protocols that turn into TLS on their usual port, and that port (IANA). */
const PORTS = {
  smtp: 25,
  imap: 143,
  pop3: 110,
  ftp: 21,
  postgres: 5432,
  mysql: 3306,
  ldap: 389,
  xmpp: 5222,
  nntp: 119,
  sieve: 4190,
} as const;

export type StartTls = keyof typeof PORTS;

export const START_TLS = Object.keys(PORTS) as StartTls[];

export function isStartTls(name: string): name is StartTls {
  return Object.hasOwn(PORTS, name);
}

/** The port of a server that was named without one. */
export function portOf(protocol: StartTls | undefined): number {
  return protocol === undefined ? 443 : PORTS[protocol];
}
