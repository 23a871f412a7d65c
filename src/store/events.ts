// events.ndjson: what happened, for people who look closely. A display, not a record: losing a line loses no promise.
import { appendFileSync } from 'node:fs';
import { rotateAbove } from '../lib/rotate.ts';
import type { Clock, Events } from '../ports.ts';
import type { Layout } from './layout.ts';

const FILE_BYTES = 5 * 1024 * 1024;
/** Beside the current one: four files in all. */
const OLDER_KEPT = 3;

export function createEvents(layout: Layout, clock: Clock): Events {
  return {
    emit(event) {
      try {
        rotateAbove(layout.events, { archive: layout.events, bytes: FILE_BYTES, keep: OLDER_KEPT });
        appendFileSync(layout.events, `${JSON.stringify({ v: 1, at: clock.now().toISOString(), ...event })}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not fail what the event only tells of; the gate says `no-journal` by itself.
      }
    },
  };
}
