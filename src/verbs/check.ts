// check: what is wrong with the home's files, and with its journal's chain. Changes nothing.
import { isUtf8 } from 'node:buffer';
import { lstatSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import * as z from 'zod';
import { describeError, PersonError } from '../errors.ts';
import { listNames, readBytes, readText } from '../lib/files.ts';
import { defineVerb, type Reply } from './define.ts';
import type { FileProblem, Hands } from './hands.ts';

export const check = defineVerb({
  name: 'check',
  group: 'steer',
  summary: 'What is wrong with a file of the home, or with all of them, chain included. Changes nothing.',
  details: 'Exit code 1 when something is wrong.\n\n  flyball check\n  flyball check goals/daily-page.md\n  flyball check --journal --json',
  input: z.strictObject({
    file: z.string().optional().describe('Only this file.').meta({ positional: true, complete: 'file' }),
    journal: z.boolean().default(false).describe("Only the journal's hash chain."),
  }),
  run: async ({ file, journal }, hands) => {
    if (journal) return checkChain(hands);
    const paths = file === undefined ? filesOf(hands) : [inHome(file, hands)];
    const found = (await Promise.all(paths.map((path) => problemsOf(path, hands)))).flat();
    const problems = file === undefined ? [...found, ...(await chainProblems(hands))] : found;
    const ok = problems.every(({ warning }) => warning === true);
    const text = problems.length === 0 ? `${paths.length} files, nothing wrong` : problems.map(lineOf).join('\n');
    return { exit: ok ? 0 : 1, json: { v: 1, ok, files: paths, problems }, text };
  },
});

/** Policy files, wherever a person writes them; README and names with `_` or `.` in front are notes. */
function filesOf({ layout }: Hands): string[] {
  const folders = { goals: layout.goals, sensors: layout.sensors, loops: layout.loops };
  const inFolders = Object.entries(folders).flatMap(([name, folder]) =>
    listNames(folder)
      .filter((entry) => !/^[._]/.test(entry) && entry !== 'README.md' && !(name !== 'sensors' && isFolder(`${folder}/${entry}`)))
      .map((entry) => `${name}/${entry}`),
  );
  return [layout.config, layout.playbook]
    .filter((path) => readText(path) !== null)
    .map((path) => relative(layout.home, path))
    .concat(inFolders);
}

/** `goals/archive` and other drawers of the person's. One that is called like a goal is a mistake. */
function isFolder(path: string): boolean {
  return !path.endsWith('.md') && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** As typed from where the person stands, else from the home. */
function inHome(file: string, { layout }: Hands): string {
  for (const base of [process.cwd(), layout.home]) {
    const path = relative(layout.home, resolve(base, file));
    if (!path.startsWith('..') && lstatSync(layout.at(path), { throwIfNoEntry: false })) return path;
  }
  throw new PersonError(`there is no file "${file}" in ${layout.home}`, { hint: 'flyball check looks at all of them', code: 1 });
}

async function problemsOf(path: string, hands: Hands): Promise<FileProblem[]> {
  try {
    const plain = statSync(hands.layout.at(path), { throwIfNoEntry: false })?.isFile() === true;
    if (!plain && !path.startsWith('sensors/')) return [unreadable(path, 'it is no regular file')];
    const bytes = plain ? (readBytes(hands.layout.at(path)) ?? Buffer.alloc(0)) : Buffer.alloc(0);
    if (!path.startsWith('sensors/') && !isUtf8(bytes)) return [unreadable(path, 'it is not UTF-8 text')];
    return await hands.checkFile(path, bytes.toString('utf8'));
  } catch (error) {
    return [unreadable(path, `it cannot be read: ${describeError(error)}`)];
  }
}

function unreadable(file: string, what: string): FileProblem {
  return { file, line: null, column: null, what, next: null };
}

export function lineOf({ file, line, column, what, next, warning }: FileProblem): string {
  const place = line === null ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${warning ? 'warning: ' : ''}${what}${next ? ` (${next})` : ''}`;
}

async function chainProblems(hands: Hands): Promise<FileProblem[]> {
  if (readText(hands.layout.journal) === null) return [];
  const { ok, broken_at, head } = await hands.checkJournal();
  if (ok) return [];
  const what = broken_at === null ? `its head is ${head}: records were cut off its end` : `the chain is broken at record ${broken_at}`;
  return [{ file: relative(hands.layout.home, hands.layout.journal), line: null, column: null, what, next: 'flyball check --journal' }];
}

async function checkChain(hands: Hands): Promise<Reply> {
  const found = await hands.checkJournal();
  const { records, segments, head, broken_at, open } = found;
  const state = broken_at === null ? 'whole' : `broken at ${broken_at}`;
  const text = `${records} records in ${segments} segments, chain ${state}, head ${head}${open.length > 0 ? `, open: ${open.join(', ')}` : ''}`;
  return { exit: found.ok ? 0 : 1, json: found, text };
}
