// beats/<id>/: one folder a beat, its id taken by exclusive mkdir. The record is rewritten as it grows.
import { closeSync, fstatSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder, readText, writeAtomic } from '../lib/files.ts';
import type { BeatStore } from '../ports.ts';
import type { BeatRecord } from '../world/record.ts';
import type { RuleStates } from '../world/rule-state.ts';
import type { World } from '../world/world.ts';
import type { Layout } from './layout.ts';

/** Beats kept: the newest so many, and all of the last days, whichever is more. */
const KEEP_COUNT = 500;
const KEEP_MS = 7 * 86_400_000;
const LOG_BYTES = 1024 * 1024;
/** Somebody else may take a number between our look and our mkdir; more than this is not chance. */
const TRIES = 100;

export function createBeats(layout: Layout): BeatStore {
  const folder = (beat: number) => join(layout.beats, String(beat));
  const newest = (limit: number) => ids(layout).slice(0, limit);
  const save = (record: BeatRecord) =>
    writeAtomic(join(folder(record.id ?? 0), 'record.json'), `${JSON.stringify(record)}\n`, { durable: false });
  return {
    folder,
    newest,
    save,
    open(record, after) {
      const id = takeNext(layout, after);
      save({ ...record, id });
      return id;
    },
    write: (beat, name, content) => writeAtomic(join(folder(beat), name), content, { durable: false }),
    read: (beat) => readJson<BeatRecord>(join(folder(beat), 'record.json')),
    world: rememberedWorld((beat) => join(folder(beat), 'world.json')),
    ruleStates: (beat) => readJson<RuleStates>(join(folder(beat), 'rules.json')),
    log: (beat, bytes) => appendBounded(join(folder(beat), 'decider.log'), bytes),
    prune: (keep, now) => prune({ layout, folder, keep, now }),
  };
}

/** Newest first. Names that are no number are not ours and are left alone. */
function ids(layout: Layout): number[] {
  return listNames(layout.beats)
    .filter((name) => /^[1-9]\d{0,14}$/.test(name))
    .map(Number)
    .sort((a, b) => b - a);
}

function takeNext(layout: Layout, after: number): number {
  makeFolder(layout.beats);
  for (let id = Math.max(ids(layout)[0] ?? 0, after) + 1, tries = 0; tries < TRIES; id++, tries++) {
    try {
      mkdirSync(join(layout.beats, String(id)), { mode: 0o700 });
      return id;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
  throw new Error(`no beat number was free in ${layout.beats} after ${TRIES} tries`);
}

/** Written by us and whole by rename, so that it is taken as what it says; null when there is none. */
function readJson<T>(path: string): T | null {
  const text = readText(path);
  return text === null ? null : (JSON.parse(text) as T);
}

/** The last one that was asked for (the baseline, beat after beat) is parsed once: each write makes a new file, so its inode and times tell it. */
function rememberedWorld(pathOf: (beat: number) => string): (beat: number) => World | null {
  let last: { path: string; stamp: string; world: World | null } | null = null;
  return (beat) => {
    const path = pathOf(beat);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return null;
    const stamp = `${stat.ino} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.size}`;
    if (last?.path !== path || last.stamp !== stamp) last = { path, stamp, world: readJson<World>(path) };
    return last.world;
  };
}

function appendBounded(path: string, bytes: string | Uint8Array): void {
  const fd = openSync(path, 'a', 0o600);
  try {
    const room = LOG_BYTES - fstatSync(fd).size;
    if (room > 0) writeSync(fd, Buffer.from(bytes as Uint8Array).subarray(0, room)); // Buffer.from takes both
  } finally {
    closeSync(fd);
  }
}

function prune(options: { layout: Layout; folder(beat: number): string; keep: ReadonlySet<number>; now: Date }): void {
  const { layout, folder, keep, now } = options;
  const old = ids(layout).slice(KEEP_COUNT);
  for (const beat of old) {
    if (keep.has(beat)) continue;
    const record = readJson<BeatRecord>(join(folder(beat), 'record.json'));
    // A folder without a record was left by a crash long ago; one with a time in the future stays.
    if (record !== null && Date.parse(record.at) > now.getTime() - KEEP_MS) continue;
    rmSync(folder(beat), { recursive: true, force: true });
  }
}
