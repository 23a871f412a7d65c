// Reading back what history.git keeps: a file by its digest, what one action changed, everything as of a time.
// What is damaged is an error with its cure, never "there is none".
import { describeError, PersonError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import { type GitPlace, git } from '../lib/git.ts';
import type { Difference, Version } from '../ports/history.ts';
import type { Stamp } from '../world/journal.ts';

/** The branch that holds it all. */
export const REF = 'refs/heads/main';
/** Versions of one file that are read at once: the newest are looked for first. */
const TOGETHER = 20;
const LINK = '120000';
const NO_BLOB = /^0+$/;

interface Blob {
  mode: string;
  name: string;
}

/** What a file held when its digest was that one; null when that is not kept. */
export function versionOf(place: GitPlace, { path, digest: wanted }: Stamp): Version | null {
  const log = read(place, ['log', '--format=', '--raw', '--no-abbrev', '--no-renames', '-z', REF, '--', path]).toString('utf8');
  const blobs = new Map<string, Blob>();
  for (const [, oldMode = '', mode = '', old = '', name = ''] of log.matchAll(/:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*\0/g)) {
    for (const blob of [
      { mode, name },
      { mode: oldMode, name: old },
    ])
      if (!NO_BLOB.test(blob.name) && blob.mode !== LINK && !blobs.has(blob.name)) blobs.set(blob.name, blob);
  }
  const all = [...blobs.values()];
  for (let from = 0; from < all.length; from += TOGETHER) {
    const some = all.slice(from, from + TOGETHER);
    const contents = contentsOf(place, some);
    const found = some.find((_, index) => digest(contents[index] ?? Buffer.alloc(0)) === wanted);
    if (found) return asText(path, found, contents[some.indexOf(found)] ?? Buffer.alloc(0));
  }
  return null;
}

/** What the commit of an action changed, and when; null when there is none. */
export function changesOf(place: GitPlace, id: string): { at: string; before: Stamp[]; after: Stamp[] } | null {
  if (!/^[bp]\d+$/.test(id)) return null;
  const found = read(place, ['log', '-1', '--format=%H %ct', `--grep=^Flyball-Id: ${id}$`, REF])
    .toString('utf8')
    .trim();
  const [name, seconds] = found.split(' ');
  if (!name) return null;
  const raw = read(place, ['diff-tree', '-r', '--root', '--no-commit-id', '--no-abbrev', '--no-renames', '-z', name]).toString('utf8');
  const changes = [...raw.matchAll(/:(\d+) (\d+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]\d*\0([^\0]+)\0/g)].map(
    ([, oldMode = '', mode = '', old = '', blob = '', path = '']) => ({
      path,
      before: { mode: oldMode, name: old },
      after: { mode, name: blob },
    }),
  );
  const stamps = (side: 'before' | 'after') =>
    changes.map(
      ({ path, [side]: blob }): Stamp => ({
        path,
        digest: NO_BLOB.test(blob.name) ? null : digest(contentsOf(place, [blob])[0] ?? Buffer.alloc(0)),
      }),
    );
  return { at: new Date(Number(seconds) * 1_000).toISOString(), before: stamps('before'), after: stamps('after') };
}

/** What differs between the files as they were kept at that time and as they are kept now; null when nothing was kept yet. */
export function differencesSince(place: GitPlace, time: Date): Difference[] | null {
  const then = commitAsOf(place, time);
  if (then === null) return null;
  const [old, now] = [treeOf(place, then), treeOf(place, REF)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  return paths.flatMap((path): Difference[] => {
    const [before, after] = [old.get(path) ?? null, now.get(path) ?? null];
    if (before?.name === after?.name && before?.mode === after?.mode) return [];
    return [{ path, was: before && versionNamed(place, path, before), now: after && versionNamed(place, path, after) }];
  });
}

/** The newest commit that is not younger. Clocks are set back now and then, so all are looked at, the newest first. */
function commitAsOf(place: GitPlace, time: Date): string | null {
  const seconds = Math.floor(time.getTime() / 1_000);
  const lines = read(place, ['log', '--format=%H %ct', REF]).toString('utf8').split('\n');
  return lines.find((line) => line !== '' && Number(line.split(' ')[1]) <= seconds)?.split(' ')[0] ?? null;
}

function treeOf(place: GitPlace, commit: string): Map<string, Blob> {
  const files = new Map<string, Blob>();
  for (const entry of read(place, ['ls-tree', '-r', '-z', commit]).toString('utf8').split('\0')) {
    const [, mode, name, path] = /^(\d+) blob ([0-9a-f]+)\t([\s\S]+)$/.exec(entry) ?? [];
    if (mode && name && path) files.set(path, { mode, name });
  }
  return files;
}

function versionNamed(place: GitPlace, path: string, blob: Blob): Version {
  if (blob.mode === LINK)
    throw new PersonError(`${path} is or was a link, which is not put back`, { hint: 'put it right by hand', code: 1 });
  return asText(path, blob, contentsOf(place, [blob])[0] ?? Buffer.alloc(0));
}

function asText(path: string, { mode }: Blob, bytes: Buffer): Version {
  const executable = mode === '100755';
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), executable };
  } catch (error) {
    throw new PersonError(`what is kept of ${path} is no UTF-8 text, which is not put back: ${describeError(error)}`, { code: 1 });
  }
}

/** The bytes of each, in order. */
function contentsOf(place: GitPlace, blobs: readonly Blob[]): Buffer[] {
  const out = read(place, ['cat-file', '--batch'], Buffer.from(blobs.map(({ name }) => `${name}\n`).join('')));
  let at = 0;
  return blobs.map(({ name }) => {
    const end = out.indexOf(0x0a, at);
    const size = Number(/^[0-9a-f]+ blob (\d+)$/.exec(out.subarray(at, end).toString('utf8'))?.[1]);
    if (!Number.isSafeInteger(size)) throw damaged(place, `the object ${name} is missing`);
    at = end + 1 + size + 1;
    return out.subarray(end + 1, end + 1 + size);
  });
}

function read(place: GitPlace, args: readonly string[], input?: Uint8Array): Buffer {
  try {
    return git(place, args, input);
  } catch (error) {
    throw damaged(place, describeError(error), error);
  }
}

/** It fails closed, with its cure. */
export function damaged({ gitDir }: Pick<GitPlace, 'gitDir'>, what: string, cause?: unknown): PersonError {
  return new PersonError(`the history of the policy files cannot be read, so nothing is undone: ${what}`, {
    hint: `put ${gitDir} back from a copy; or move it away: the next action begins a new history, and older versions are only in the old one`,
    code: 1,
    cause,
  });
}
