// docs: writes the pages that follow from the registries. For whoever changes flyball itself.
import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod';
import { readText, writeAtomic } from '../lib/files.ts';
import { defineVerb } from './define.ts';

export const docs = defineVerb({
  name: 'docs',
  group: 'house',
  summary: 'Write docs/actions.md, docs/verbs.md and docs/config.md anew.',
  hidden: true,
  person: true,
  home: 'none',
  input: z.strictObject({
    dir: z.string().default('.').describe('The repository.').meta({ positional: true }),
  }),
  run: async ({ dir }, hands) => {
    const pages = Object.entries(await hands.pages());
    const written = pages.filter(([path, text]) => readText(resolve(dir, path)) !== text).map(([path]) => path);
    for (const [path, text] of pages.filter(([name]) => written.includes(name))) {
      mkdirSync(dirname(resolve(dir, path)), { recursive: true });
      writeAtomic(resolve(dir, path), text, { mode: 0o644 });
    }
    return { exit: 0, json: { v: 1, written }, text: written.length > 0 ? written.join('\n') : 'all pages are fresh' };
  },
});
