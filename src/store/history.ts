// history.git: every version of the policy files, in a git directory of its own. What the person changed and
// what flyball changed are commits of different authors. Nothing is spawned when there is nothing to keep.
import { join } from 'node:path';
import { digest, isPlainObject } from '../lib/digest.ts';
import { listNames, makeFolder, readText, removeIfThere, writeAtomic } from '../lib/files.ts';
import { type GitPlace, git, repack } from '../lib/git.ts';
import { blobName, commitStream, type TreeChange } from '../lib/git-stream.ts';
import { withLock } from '../lib/lock.ts';
import { oneLine } from '../lib/text.ts';
import type { History } from '../ports/history.ts';
import { PERSON_ID, type Stamp } from '../world/journal.ts';
import { written } from './authorship.ts';
import { arrivedIn, noteComing, readComing } from './history-coming.ts';
import { changesOf, differencesSince, REF, versionOf } from './history-versions.ts';
import { isPolicyPath, type Layout } from './layout.ts';
import { contentOf, policyFiles } from './policy-walk.ts';

const PERSON = 'person';
const FLYBALL = 'flyball';
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin';
/** A commit takes some 20 ms; whoever waited this long has met a stopped machine. */
const LOCK_PATIENCE_MS = 60_000;
/** Loose objects of so many commits are packed together. */
const PACK_EVERY = 500;
const TITLE_CAP = 72;

export interface FileHistory extends History {
  /** True when the text now there is what flyball itself wrote last. */
  isOwn(path: string): boolean;
  /** The last version that flyball wrote of a file that the person has removed since; null for any other file. */
  deletedFrom(path: string): { commit: string; at: string } | null;
  /** The diff that an action left; null when there is none. */
  patch(id: string): Promise<string | null>;
}

export interface HistoryOptions {
  now?(): Date;
  /** PATH for git. */
  path?: string;
}

export function openHistory(layout: Layout, options: HistoryOptions = {}): FileHistory {
  const place: Place = {
    layout,
    git: { gitDir: layout.history, path: options.path ?? DEFAULT_PATH },
    now: options.now ?? (() => new Date()),
  };
  const locked = <T>(work: () => T): T => {
    makeFolder(layout.machine);
    return withLock(layout.historyLock, LOCK_PATIENCE_MS, work);
  };
  return {
    keep: (coming = []) =>
      locked(() => {
        commitLeft(place);
        keep(place);
        noteComing(layout, coming);
      }),
    commit: (what) => locked(() => commitAction(place, what)),
    isOwn: (path) => locked(() => isOwn(place, path)),
    deletedFrom: (path) => locked(() => deletedFrom(place, path)),
    patch: async (id) => patch(place, id),
    version: (stamp) => (isBegun(place) ? versionOf(place.git, stamp) : null),
    changes: (id) => (isBegun(place) ? changesOf(place.git, id) : null),
    written: () => written(layout, place.git, isBegun(place)),
    since: (time) => (isBegun(place) ? differencesSince(place.git, time) : null),
  };
}

interface Place {
  layout: Layout;
  git: GitPlace;
  now(): Date;
}

/** What the newest commit holds, and how to tell without reading that a file is still so. Rebuilt from git when lost. */
interface Kept {
  head: string | null;
  commits: number;
  files: Record<string, { blob: string; mode: string; stamp: string | null }>;
}

function keep(place: Place): void {
  const kept = readKept(place);
  const { files, unknown } = policyFiles(place.layout);
  const changes: TreeChange[] = [];
  let restamped = false;
  for (const file of files) {
    const former = kept.files[file.path];
    if (former && former.stamp !== null && former.stamp === file.stamp) continue;
    const content = contentOf(place.layout, file);
    if (content === null) continue; // cannot be read: what is kept of it stays
    const entry = { blob: blobName(content.bytes), mode: content.mode, stamp: file.stamp };
    if (former?.blob !== entry.blob || former.mode !== entry.mode) changes.push({ path: file.path, file: content });
    restamped ||= entry.stamp !== null;
    kept.files[file.path] = entry;
  }
  const there = new Set(files.map((file) => file.path));
  for (const path of Object.keys(kept.files)) {
    if (there.has(path) || unknown.some((folder) => path.startsWith(folder))) continue;
    changes.push({ path, file: null });
    delete kept.files[path];
  }
  // What is gone comes first: a file may have become a folder of the same name.
  changes.sort((a, b) => Number(a.file !== null) - Number(b.file !== null));
  if (changes.length > 0) commit(place, kept, { author: PERSON, message: titleOf(changes), changes });
  else if (restamped) saveKept(place, kept);
}

/** What an action wrote and could not commit, and what the person has saved over since: its words first, as flyball's. */
function commitLeft(place: Place): void {
  for (const left of readComing(place.layout) ?? []) {
    const kept = readKept(place);
    const bytes = Buffer.from(left.after);
    const file = { mode: left.executable ? '100755' : '100644', bytes } as const;
    const listed = policyFiles(place.layout).files.find(({ path }) => path === left.path);
    const now = listed ? contentOf(place.layout, listed) : null;
    if (!now || kept.files[left.path]?.blob === blobName(bytes) || !arrivedIn(Buffer.from(now.bytes).toString('utf8'), left)) continue;
    if (kept.files[left.path]?.blob === blobName(now.bytes)) continue; // kept since, whoever wrote it
    kept.files[left.path] = { blob: blobName(bytes), mode: file.mode, stamp: null };
    const message = oneLine(`Was writing ${left.path}`, TITLE_CAP);
    commit(place, kept, { author: FLYBALL, message, changes: [{ path: left.path, file }] });
  }
}

function titleOf(changes: readonly TreeChange[]): string {
  const [first, ...more] = changes.map(({ path }) => path);
  return oneLine(`Edited ${first}${more.length > 0 ? ` and ${more.length} more` : ''}`, TITLE_CAP);
}

function commitAction(place: Place, { id, title, after }: { id: string; title: string; after: readonly Stamp[] }): void {
  const kept = readKept(place);
  const changes: TreeChange[] = [];
  for (const stamp of after) {
    if (!isPolicyPath(stamp.path)) continue;
    const change = asWritten(place, stamp, kept);
    if (change) changes.push(change);
  }
  if (changes.length === 0) return;
  for (const { path, file } of changes) {
    if (file === null) delete kept.files[path];
    else kept.files[path] = { blob: blobName(file.bytes), mode: file.mode, stamp: null };
  }
  const author = id.startsWith(PERSON_ID) ? authorOf(place, kept, changes) : FLYBALL;
  commit(place, kept, { author, message: `${oneLine(title, TITLE_CAP)}\n\nFlyball-Id: ${id}\n`, changes });
}

/**
 * A person's verb writes no text of its own: what an undo brings back is whose it was. A merged text is the person's
 * where an agent may replace what is flyball's own (a sensor), and flyball's where an agent's words may be in it.
 */
function authorOf({ git: place }: Place, kept: Kept, changes: readonly TreeChange[]): string {
  if (kept.head === null) return FLYBALL;
  const authors = changes.flatMap(({ path, file }) => {
    if (file === null) return [];
    const log = git(place, ['log', '--format=%an', `--find-object=${blobName(file.bytes)}`, REF, '--', path])
      .toString('utf8')
      .trim();
    return [log.split('\n').at(-1) || (path.startsWith('sensors/') ? PERSON : FLYBALL)];
  });
  return authors.length > 0 && authors.every((author) => author === PERSON) ? PERSON : FLYBALL;
}

/** Null when it is kept already, or when it is no longer what the action wrote: then it is the person's. */
function asWritten({ layout }: Place, stamp: Stamp, kept: Kept): TreeChange | null {
  const former = kept.files[stamp.path];
  const listed = policyFiles(layout).files.find((file) => file.path === stamp.path);
  if (stamp.digest === null) return listed || !former ? null : { path: stamp.path, file: null };
  const content = listed ? contentOf(layout, listed) : null;
  if (!content || digest(content.bytes) !== stamp.digest) return null;
  return former?.blob === blobName(content.bytes) && former.mode === content.mode ? null : { path: stamp.path, file: content };
}

function commit(place: Place, kept: Kept, what: { author: string; message: string; changes: TreeChange[] }): void {
  makeReady(place);
  const stream = commitStream({ ref: REF, parent: kept.head, at: place.now(), ...what });
  const printed = git(place.git, ['fast-import', '--quiet', '--done', '--date-format=raw'], stream).toString('utf8').trim();
  const next = { ...kept, head: printed, commits: kept.commits + 1 };
  saveKept(place, next);
  if (next.commits % PACK_EVERY === 0) repack(place.git);
}

/** There is no other writer: a lock that is there was left by a killed git. */
function makeReady({ layout, git: place }: Place): void {
  if (readText(layout.historyHead) === null)
    git(place, ['init', '-q', '--bare', '--template=', '--initial-branch=main', '--shared=0600', layout.history]);
  for (const lock of layout.historyLocks) removeIfThere(lock);
  for (const name of listNames(layout.historyPacks)) if (name.startsWith('tmp_')) removeIfThere(join(layout.historyPacks, name));
}

function isOwn(place: Place, path: string): boolean {
  const kept = readKept(place);
  const former = kept.files[path];
  const listed = policyFiles(place.layout).files.find((file) => file.path === path);
  const content = listed ? contentOf(place.layout, listed) : null;
  if (!former || !content || former.blob !== blobName(content.bytes)) return false;
  return git(place.git, ['log', '-1', '--format=%an', REF, '--', path]).toString('utf8').trim() === FLYBALL;
}

function deletedFrom(place: Place, path: string): { commit: string; at: string } | null {
  const { files, unknown } = policyFiles(place.layout);
  if (files.some((file) => file.path === path) || unknown.some((folder) => path.startsWith(folder))) return null;
  const kept = readKept(place);
  if (kept.head === null) return null;
  const log = git(place.git, ['log', '-2', '--format=%an %H %cI', REF, '--', path]).toString('utf8').trim().split('\n');
  // Where the removal is kept already it is the newest commit, and must be the person's.
  const [removal, written] = Object.hasOwn(kept.files, path) ? [null, log[0]] : [log[0], log[1]];
  if (removal !== null && !removal?.startsWith(`${PERSON} `)) return null;
  const [author, commit, at] = written?.split(' ') ?? [];
  return author === FLYBALL && commit && at ? { commit, at: new Date(at).toISOString() } : null;
}

function patch({ layout, git: place }: Place, id: string): string | null {
  if (!/^[bp]\d+$/.test(id) || readRef(layout) === null) return null;
  const name = git(place, ['log', '-1', '--format=%H', `--grep=^Flyball-Id: ${id}$`, REF])
    .toString('utf8')
    .trim();
  return name === '' ? null : git(place, ['show', '--format=', '--no-color', '--no-ext-diff', '--no-textconv', name]).toString('utf8');
}

// ── what is kept ───────────────────────────────────────────────────────────────────────────────────

function readKept(place: Place): Kept {
  const kept = parseKept(readText(place.layout.historyKept));
  const head = readRef(place.layout) ?? refAgain(place, kept?.head ?? null);
  return kept && kept.head === head ? kept : rebuilt(place, head);
}

/** False only when there definitely is no history: one that lost its newest commit's name alone is damaged, and says so. */
function isBegun({ layout }: Place): boolean {
  return readText(layout.historyRef) !== null || readText(layout.historyKept) !== null || listNames(layout.historyPacks).length > 0;
}

function readRef(layout: Layout): string | null {
  return readText(layout.historyRef)?.trim() || null;
}

/** The name of the newest commit was lost, and our note has it still: a history is not begun anew over an old one. */
function refAgain({ git: place, layout }: Place, head: string | null): string | null {
  if (head === null || readText(layout.historyHead) === null) return null;
  git(place, ['update-ref', REF, head]);
  return head;
}

function parseKept(text: string | null): Kept | null {
  if (text === null) return null;
  try {
    const kept: unknown = JSON.parse(text);
    return isPlainObject(kept) && isPlainObject(kept.files) && Number.isSafeInteger(kept.commits) ? (kept as unknown as Kept) : null; // whole by rename
  } catch {
    return null;
  }
}

/** A crash fell between the commit and our note of it. */
function rebuilt({ git: place }: Place, head: string | null): Kept {
  const files: Kept['files'] = {};
  const tree = head === null ? '' : git(place, ['ls-tree', '-r', '-z', head]).toString('utf8');
  for (const entry of tree.split('\0')) {
    const [, mode, blob, path] = /^(\d+) blob ([0-9a-f]+)\t([\s\S]+)$/.exec(entry) ?? [];
    if (mode && blob && path) files[path] = { blob, mode, stamp: null };
  }
  return { head, commits: 1, files };
}

function saveKept({ layout }: Place, kept: Kept): void {
  writeAtomic(layout.historyKept, `${JSON.stringify(kept)}\n`, { durable: false });
}
