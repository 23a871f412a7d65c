// Readings as kept in .flyball/readings/NAME.json.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { describeError } from '../errors.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames, readText, removeIfThere, writeAtomic } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import type { Reading } from '../world/reading.ts';

const readingSchema = z.object({
  v: z.literal(1),
  name: z.string(),
  signal: z.json(),
  detail: z.json(),
  error: z.enum(['exit', 'timeout', 'signal', 'invalid-json', 'too-large', 'spawn', 'pending']).nullable(),
  trust: z.enum(['trusted', 'untrusted']),
  held: z.object({ signal: z.json(), since: z.iso.datetime() }).nullable(),
  flaps: z.int().nonnegative(),
  script: z.string(),
  onDigest: z.string().nullable(),
  ms: z.number().nullable(),
  bytes: z.number().nullable(),
}) satisfies z.ZodType<Reading>;

export interface KeptReadings {
  all(): Map<string, Reading>;
  save(reading: Reading): void;
  /** Removes the reading of every sensor that `exists` does not know. */
  prune(exists: (name: string) => boolean): void;
}

/** `trouble` hears what could not be read or written; a reading is looked at again anyway, so neither is fatal. */
export function keptReadings(folder: string, trouble: (what: string) => void): KeptReadings {
  const pathOf = (name: string) => join(folder, `${name}.json`);
  const names = () => listNames(folder).flatMap((file) => (file.endsWith('.json') && isId(file.slice(0, -5)) ? [file.slice(0, -5)] : []));
  const read = (name: string): Reading | null => {
    try {
      const text = readText(pathOf(name));
      return text === null ? null : readingSchema.parse(JSON.parse(text));
    } catch (error) {
      trouble(`the kept reading of "${name}" is unreadable and will be taken anew: ${describeError(error)}`);
      return null;
    }
  };
  return {
    all: () => new Map(names().flatMap((name) => [read(name)].flatMap((reading) => (reading ? [[name, reading] as const] : [])))),
    save(reading) {
      try {
        makeFolderOnce(folder);
        // Not synced: after a power cut the sensor says it again.
        writeAtomic(pathOf(reading.name), `${JSON.stringify(reading)}\n`, { durable: false });
      } catch (error) {
        trouble(`the reading of "${reading.name}" could not be kept: ${describeError(error)}`);
      }
    },
    prune(exists) {
      try {
        for (const name of names()) if (!exists(name)) removeIfThere(pathOf(name));
      } catch (error) {
        trouble(`the readings of removed sensors could not be cleared: ${describeError(error)}`);
      }
    },
  };
}

/** Only the last folder: a home that has vanished must not come back to life as an empty one. */
function makeFolderOnce(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
