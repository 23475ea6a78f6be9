// What a reader has to know about the machine; nothing that names it.
import os from 'node:os';
import { capture } from '../../scripts/support/run.mjs';

export function machine({ peer }) {
  return {
    cpu: os.cpus()[0]?.model.trim(),
    cores: os.availableParallelism(),
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.type()} ${os.release().replace(/[-+].*$/, '')}, ${os.arch()}`,
    peer: JSON.parse(capture(peer, ['version']).output).version,
  };
}
