// Java's JSSE.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { capture, stale, which } from '../../../scripts/support/run.mjs';
import { buildFolder, sourcePath } from './files.mjs';
import { compiled } from './compiled.mjs';
import { program } from './program.mjs';

// JSSE changes its keys when so much has passed under one; and says so, with the handshake's other messages, when asked.
const properties = `jdk.tls.keyLimits=AES/GCM/NoPadding KeyUpdate 2^10, ChaCha20-Poly1305 KeyUpdate 2^10\n`;

export const peers = [
  {
    name: 'Java',
    needs: {
      what: 'a JDK',
      found: () => which('java') && which('javac'),
      packages: { apt: 'default-jdk-headless' },
    },
    version: () => /"(.+?)"/.exec(capture('java', ['-version']).output)[1],
    prepare() {
      const source = sourcePath('Peer.java');
      const folder = path.join(buildFolder(), 'java');
      mkdirSync(folder, { recursive: true });
      if (stale(path.join(folder, 'Peer.class'), [source]))
        compiled('javac', ['-d', folder, source]);
      const security = path.join(folder, 'security.properties');
      writeFileSync(security, properties);
      const quick = ['-Xshare:auto', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'];
      const start = (role) => (wish) => {
        const more = [
          wish.updateKeys && `-Djava.security.properties=${security}`,
          wish.updateKeys && '-Djavax.net.debug=ssl:handshake',
        ].filter(Boolean);
        const peer = program('java', { args: [...quick, ...more, '-cp', folder, 'Peer'] })[role](
          wish,
        );
        const updated =
          /(Produced KeyUpdate[^]*Consuming KeyUpdate|Consuming KeyUpdate[^]*Produced KeyUpdate)/;
        return { ...peer, facts: { ...peer.facts, updated } };
      };
      return { server: start('server'), client: start('client') };
    },
  },
];
