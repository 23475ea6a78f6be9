// All entries of the corpus; their names begin with their group.
import { entries as chains } from './chains.mjs';
import { entries as constraints } from './constraints.mjs';
import { entries as contents } from './contents.mjs';
import { entries as extensions } from './extensions.mjs';
import { entries as identities } from './identities.mjs';
import { entries as names } from './names.mjs';
import { entries as shapes } from './shapes.mjs';

const groups = { names, identities, constraints, chains, contents, extensions, shapes };

export const corpus = Object.entries(groups).flatMap(([group, entries]) =>
  entries.map((entry) => ({ ...entry, group, name: `${group}: ${entry.name}` })),
);

const seen = new Set();
for (const { name } of corpus) {
  if (seen.has(name)) throw new Error(`two entries of one name: ${name}`);
  seen.add(name);
}
