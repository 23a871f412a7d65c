// The inverse of an action on files, from its two sides as they were: exact while nobody has written since, else
// merged with the later edits; where these overlap it is refused with the reason, and nothing is written.
import { digest } from '../lib/digest.ts';
import { merge3 } from '../lib/merge.ts';
import type { Version } from '../ports/history.ts';
import type { FileChange, HomeFiles } from '../ports.ts';
import { goalId, isGoalName } from '../world/goal-id.ts';
import type { IntentRecord, Stamp } from '../world/journal.ts';
import type { Prepared, UndoScene } from './define.ts';
import { isValidGoal } from './owned-front-matter.ts';

const EXECUTABLE = 0o700;
const PLAIN = 0o600;

/** What undoes it; refused with the reason when that cannot be done exactly. */
export function undoFiles(intent: IntentRecord, scene: UndoScene): Prepared {
  const moved = moveOf(intent);
  if (moved) return undoMove(moved, intent, scene);
  const sides = intent.after.map(
    (after): Side => ({
      path: after.path,
      before: intent.before.find(({ path }) => path === after.path)?.digest ?? null,
      after: after.digest,
    }),
  );
  if (sides.length === 0) return refused(`the files that ${intent.id} wrote are no longer known`);
  const undone = sides.map((side) => undoOne(side, intent, scene));
  const problems = undone.flatMap((one) => ('problem' in one ? [one.problem] : []));
  if (problems.length > 0) return refused(problems.join('; '));
  const changes = undone.flatMap((one) => ('change' in one ? [one.change] : []));
  if (changes.length === 0) return refused(`there is nothing to undo of ${intent.id}: ${undone.map(({ note }) => note).join('; ')}`);
  // What comes back is there before what goes: a crash between the two loses nothing.
  changes.sort((a, b) => Number(a.after === null) - Number(b.after === null));
  return { prepared: 'files', changes, note: undone.map(({ note }) => note).join('; ') };
}

// ── a rename ───────────────────────────────────────────────────────────────────────────────────────

interface Move {
  from: string;
  to: string;
}

/** The rename that the two sides tell of: one text, at one name before and at the other after. */
function moveOf({ before, after }: Pick<IntentRecord, 'before' | 'after'>): Move | null {
  if (before.length !== 2 || after.length !== 2) return null;
  const left = before.find(({ digest: text }) => text !== null);
  const come = after.find(({ digest: text }) => text !== null);
  const whole = left && come && left.path !== come.path && left.digest === come.digest;
  const bare = before.some((stamp) => stamp.path === come?.path && stamp.digest === null);
  return whole && bare && after.some((stamp) => stamp.path === left.path && stamp.digest === null)
    ? { from: left.path, to: come.path }
    : null;
}

/** Back to its former name with the text that it has now: later edits go along. */
function undoMove({ from, to }: Move, intent: IntentRecord, { files }: UndoScene): Prepared {
  const text = files.read(to);
  if (text === null) return refused(`${to} is not there any more${elsewhere({ path: to, text: textOf(intent, to) }, files)}`);
  const taken = files.read(from) !== null ? from : sameGoal(from, files);
  if (taken !== null) return refused(`${taken} is there again, and would be overwritten by ${to}`);
  return { prepared: 'move', from: to, to: from, before: text, note: `moved ${to} back to ${from}` };
}

function textOf(intent: IntentRecord, path: string): string | null {
  return intent.after.find((stamp) => stamp.path === path)?.digest ?? null;
}

/** Two files of one goal would both be Invalid. */
function sameGoal(path: string, files: HomeFiles): string | null {
  const [, name] = /^goals\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined) return null;
  const other = files.list('goals').find((file) => isGoalName(file) && file !== name && goalId(file) === goalId(name));
  return other === undefined ? null : `goals/${other}`;
}

// ── a text ─────────────────────────────────────────────────────────────────────────────────────────

interface Side {
  path: string;
  before: string | null;
  after: string | null;
}

type Undone = { change: FileChange; note: string } | { problem: string; note: string } | { note: string };

function undoOne(side: Side, intent: IntentRecord, scene: UndoScene): Undone {
  const { path } = side;
  const now = scene.files.read(path);
  const stamp = now === null ? null : digest(now);
  const hint = now === null ? elsewhere({ path, text: side.after }, scene.files) : '';
  if (stamp === side.before) return { note: `${path} is as before already${hint}` };
  if (stamp === side.after) return exactly(side, now, intent, scene);
  if (now === null) return problem(`${path} is gone${hint}: you removed or renamed it since`);
  if (side.after === null) return problem(`${path} is there again with another text, which would be overwritten`);
  if (side.before === null)
    return problem(`${path} was made by ${intent.id} and edited since; removing it would lose what was written later`);
  return merged(side, now, intent, scene);
}

/** Nobody has written since: what was there comes back to the byte. */
function exactly(side: Side, now: string | null, intent: IntentRecord, { version }: UndoScene): Undone {
  const { path, before, after } = side;
  if (before === null) return { change: { path, before: now, after: null }, note: `removed ${path}` };
  const was = version({ path, digest: before });
  if (was === null) return problem(notKept(path, intent));
  const mode = was.executable ? EXECUTABLE : PLAIN;
  if (now === null) return { change: { path, before: now, after: was.text, mode }, note: `brought ${path} back` };
  const same = version({ path, digest: after })?.executable === was.executable;
  return { change: { path, before: now, after: was.text, ...(same ? {} : { mode }) }, note: `put ${path} back as it was` };
}

/** The later edits are kept, and what the action did is taken out of the text. */
function merged({ path, before, after }: Side, now: string, intent: IntentRecord, { version }: UndoScene): Undone {
  const [was, became] = [version({ path, digest: before }), version({ path, digest: after })];
  if (was === null || became === null) return problem(`${notKept(path, intent)}, and it was edited since`);
  const result = merge3(inEndingsOf(now, became), inEndingsOf(now, was), now).merged;
  if (result === null) return problem(`${path} was edited since in the same place`);
  if (result === now) return { note: `${path} holds nothing of it any more` };
  if (path.startsWith('goals/') && isValidGoal(now) && !isValidGoal(result))
    return problem(`${path} was edited since, and without the action its front matter would not be valid`);
  return { change: { path, before: now, after: result }, note: `took it out of ${path}; your later edits stay` };
}

/** A file that was turned into CRLF since is no different text. */
function inEndingsOf(now: string, { text }: Version): string {
  const lines = now.split('\n').length - 1;
  return lines > 0 && now.split('\r\n').length - 1 === lines ? text.replaceAll(/\r?\n/g, '\r\n') : text;
}

function notKept(path: string, { id }: IntentRecord): string {
  return `what ${id} replaced in ${path} is not kept any more`;
}

function problem(text: string): Undone {
  return { problem: text, note: '' };
}

function refused(text: string): Prepared {
  return { prepared: 'refused', problem: text };
}

/** Where the person has moved it, when the same text stands beside it under another name. */
function elsewhere({ path, text }: { path: string; text: string | null }, files: HomeFiles): string {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : null;
  if (folder === null || text === null) return '';
  const there = files.list(folder).find((name) => digestOf(`${folder}/${name}`, files) === text);
  return there === undefined ? '' : ` (its text is in ${folder}/${there} now)`;
}

function digestOf(path: string, files: HomeFiles): Stamp['digest'] {
  try {
    const text = files.read(path);
    return text === null ? null : digest(text);
  } catch {
    return null; // a folder, a link: not where the text is
  }
}
