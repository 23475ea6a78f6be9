// npm run docs [-- FOLDER]: the pages of docs/ and the reference of the API as a site, in build/docs or in another folder
// (TypeDoc).
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { Application, Converter } from 'typedoc';
import { fail, root } from '../support/run.mjs';

/** Makes the site in `folder`; resolves to whether nothing is wrong with it. */
export async function makeSite(folder) {
  const app = await Application.bootstrapWithPlugins({
    options: path.join(root, 'typedoc.json'),
    out: folder,
  });
  // A page is called as its heading says, not as its file.
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, (context) => {
    for (const page of context.project.documents ?? []) {
      const heading = /^# (.+)$/m.exec(page.content[0]?.text ?? '');
      if (heading) page.name = heading[1];
    }
  });
  const project = await app.convert();
  if (!project) return false;
  await app.generateOutputs(project);
  return !app.logger.hasErrors() && !app.logger.hasWarnings();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = path.resolve(root, process.argv[2] ?? 'build/docs');
  if (!(await makeSite(folder))) fail('docs: something is wrong, see above');
  console.log(path.join(folder, 'index.html'));
}
