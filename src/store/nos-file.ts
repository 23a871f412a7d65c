// .flyball/nos.json, the memory of no as a file. Whoever changes it holds the write lock.
import * as z from 'zod';
import { TerminalError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import { readText, writeAtomic } from '../lib/files.ts';
import type { No } from '../world/no.ts';
import { homeFiles } from './home-files.ts';
import type { Layout } from './layout.ts';

/** More than anybody says; then the oldest are forgotten. */
const NOS_CAP = 500;

const schema = z.object({
  v: z.literal(1),
  nos: z.array(
    z.object({
      kind: z.string(),
      target: z.string().nullable(),
      path: z.string().nullable(),
      what: z.string().nullable(),
      why: z.enum(['undone', 'refused', 'deleted', 'interrupted']),
      id: z.string(),
      at: z.iso.datetime(),
      digest: z.string().nullable().optional(),
      forgotten: z.literal(true).optional(),
    }),
  ),
});

/** Fails closed: a memory of no that cannot be read is not an empty one. */
export function readNos(layout: Layout): No[] {
  const text = readText(layout.nos);
  if (text === null) return [];
  const read = schema.safeParse(parse(text));
  if (!read.success)
    throw new TerminalError(`${layout.nos} is damaged; look at it, then move it away: what you refused is then no longer remembered`);
  return read.data.nos.map(({ digest: stamp, forgotten, ...no }) => ({
    ...no,
    ...(stamp === undefined ? {} : { digest: stamp }),
    ...(forgotten ? { forgotten } : {}),
  }));
}

export function writeNos(layout: Layout, nos: readonly No[]): void {
  writeAtomic(layout.nos, `${JSON.stringify({ v: 1, nos: nos.slice(-NOS_CAP) })}\n`);
}

/** Once for each id; its file is remembered as it is now. */
export function leaveNo(layout: Layout, no: No): void {
  const others = readNos(layout).filter(({ id }) => id !== no.id);
  writeNos(layout, [...others, no.path === null ? no : { ...no, digest: stampOf(layout, no.path) }]);
}

/** They are taken back: each goes, or stays as forgotten where it would else be found anew. */
export function takeBack(layout: Layout, ids: readonly string[]): void {
  const nos = readNos(layout);
  if (!nos.some(({ id }) => ids.includes(id))) return;
  const next = nos.flatMap((no): No[] => (!ids.includes(no.id) ? [no] : no.why === 'deleted' ? [{ ...no, forgotten: true }] : []));
  writeNos(layout, next);
}

/** Digest of a file of the home now; null when there is none. */
export function stampOf(layout: Layout, path: string | null): string | null {
  const text = path === null ? null : homeFiles(layout, () => false).read(path);
  return text === null ? null : digest(text);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
