// The pages that follow from the registries say what the source says.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldsOf } from '../src/lib/fields.ts';
import { pages } from '../src/surfaces/cli/pages.ts';
import { verbs } from '../src/verbs/index.ts';

const all = await Promise.all(Object.values(verbs).map((load) => load()));

test.each(Object.entries(pages(all)))('%s is fresh (else: npm run docs)', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});

test('a verb stands in the registry under its own name, with a sentence for itself and each of its flags', () => {
  expect(all.map(({ name }) => name)).toEqual(Object.keys(verbs));
  for (const verb of all) {
    expect(verb.summary, verb.name).toMatch(/^[A-Z].*\.$/);
    for (const { name, sentence } of fieldsOf(verb.input)) expect(sentence, `${verb.name} ${name}`).toMatch(/\.$/);
  }
});
