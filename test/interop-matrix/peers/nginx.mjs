// nginx as a proxy of streams: TLS on one side, plain TCP on the other.
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, whichDaemon } from '../../../scripts/support/run.mjs';
import { freePort } from '../../support/child.mjs';
import { temporaryFolder } from '../../support/paths.mjs';
import { asClient, asServer } from '../proxied.mjs';
import { chain, fixturePath, keyOf } from './files.mjs';

const nginx = () => whichDaemon('nginx');
const streams = '/usr/lib/nginx/modules/ngx_stream_module.so';

const facts = {
  version: /^seen (TLSv1\.\d)/m,
  cipher: /^seen \S+ (\S+)/m,
  reused: /^seen \S+ \S+ (r)/m,
  client: /^seen .*CN=(\w+)/m,
};

const seen = (side) =>
  side === 'server' ? '$ssl_protocol $ssl_cipher $ssl_session_reused $ssl_client_s_dn' : '- - - -';

function write(port, side, block, extra = '') {
  const folder = temporaryFolder();
  const file = path.join(folder, 'nginx.conf');
  const log = path.join(folder, 'access.log');
  writeFileSync(
    file,
    `load_module ${streams};
     daemon off; master_process off; pid ${folder}/pid; error_log stderr notice;
     events {}
     stream {
       log_format seen 'seen ${seen(side)}';
       access_log ${log} seen;
       ${extra}
       server { proxy_half_close on; ${block} }
     }`,
  );
  return {
    command: nginx(),
    args: ['-p', folder, '-c', file, '-e', 'stderr'],
    port,
    log,
    ready: /using the "epoll" event method/,
  };
}

async function server(wish) {
  const port = await freePort();
  const { backend, link } = await asServer();
  const verify = `ssl_verify_client on; ssl_verify_depth 3; ssl_client_certificate ${fixturePath('root.crt')};`;
  const second = wish.second
    ? `map $ssl_server_name $named { ${wish.second.servername} ${wish.second.identity}.crt; default ${wish.identity}-chain.crt; }
       map $ssl_server_name $key { ${wish.second.servername} ${wish.second.identity}.key; default ${wish.identity}.key; }`
    : '';
  const certificate = wish.second
    ? `ssl_certificate ${path.dirname(fixturePath('x'))}/$named; ssl_certificate_key ${path.dirname(fixturePath('x'))}/$key;`
    : `ssl_certificate ${chain(wish.identity)}; ssl_certificate_key ${keyOf(wish.identity)};`;
  const block = `listen 127.0.0.1:${port} ssl; ssl_protocols ${wish.version}; ${certificate}
    ssl_session_cache shared:s:1m; ${wish.verify ? verify : ''}
    ${wish.alpn ? `ssl_alpn ${wish.alpn.join(' ')};` : ''}
    proxy_pass 127.0.0.1:${backend};`;
  return { ...write(port, 'server', block, second), facts, link };
}

async function client(wish) {
  const port = await freePort();
  const block = `listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${wish.port};
    proxy_ssl on; proxy_ssl_protocols ${wish.version}; proxy_ssl_verify on; proxy_ssl_verify_depth 3;
    proxy_ssl_trusted_certificate ${fixturePath('root.crt')};
    proxy_ssl_server_name on; proxy_ssl_name ${wish.servername};
    ${wish.identity ? `proxy_ssl_certificate ${chain(wish.identity)}; proxy_ssl_certificate_key ${keyOf(wish.identity)};` : ''}`;
  return { ...write(port, 'client', block), link: asClient(port) };
}

export const peers = [
  {
    name: 'nginx',
    needs: {
      what: 'nginx with its stream module',
      found: () => nginx() && existsSync(streams),
      packages: { apt: 'libnginx-mod-stream' },
    },
    version: () => capture(nginx(), ['-v']).output.split('/')[1],
    prepare: () => ({ server, client }),
  },
];
