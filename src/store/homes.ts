// What this user's account knows of homes: which are allowed, and in which a pulse was started. It lies in the
// user's state folder, outside every home, so that nothing inside a home can speak for itself.
import { realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digest, isPlainObject } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import { listNames, makeFolder, readText, removeIfThere, writeAtomic } from '../lib/files.ts';

interface Allowed {
  v: 1;
  home: string;
  ino: number;
  /** The home's id, when it had one: it is still the same home after a move to another disk. */
  id: string | null;
  how: 'made' | 'allowed';
  at: string;
}

export class Homes {
  readonly #allowed: string;
  readonly #running: string;

  /** `folder` is the user's state folder for flyball. */
  constructor(folder: string) {
    this.#allowed = join(folder, 'homes');
    this.#running = join(folder, 'running');
  }

  /** The same path with the same inode, or with the same home id. */
  isAllowed(home: string, id: string | null): boolean {
    const place = whereabouts(home);
    const kept = place && read<Allowed>(join(this.#allowed, fileName(place.path)));
    if (!place || !kept || kept.home !== place.path) return false;
    return kept.ino === place.ino || (id !== null && kept.id === id);
  }

  allow(home: string, options: { id: string | null; how: Allowed['how']; at: Date }): void {
    const place = whereabouts(home);
    if (!place) throw new Error(`${home} is not there`);
    const entry: Allowed = { v: 1, home: place.path, ino: place.ino, id: options.id, how: options.how, at: options.at.toISOString() };
    makeFolder(this.#allowed);
    writeAtomic(join(this.#allowed, fileName(place.path)), `${JSON.stringify(entry)}\n`);
  }

  /** A pulse says where it runs. Never trusted for more than that: whoever reads it looks whether it is so. */
  markRunning(home: string): void {
    makeFolder(this.#running);
    writeAtomic(join(this.#running, fileName(home)), `${JSON.stringify({ v: 1, home })}\n`, { durable: false });
  }

  unmarkRunning(home: string): void {
    removeIfThere(join(this.#running, fileName(home)));
  }

  /** Homes in which a pulse was started and has not said that it ended. */
  marked(): string[] {
    return listNames(this.#running).flatMap((name) => {
      const home = read<{ home?: unknown }>(join(this.#running, name))?.home;
      return typeof home === 'string' ? [home] : [];
    });
  }
}

function fileName(path: string): string {
  return `${digest(path).slice('sha256:'.length, 'sha256:'.length + 24)}.json`;
}

/** Damaged means not allowed, not running: it is asked once more. */
function read<T>(path: string): T | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isPlainObject(value) ? (value as T) : null; // each field is compared, none is trusted
  } catch {
    return null;
  }
}

function whereabouts(home: string): { path: string; ino: number } | null {
  try {
    const path = realpathSync(home);
    return { path, ino: statSync(path).ino };
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
    throw error;
  }
}
