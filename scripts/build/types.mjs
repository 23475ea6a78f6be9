// Writes the declarations of the package: all that `import … from 'ownssl'` has, in one file, made by API Extractor from
// what TypeScript has written for each file of lib/.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { fail, root } from '../support/run.mjs';

/**
 * Turns the declarations in the folder `from` into index.d.ts and register.d.ts in the folder `to`.
 * `values` are the names of what is exported at run time.
 */
export function writeTypes(from, to, values) {
  const quiet = { default: { logLevel: 'none' } };
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: path.join(root, 'package.json'),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: path.join(from, 'index.d.ts'),
      compiler: { tsconfigFilePath: path.join(root, 'tsconfig.json') },
      dtsRollup: { enabled: true, untrimmedFilePath: path.join(to, 'index.d.ts') },
      apiReport: { enabled: false },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: { extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
    },
  });
  const { succeeded } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      // It tells, among much else, which TypeScript it has inside.
      message.handled = message.logLevel !== 'error';
    },
  });
  if (!succeeded) fail('build: the declarations could not be put into one file');
  // Names of Node's types that are passed on have no value that a program could import.
  const file = path.join(to, 'index.d.ts');
  const text = readFileSync(file, 'utf8').replace(/^export \{ (\w+) \}$/gm, (line, name) =>
    values.includes(name) ? line : `export type { ${name} }`,
  );
  writeFileSync(file, text);
  // What `ownssl/register` does is done by loading it.
  writeFileSync(path.join(to, 'register.d.ts'), 'export {};\n');
}
