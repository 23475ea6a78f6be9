// What package.json and CHANGELOG.md have to say before anything is published.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * What is wrong in the project at `base`, a sentence for each fault. The addresses are the publisher's to fill in, in
 * package.json alone.
 */
export function faultsOfManifest(base) {
  const read = (name) => readFileSync(path.join(base, name), 'utf8');
  const manifest = JSON.parse(read('package.json'));
  const faults = [];
  for (const name of ['repository', 'bugs', 'homepage']) {
    const value = manifest[name]?.url ?? manifest[name];
    if (!/^(git\+)?https:\/\/[\w.-]+\/\S+$/.test(value ?? ''))
      faults.push(`package.json: "${name}" is not filled in`);
  }
  faults.push(...faultsOfChangelog(read('CHANGELOG.md'), manifest.version));
  const { repository } = manifest;
  return [...faults, ...relativeLinks(base, read('README.md'), repository?.url ?? repository)];
}

/** There is a section for the version, with the day of its release: "## [1.2.3] - 2026-12-31". */
function faultsOfChangelog(changelog, version) {
  const heading = changelog.split('\n').find((line) => line.startsWith(`## [${version}]`));
  if (heading === undefined) return [`CHANGELOG.md has no section for ${version}`];
  if (/ - \d{4}-\d\d-\d\d$/.test(heading)) return [];
  return [`CHANGELOG.md: the section for ${version} has no date`];
}

/** npm makes addresses of relative ones for the page of the package, by `repository`, if it is on one of these hosts. */
function relativeLinks(base, readme, repository = '') {
  const names = [...readme.matchAll(/\]\((?!\w+:|#)([^)#]+)[^)]*\)/g)].map(([, name]) => name);
  const gone = names
    .filter((name) => !existsSync(path.join(base, name)))
    .map((name) => `README.md links to ${name}, which is not there`);
  const known = /^(git\+)?https:\/\/(github\.com|gitlab\.com|bitbucket\.org)\//.test(repository);
  if (names.length > 0 && repository && !known)
    gone.push(
      'README.md has relative links, which the registry resolves for GitHub, GitLab and Bitbucket alone',
    );
  return gone;
}
