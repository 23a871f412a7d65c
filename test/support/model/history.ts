// The history of the policy files in memory, with the promises of the one in git (test/store/history-port.test.ts
// holds both to them). It outlives the process, as git does; each call is one step.
import { digest } from '../../../src/lib/digest.ts';
import type { Difference, Version, Written } from '../../../src/ports/history.ts';
import type { FileChange } from '../../../src/ports.ts';
import type { FileHistory } from '../../../src/store/history.ts';
import { arrivedIn, type Coming } from '../../../src/store/history-coming.ts';
import { isPolicyPath, type Layout } from '../../../src/store/layout.ts';
import { contentOf, policyFiles } from '../../../src/store/policy-walk.ts';
import type { Stamp } from '../../../src/world/journal.ts';

type Author = 'person' | 'flyball';
type Tree = ReadonlyMap<string, Version>;
interface Commit {
  author: Author;
  id: string | null;
  at: Date;
  changed: readonly { path: string; was: Version | null; now: Version | null }[];
}

/** What is kept of one home. */
interface Kept {
  tree: Tree;
  commits: readonly Commit[];
  coming: readonly Coming[];
}

const homes = new Map<string, Kept>();

export function forgetHistories(): void {
  homes.clear();
}

export function memoryHistory(layout: Layout, { now = () => new Date() }: { now?(): Date } = {}): FileHistory {
  const kept = (): Kept => homes.get(layout.home) ?? { tree: new Map(), commits: [], coming: [] };
  const save = (next: Partial<Kept>) => homes.set(layout.home, { ...kept(), ...next });
  const commit = (author: Author, id: string | null, changes: readonly [string, Version | null][]) => {
    const changed = changes.map(([path, version]) => ({ path, was: kept().tree.get(path) ?? null, now: version }));
    if (changed.length === 0) return;
    const tree = new Map(kept().tree);
    for (const { path, now: version } of changed) version ? tree.set(path, version) : tree.delete(path);
    save({ tree, commits: [...kept().commits, { author, id, at: now(), changed }] });
  };
  return {
    keep: (coming: readonly FileChange[] = []) => {
      const there = filesOf(layout);
      for (const left of kept().coming) commitLeft(left, there, kept(), commit);
      commit('person', null, differences(kept().tree, there));
      save({ coming: coming.flatMap(asComing) });
    },
    commit: ({ id, after }) => {
      const there = filesOf(layout);
      const changes = after.filter(({ path }) => isPolicyPath(path)).flatMap((stamp) => asWritten(stamp, kept().tree, there));
      commit(authorOf(id, changes, kept().commits), id, changes);
    },
    version: ({ path, digest: wanted }) => found(kept(), path, wanted),
    changes: (id) => changesOf(kept(), id),
    since: (time) => sinceOf(kept(), time),
    written: () => passages(layout, kept()),
    isOwn: (path) => {
      const text = filesOf(layout).get(path)?.text;
      return text !== undefined && kept().tree.get(path)?.text === text && lastOf(kept(), path)?.author === 'flyball';
    },
    deletedFrom: (path) => deletedFrom(kept(), filesOf(layout), path),
    patch: async () => null,
  };
}

function filesOf(layout: Layout): Map<string, Version> {
  const there = new Map<string, Version>();
  for (const file of policyFiles(layout).files) {
    const content = contentOf(layout, file);
    if (content) there.set(file.path, { text: Buffer.from(content.bytes).toString('utf8'), executable: content.mode === '100755' });
  }
  return there;
}

const same = (a: Version | undefined, b: Version | undefined) => a?.text === b?.text && a?.executable === b?.executable;

function differences(from: Tree, to: Tree): [string, Version | null][] {
  const paths = new Set([...from.keys(), ...to.keys()]);
  return [...paths].filter((path) => !same(from.get(path), to.get(path))).map((path) => [path, to.get(path) ?? null]);
}

function asComing({ path, before, after, mode = 0 }: FileChange): Coming[] {
  return after !== null && isPolicyPath(path) ? [{ path, before: before ?? '', after, executable: (mode & 0o100) !== 0 }] : [];
}

function commitLeft(
  left: Coming,
  there: Tree,
  { tree }: Kept,
  commit: (author: Author, id: null, changes: readonly [string, Version][]) => void,
): void {
  const now = there.get(left.path);
  if (!now || tree.get(left.path)?.text === left.after || !arrivedIn(now.text, left) || tree.get(left.path)?.text === now.text) return;
  commit('flyball', null, [[left.path, { text: left.after, executable: left.executable }]]);
}

function asWritten({ path, digest: wanted }: Stamp, tree: Tree, there: Tree): [string, Version | null][] {
  const now = there.get(path);
  if (wanted === null) return now || !tree.has(path) ? [] : [[path, null]];
  return now && digest(now.text) === wanted && !same(tree.get(path), now) ? [[path, now]] : [];
}

/** What a person's verb brings back is whose it was. */
function authorOf(id: string, changes: readonly [string, Version | null][], commits: readonly Commit[]): Author {
  if (!id.startsWith('p')) return 'flyball';
  const authors = changes.flatMap(([path, version]) => {
    if (!version) return [];
    const first = commits.find(({ changed }) => changed.some((one) => one.path === path && one.now?.text === version.text));
    return [first?.author ?? (path.startsWith('sensors/') ? 'person' : 'flyball')];
  });
  return authors.length > 0 && authors.every((author) => author === 'person') ? 'person' : 'flyball';
}

function found({ commits }: Kept, path: string, wanted: string | null): Version | null {
  for (const { changed } of commits.toReversed())
    for (const one of changed) if (one.path === path && one.now && digest(one.now.text) === wanted) return one.now;
  return null;
}

function changesOf({ commits }: Kept, id: string): ReturnType<FileHistory['changes']> {
  const commit = commits.findLast((one) => one.id === id);
  const stamp = (path: string, version: Version | null): Stamp => ({ path, digest: version && digest(version.text) });
  return (
    (commit && {
      at: commit.at.toISOString(),
      before: commit.changed.map(({ path, was }) => stamp(path, was)),
      after: commit.changed.map(({ path, now }) => stamp(path, now)),
    }) ??
    null
  );
}

function sinceOf({ commits, tree }: Kept, time: Date): Difference[] | null {
  const then = new Map<string, Version>();
  const past = commits.filter(({ at }) => at <= time);
  if (past.length === 0) return null;
  for (const { changed } of past) for (const { path, now } of changed) now ? then.set(path, now) : then.delete(path);
  return differences(then, tree).map(([path, now]) => ({ path, was: then.get(path) ?? null, now }));
}

function* passages(layout: Layout, { commits, coming }: Kept): Generator<Written> {
  for (const { author, changed } of commits)
    for (const { path, was, now } of changed) {
      const former = new Set(was?.text.split('\n'));
      const text = (now?.text ?? '').split('\n').filter((line) => !former.has(line));
      if (text.length > 0) yield { path, by: author === 'person' ? 'person' : 'agent', text: text.join('\n') };
    }
  for (const { path, after } of coming) yield { path, by: 'agent', text: after };
  for (const [path, { text }] of filesOf(layout)) yield { path, by: 'person', text };
}

function lastOf({ commits }: Kept, path: string): Commit | undefined {
  return commits.findLast(({ changed }) => changed.some((one) => one.path === path));
}

function deletedFrom(kept: Kept, there: Tree, path: string): { commit: string; at: string } | null {
  if (there.has(path)) return null;
  const about = kept.commits.filter(({ changed }) => changed.some((one) => one.path === path)).toReversed();
  const [removal, written] = kept.tree.has(path) ? [undefined, about[0]] : [about[0], about[1]];
  if (!kept.tree.has(path) && removal?.author !== 'person') return null;
  if (written?.author !== 'flyball') return null;
  return { commit: String(kept.commits.indexOf(written)), at: written.at.toISOString() };
}
