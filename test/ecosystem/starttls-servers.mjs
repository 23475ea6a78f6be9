// Servers that turn from plain text to TLS, for `ownssl connect --starttls`.
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { freePort, needs } from '../support/child.mjs';
import { home, serving, user } from './servers.mjs';

const uid = () => user.uid ?? process.getuid();
const gid = () => user.gid ?? process.getgid();

/** Dovecot for IMAP, POP3 and ManageSieve; resolves to its ports. */
export async function dovecotServer(context) {
  const dovecot = needs(context, 'dovecot');
  const at = home();
  const ports = { imap: await freePort(), pop3: await freePort(), sieve: await freePort() };
  const [name, group] = user.uid === undefined ? [process.env.USER, ''] : ['nobody', 'nogroup'];
  const login = (service, listener, port, secure) => `service ${service} {
  chroot =
  inet_listener ${listener} {
    port = ${port}
  }
${secure ? `  inet_listener ${secure} {\n    port = 0\n  }\n` : ''}}
`;
  writeFileSync(
    at('dovecot.conf'),
    `base_dir = ${at('data')}/run
state_dir = ${at('data')}/state
log_path = /dev/stderr
protocols = imap pop3 sieve
listen = 127.0.0.1
default_internal_user = ${name}
${group ? `default_internal_group = ${group}\n` : ''}default_login_user = ${name}
ssl = required
ssl_cert = <${at('server-ec-chain.crt')}
ssl_key = <${at('server-ec.key')}
mail_location = maildir:${at('data')}/mail
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=${uid()} gid=${gid()} home=${at('data')}
}
service anvil {
  chroot =
}
${login('imap-login', 'imap', ports.imap, 'imaps')}${login('pop3-login', 'pop3', ports.pop3, 'pop3s')}${login('managesieve-login', 'sieve', ports.sieve)}`,
  );
  await serving(dovecot, ['-F', '-c', at('dovecot.conf')], {
    cwd: at('.'),
    ready: /Dovecot .* starting up/,
  });
  return ports;
}

/** vsftpd, for anybody; it takes files in `incoming`, and wants sessions resumed for them. */
export async function vsftpdServer(context) {
  const vsftpd = needs(context, 'vsftpd');
  const port = await freePort();
  const at = home({
    'vsftpd.conf': '',
  });
  // It refuses a root that can be written to.
  mkdirSync(at('files/incoming'), { recursive: true });
  chownSync(at('files/incoming'), uid(), gid());
  chmodSync(at('files'), 0o555);
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    run_as_launching_user: 'YES',
    anonymous_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_umask: '022',
    write_enable: 'YES',
    seccomp_sandbox: 'NO',
    ssl_enable: 'YES',
    allow_anon_ssl: 'YES',
    rsa_cert_file: at('server-ec-chain.crt'),
    rsa_private_key_file: at('server-ec.key'),
    ssl_ciphers: 'HIGH',
    require_ssl_reuse: 'YES',
    anon_root: at('files'),
    secure_chroot_dir: at('data'),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(at('vsftpd.conf'), lines.join(''));
  await serving(vsftpd, [at('vsftpd.conf')], { cwd: at('.') });
  return { port };
}

/** OpenLDAP, without any data. */
export async function slapdServer(context) {
  const slapd = needs(context, 'slapd');
  const port = await freePort();
  const at = home();
  writeFileSync(
    at('slapd.conf'),
    `pidfile ${at('data')}/pid
TLSCertificateFile ${at('server-ec-chain.crt')}
TLSCertificateKeyFile ${at('server-ec.key')}
TLSCACertificateFile ${at('root.crt')}
`,
  );
  const args = ['-d', '256', '-h', `ldap://127.0.0.1:${port}`, '-f', at('slapd.conf')];
  await serving(slapd, args, { cwd: at('.'), ready: /slapd starting/ });
  return { port };
}

/** Prosody, for the domain localhost. */
export async function prosodyServer(context) {
  const prosody = needs(context, 'prosody');
  const port = await freePort();
  const at = home();
  writeFileSync(
    at('prosody.cfg.lua'),
    `pidfile = "${at('data')}/pid"
data_path = "${at('data')}"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
s2s_ports = {}
c2s_direct_tls_ports = {}
http_ports = {}
https_ports = {}
modules_enabled = { "tls", "saslauth" }
modules_disabled = { "s2s" }
c2s_require_encryption = true
ssl = { certificate = "${at('server-ec-chain.crt')}", key = "${at('server-ec.key')}" }
log = { info = "*console" }
VirtualHost "localhost"
`,
  );
  await serving(prosody, ['--config', at('prosody.cfg.lua'), '-F'], {
    cwd: at('.'),
    ready: /Activated service 'c2s'.*/,
  });
  return { port };
}
