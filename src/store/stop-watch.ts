// Watches the home for STOP: undebounced, and by looking where changes are not announced.
import { type FSWatcher, lstat, watch } from 'node:fs';
import { remoteFileSystem } from '../lib/file-system.ts';
import type { Layout } from './layout.ts';

/** Looking this often leaves half of the 100 ms for the freezing. */
const LOOK_MS = 50;

export interface StopWatch {
  close(): void;
}

export interface StopWatchEvents {
  /** Something appeared or went directly in the home: STOP may be it. At once. */
  onTop(): void;
  onError(message: string): void;
}

/** `poll` is for tests; unset, a network or synced file system is polled beside being watched, and so is a home that cannot be watched. */
export function watchStop(layout: Layout, events: StopWatchEvents, options: { poll?: boolean } = {}): StopWatch {
  let looking: StopWatch | null = null;
  const poll = () => {
    looking ??= lookForStop(layout, events.onTop);
  };
  let watching: FSWatcher | null = null;
  try {
    watching = watch(layout.home, { persistent: true }, () => events.onTop());
    watching.on('error', (error) => {
      events.onError(String(error));
      poll();
    });
  } catch (error) {
    events.onError(String(error)); // no inotify left
    poll();
  }
  if (options.poll ?? isRemote(layout)) poll();
  return {
    close() {
      watching?.close();
      looking?.close();
    },
  };
}

function isRemote(layout: Layout): boolean {
  try {
    return remoteFileSystem(layout.home) !== null;
  } catch {
    return true; // what it lies on is not known
  }
}

/** One look at a time: a network that hangs must not gather them. */
function lookForStop(layout: Layout, onTop: () => void): StopWatch {
  let seen: string | null = null;
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    lstat(layout.stop, (error, stat) => {
      busy = false;
      const now = error ? (error.code ?? 'error') : `${stat.ino} ${stat.mtimeMs}`;
      if (seen !== null && now !== seen) onTop();
      seen = now;
    });
  }, LOOK_MS);
  return { close: () => clearInterval(timer) };
}
