// events.ndjson: what happened, for people who look closely. A display, not a record: losing a line loses no promise.
import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Clock, Events } from '../ports.ts';
import type { Layout } from './layout.ts';

/** One former file is kept beside the current one, so at most twice this. */
const ROTATE_BYTES = 5 * 1024 * 1024;

export function createEvents(layout: Layout, clock: Clock): Events {
  return {
    emit(event) {
      try {
        if ((statSync(layout.events, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_BYTES) renameSync(layout.events, `${layout.events}.1`);
        appendFileSync(layout.events, `${JSON.stringify({ v: 1, at: clock.now().toISOString(), ...event })}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not fail what the event only tells of; the gate says `no-journal` by itself.
      }
    },
  };
}
