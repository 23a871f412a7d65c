// Readings as kept in .flyball/readings/NAME.json.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../errors.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames, readText, removeIfThere, writeAtomic } from '../lib/files.ts';
import { isId } from '../lib/id.ts';
import { isCount, isNumber, isOneOf, isShaped, isText, isThere, isTime, orNull } from '../lib/shape.ts';
import type { Reading } from '../world/reading.ts';

const isReading = isShaped<Reading>({
  v: isOneOf(1),
  name: isText,
  signal: isThere,
  detail: isThere,
  error: orNull(isOneOf('exit', 'timeout', 'signal', 'invalid-json', 'too-large', 'spawn', 'pending')),
  trust: isOneOf('trusted', 'untrusted'),
  held: orNull(isShaped<NonNullable<Reading['held']>>({ signal: isThere, since: isTime })),
  flaps: isCount,
  script: isText,
  onDigest: orNull(isText),
  ms: orNull(isNumber),
  bytes: orNull(isNumber),
});

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
      if (text === null) return null;
      const kept: unknown = JSON.parse(text);
      if (isReading(kept)) return kept;
      throw new Error('it is no reading of this version');
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
