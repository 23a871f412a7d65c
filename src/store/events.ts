// events.ndjson: diagnostic lines; never read by the program, and never a reason to fail.
import { appendFileSync } from 'node:fs';
import { rotateAbove } from '../lib/rotate.ts';
import type { Events } from '../ports.ts';
import type { Layout } from './layout.ts';

const FILE_BYTES = 5 * 1024 * 1024;
const OLDER_KEPT = 3;
/** Between two looks at the file's size. */
const CHECK_EVERY = 100;

export function openEvents({ layout, now }: { layout: Layout; now(): Date }): Events {
  let written = 0;
  return {
    emit: (event) => {
      try {
        if (written++ % CHECK_EVERY === 0) rotateAbove(layout.events, { archive: layout.events, bytes: FILE_BYTES, keep: OLDER_KEPT });
        appendFileSync(layout.events, `${JSON.stringify({ ...event, at: now().toISOString() })}\n`, { mode: 0o600 });
      } catch {
        // A display, not a record: a full disk is told by the journal's gate.
      }
    },
  };
}
