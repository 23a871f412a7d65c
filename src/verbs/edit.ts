// edit: opens a goal, sensor, the playbook or the settings in $EDITOR, and says what is wrong with what was saved.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { createExclusive, listNames, makeFolder, readText, writeAtomic } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import { lineOf } from './check.ts';
import { defineVerb } from './define.ts';
import type { FileProblem, Hands } from './hands.ts';

export const edit = defineVerb({
  name: 'edit',
  group: 'steer',
  summary: 'Open a goal, a sensor, the playbook or the config in $EDITOR; a new one begins with a template.',
  details:
    'What is saved is checked; what does not parse is kept all the same and offered again.\n\n  flyball edit daily-page\n  flyball edit sensors/disk\n  flyball edit playbook\n  flyball edit config',
  person: true,
  writes: true,
  input: z.strictObject({
    name: z.string().describe('A goal, sensors/NAME, playbook or config.').meta({ positional: true, complete: 'editable' }),
  }),
  run: async ({ name }, hands) => {
    const path = fileOf(name, hands);
    const saved = existsSync(hands.layout.at(path)) ? await editThere(path, hands) : await editNew(path, hands);
    const ok = saved.problems.every(({ warning }) => warning === true);
    const state = saved.changed ? 'saved' : 'not changed';
    const lines = [`${path}: ${state}`, ...saved.problems.map(lineOf)];
    return { exit: ok ? 0 : 1, json: { v: 1, path, changed: saved.changed, problems: saved.problems }, text: lines.join('\n') };
  },
});

// ── which file ─────────────────────────────────────────────────────────────────────────────────────

function fileOf(name: string, hands: Hands): string {
  if (name === 'playbook' || name === 'PLAYBOOK.md') return 'PLAYBOOK.md';
  if (name === 'config' || name === 'flyball.yaml') return 'flyball.yaml';
  const [folder, rest] = name.includes('/') ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)] : [null, name];
  if (folder !== null && !['goals', 'goal', 'sensors', 'sensor', 'loops', 'loop'].includes(folder))
    throw new PersonError(`there is nothing to edit in "${folder}/"`, { hint: 'goals/NAME, sensors/NAME, loops/NAME, playbook or config' });
  const places = { goals: hands.layout.goals, sensors: hands.layout.sensors, loops: hands.layout.loops };
  const wanted = (['goals', 'sensors', 'loops'] as const).filter((place) => folder === null || place === folder || place === `${folder}s`);
  for (const place of wanted) {
    const file = listNames(places[place]).find((entry) => entry === rest || slug(entry) === rest);
    if (file !== undefined) return `${place}/${file}`;
  }
  return newFile(wanted.length === 1 && wanted[0] !== undefined ? wanted[0] : 'goals', rest);
}

const EXTENSIONS = { goals: '.md', sensors: '.sh', loops: '.yaml' } as const;

function newFile(place: keyof typeof EXTENSIONS, name: string): string {
  const id = name.endsWith(EXTENSIONS[place]) ? name.slice(0, -EXTENSIONS[place].length) : name;
  if (!isId(id)) throw new PersonError(`"${name}" cannot be a name`, { hint: 'small letters, digits, . _ and -, such as learn-rust' });
  return `${place}/${id}${EXTENSIONS[place]}`;
}

/** The id that a file stands for: `Learn Rust.md` is learn-rust. */
function slug(file: string): string {
  return file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[^a-z0-9]+|-+$/g, '');
}

// ── the editor ─────────────────────────────────────────────────────────────────────────────────────

interface Saved {
  changed: boolean;
  problems: FileProblem[];
}

/** In place: the file is the person's, and a save half-way is a save. */
async function editThere(path: string, hands: Hands): Promise<Saved> {
  const before = readText(hands.layout.at(path));
  await openEditor(hands.layout.at(path), hands);
  for (;;) {
    const text = readText(hands.layout.at(path));
    const problems = text === null ? [] : await hands.checkFile(path, text);
    if (!(await again(problems, hands))) return { changed: text !== before, problems };
    await openEditor(hands.layout.at(path), hands);
  }
}

/** Beside the home, so that nobody acts on a template; it becomes a file only when something was written. */
async function editNew(path: string, hands: Hands): Promise<Saved> {
  const folder = mkdtempSync(join(tmpdir(), 'flyball-edit-'));
  const draft = join(folder, basename(path));
  try {
    const template = templateFor(path);
    writeAtomic(draft, template, { durable: false });
    for (;;) {
      await openEditor(draft, hands);
      const text = readText(draft);
      if (text === null || text === template) return { changed: false, problems: [] };
      const problems = await hands.checkFile(path, text);
      if (await again(problems, hands)) continue;
      place(path, text, hands);
      return { changed: true, problems };
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function place(path: string, text: string, { layout }: Hands): void {
  makeFolder(dirname(layout.at(path)));
  const mode = path.startsWith('sensors/') ? 0o700 : 0o600;
  if (createExclusive(layout.at(path), text, { mode })) return;
  const beside = `${layout.at(path)}.new`;
  createExclusive(beside, text, { mode });
  throw new PersonError(`${path} has come into being meanwhile`, { hint: `yours is kept in ${beside}`, code: 1 });
}

async function openEditor(path: string, { env, terminal }: Hands): Promise<void> {
  const editor = env.VISUAL || env.EDITOR || 'vi';
  const exit = await terminal.run(editor, path);
  if (exit !== 0)
    throw new PersonError(`the editor "${editor}" ended with ${exit}`, { hint: 'set $EDITOR to one that is installed', code: 1 });
}

async function again(problems: FileProblem[], hands: Hands): Promise<boolean> {
  if (!hands.terminal.asks || problems.every(({ warning }) => warning === true)) return false;
  for (const problem of problems) hands.say(lineOf(problem));
  const answer = await hands.terminal.ask('Edit again? [Y/n] ');
  return answer !== null && !/^n/i.test(answer.trim());
}

// ── templates ──────────────────────────────────────────────────────────────────────────────────────

function templateFor(path: string): string {
  if (path.startsWith('goals/')) return GOAL;
  if (path.startsWith('sensors/')) return SENSOR;
  if (path.startsWith('loops/')) return LOOP;
  return path === 'PLAYBOOK.md' ? PLAYBOOK : CONFIG;
}

const GOAL = `---
goal: What is to be true, in one line
priority: 2                          # 1 is the highest
# verify: test -e some/file          # a command; exit 0 means it holds
# done_when: readings.NAME.signal.state == "ok"
---
Notes, free.
`;
const SENSOR = `#!/bin/sh
# What does it look at?
# flyball: interval=1m timeout=20s
set -eu
printf '{"signal":{"state":"%s"}}\\n' ok
`;
const LOOP = `v: 1
kind: check
goal: What is to hold.
criteria:
  - id: tests
    run: npm test
`;
const PLAYBOOK = `# Playbook

How I want things judged.
`;
const CONFIG = `# \`flyball config\` tells what every setting is and means.
interval: 60s
decider:
  use: rules
rules: []
`;
