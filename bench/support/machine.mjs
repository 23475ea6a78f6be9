// What a reader has to know about the machine; nothing that names it.
import os from 'node:os';
import { capture } from '../../scripts/support/run.mjs';

export function machine({ node, peer }) {
  const libraries = capture('ldd', [peer]).output;
  const ssl = /libssl\S* => (\S+)/.exec(libraries)?.[1];
  const version =
    ssl && /OpenSSL (\d+\.\d+\.\d+)/.exec(capture('strings', [crypto(libraries)]).output)?.[1];
  return {
    cpu: os.cpus()[0]?.model.trim(),
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.release().replace(/[-+].*$/, '')}, ${os.arch()}`,
    node: capture(node, ['--version']).output,
    peer: version,
  };
}

const crypto = (libraries) => /libcrypto\S* => (\S+)/.exec(libraries)?.[1];
