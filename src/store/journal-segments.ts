// The kept segments of the journal, oldest first; the current one is the last.
import { join } from 'node:path';
import { listNames } from '../lib/files.ts';
import { CLOSED_SEGMENT, closedSegmentName, type Layout } from './layout.ts';

/** Kept beside the current one. */
export const CLOSED_SEGMENTS = 3;

export function closedSegments(layout: Layout): string[] {
  return listNames(layout.machine)
    .filter((name) => CLOSED_SEGMENT.test(name))
    .map((name) => join(layout.machine, name));
}

export function closedName(layout: Layout, firstSeq: number): string {
  return join(layout.machine, closedSegmentName(firstSeq));
}
