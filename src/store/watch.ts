// Watches the files that a person edits, so that a save starts the next beat; and STOP, undebounced.
import { existsSync } from 'node:fs';
import { watch } from 'chokidar';
import { makeFolder } from '../lib/files.ts';
import type { Layout } from './layout.ts';
import { type StopWatchEvents, watchStop } from './stop-watch.ts';

/** A save is several events (write, rename, touch): the beat starts when this long was calm, */
const CALM_MS = 100;
/** but under steady writing no later than this after the first of them. */
const CALM_MAX_MS = 2_000;

export interface HomeWatch {
  close(): Promise<void>;
}

export interface WatchEvents extends StopWatchEvents {
  /** Policy files or answers have changed; calm again. */
  onChange(): void;
}

/** Resolves once the watch is in place. What is watched on a network file system is polled by chokidar's own choice of `usePolling`. */
export async function watchHome(layout: Layout, events: WatchEvents, options: { poll: boolean }): Promise<HomeWatch> {
  const calm = debounce(events.onChange);
  makeFolder(layout.asks); // ours to make
  const policy = [layout.playbook, layout.config, layout.goals, layout.sensors, layout.loops];
  // Of what is not there the watcher sees nothing, ever, and is `ready` too early: it is told when it comes.
  const later = latecomers(policy);
  const paths = [...policy.filter((path) => existsSync(path)), layout.asks];
  const watcher = watch(paths, { ignoreInitial: true, persistent: true, depth: 2, usePolling: options.poll });
  watcher.on('all', () => calm.call());
  watcher.on('error', (error) => events.onError(String(error)));
  const ready = new Promise<void>((resolve) => watcher.once('ready', () => resolve()));
  const onTop = () => {
    events.onTop();
    const come = later();
    if (come.length === 0) return;
    watcher.add(come);
    calm.call();
  };
  const top = watchStop(layout, { ...events, onTop });
  await ready;
  return {
    async close() {
      calm.cancel();
      top.close();
      await watcher.close();
    },
  };
}

/** Each time: those of the paths that are there now and were not when it was asked before. */
function latecomers(paths: readonly string[]): () => string[] {
  const missing = new Set(paths.filter((path) => !existsSync(path)));
  return () =>
    paths.filter((path) => {
      const came = existsSync(path) && missing.delete(path);
      if (!existsSync(path)) missing.add(path);
      return came;
    });
}

function debounce(call: () => void): { call(): void; cancel(): void } {
  let timer: NodeJS.Timeout | null = null;
  let first = 0;
  const fire = () => {
    timer = null;
    call();
  };
  return {
    call() {
      const now = performance.now();
      if (timer) clearTimeout(timer);
      else first = now;
      timer = setTimeout(fire, Math.max(0, Math.min(CALM_MS, first + CALM_MAX_MS - now)));
    },
    cancel() {
      if (timer) clearTimeout(timer);
    },
  };
}
