// What differs between two worlds, item by item. Only what takes part in change detection is compared
// (DESIGN 3 and 4): texts of policy files, signals, and the one word that each other section gives.
import { canonicalJson, digest, isPlainObject } from '../lib/digest.ts';
import { toPointer } from '../lib/pointer.ts';
import type { Change, World, WorldGoal } from './world.ts';

/** Longest old or new value that a change carries, in characters. */
const VALUE_CAP = 240;
/** Signals are compared key by key down to here; deeper values as a whole. */
const SIGNAL_DEPTH = 3;

/** Every item that takes part in change detection: its pointer, and its value as text. Goals and readings that are as in `other` may be left out. */
function items(world: World, other: World | null): Map<string, string> {
  const found = new Map<string, string>([['/playbook/text', world.playbook.digest]]);
  for (const [name, goal] of Object.entries(world.goals)) {
    if (other && Object.hasOwn(other.goals, name) && sameGoal(goal, other.goals[name])) continue;
    found.set(toPointer(['goals', name, 'text']), goal.digest);
    goal.conditions.forEach((condition, index) => {
      found.set(toPointer(['goals', name, 'conditions', String(index), 'status']), condition.status);
    });
  }
  for (const [name, reading] of Object.entries(world.readings)) {
    if (other && Object.hasOwn(other.readings, name) && sameValue(reading.signal, other.readings[name]?.signal)) continue;
    flatten(['readings', name, 'signal'], reading.signal, SIGNAL_DEPTH, found);
  }
  for (const [name, worker] of Object.entries(world.workers)) found.set(toPointer(['workers', name, 'signal']), worker.signal);
  for (const [name, ask] of Object.entries(world.asks)) found.set(toPointer(['asks', name, 'signal']), ask.signal);
  for (const [name, schedule] of Object.entries(world.schedules)) {
    if (schedule.due !== null) found.set(toPointer(['schedules', name, 'due']), schedule.due);
  }
  for (const [name, lease] of Object.entries(world.leases)) found.set(toPointer(['leases', name, 'owner']), lease.owner);
  for (const [name, scope] of Object.entries(world.spend)) found.set(toPointer(['spend', name, 'signal']), scope.signal);
  return found;
}

function sameGoal(a: WorldGoal, b: WorldGoal | undefined): boolean {
  return (
    a.digest === b?.digest &&
    a.conditions.length === b.conditions.length &&
    a.conditions.every(({ status }, index) => status === b.conditions[index]?.status)
  );
}

/** Surely the same; what is written in another order may be the same all the same. */
function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function flatten(path: string[], value: unknown, depth: number, into: Map<string, string>): void {
  if (depth > 0 && isPlainObject(value) && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value)) flatten([...path, key], inner, depth - 1, into);
  } else into.set(toPointer(path), typeof value === 'string' ? value : canonicalJson(value ?? null));
}

/** Digest of all that takes part in change detection; framed as JSON, so no content can imitate another part. */
export function worldDigest(world: World): string {
  return digest(JSON.stringify([...items(world, null)].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Digest of the texts that only a person should change, to tell whether one was edited. */
export function policyDigest(world: World, configDigest: string): string {
  const goals = Object.entries(world.goals).map(([name, goal]) => [name, goal.digest]);
  return digest(JSON.stringify([configDigest, world.playbook.digest, goals.sort()]));
}

/** What changed from `before` to `after`, in the order of the sections. Whole goals and readings that come or go are one change each. */
export function diff(before: World, after: World): Change[] {
  const [old, now] = [items(before, after), items(after, before)];
  const changes = new Map<string, Change>();
  for (const [path, value] of now) {
    const former = old.get(path);
    if (former === value) continue;
    const whole = cameOrWent(path, before);
    if (former === undefined && whole) changes.set(whole, { path: whole, op: 'added', old: null, new: shown(whole, after) });
    else changes.set(path, describe(path, former ?? null, value, { before, after }));
  }
  for (const [path, value] of old) {
    if (now.has(path) || isAnsweredAsk(path, value)) continue;
    const whole = cameOrWent(path, after);
    if (whole) changes.set(whole, { path: whole, op: 'gone', old: shown(whole, before), new: null });
    else changes.set(path, { path, op: 'gone', old: cap(value), new: null });
  }
  return [...changes.values()];
}

/** Answered and seen so: that it is put away then is no news. */
function isAnsweredAsk(path: string, signal: string): boolean {
  return path.startsWith('/asks/') && signal === 'answered';
}

/** The pointer of the goal or reading that `path` lies in, when `other` does not have it at all. */
function cameOrWent(path: string, other: World): string | null {
  const [, section, name] = path.split('/');
  if (name === undefined) return null;
  const plain = name.replaceAll('~1', '/').replaceAll('~0', '~');
  if (section === 'goals' && !Object.hasOwn(other.goals, plain)) return `/goals/${name}`;
  if (section === 'readings' && !Object.hasOwn(other.readings, plain)) return `/readings/${name}`;
  return null;
}

function shown(pointer: string, world: World): string {
  const [, section, name = ''] = pointer.split('/');
  const plain = name.replaceAll('~1', '/').replaceAll('~0', '~');
  if (section === 'goals') return cap(world.goals[plain]?.text ?? '');
  return cap(canonicalJson(world.readings[plain]?.signal ?? null));
}

function describe(path: string, former: string | null, value: string, worlds: { before: World; after: World }): Change {
  const op = former === null ? 'added' : 'changed';
  if (!path.endsWith('/text')) return { path, op, old: former === null ? null : cap(former), new: cap(value) };
  const [old, now] = differingLines(textAt(path, worlds.before), textAt(path, worlds.after));
  return { path, op, old: cap(old), new: cap(now) };
}

function textAt(path: string, world: World): string {
  if (path === '/playbook/text') return world.playbook.text;
  const name = (path.split('/')[2] ?? '').replaceAll('~1', '/').replaceAll('~0', '~');
  return world.goals[name]?.text ?? '';
}

/** The lines between the common beginning and the common end of two texts. */
function differingLines(old: string, now: string): [string, string] {
  const [a, b] = [old.split('\n'), now.split('\n')];
  let start = 0;
  while (start < Math.min(a.length, b.length) && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  return [a.slice(start, a.length - end).join('\n'), b.slice(start, b.length - end).join('\n')];
}

function cap(value: string): string {
  return value.length <= VALUE_CAP ? value : `${value.slice(0, VALUE_CAP - 1)}…`;
}
