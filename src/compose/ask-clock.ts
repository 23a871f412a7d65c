// The clock of open asks in a running pulse: a timer of its own, so that neither a beat nor a slow sensor delays it.
import type { AskTimes } from '../asks/times.ts';
import { describeError } from '../errors.ts';
import type { Clock, Events } from '../ports.ts';

/** At the latest after this it is looked whether something is due: a timer alone would trust that no machine sleeps. */
const GLANCE_MS = 10_000;
/** What fails is tried again after this. */
const AGAIN_MS = 1_000;

export interface AskClockPorts {
  times: AskTimes;
  clock: Clock;
  events: Events;
  frozen(): boolean;
  /** An ask was settled: the world is worth a look. */
  onSettled(): void;
}

export interface AskClock {
  /** The asks may have changed. */
  changed(): void;
  close(): void;
}

export function startAskClock({ times, clock, events, frozen, onSettled }: AskClockPorts): AskClock {
  let timer: NodeJS.Timeout | null = null;
  let closed = false;
  const look = () => {
    try {
      if (times.look({ frozen: frozen() })) onSettled();
      return 0;
    } catch (error) {
      events.emit({ event: 'asks-not-looked-at', message: describeError(error) });
      return AGAIN_MS;
    }
  };
  const set = (least: number) => {
    if (closed) return;
    if (timer) clearTimeout(timer);
    const due = times.nextDueAt(clock.now());
    const wait = due === null ? GLANCE_MS : Math.min(due.getTime() - clock.now().getTime(), GLANCE_MS);
    timer = setTimeout(turn, Math.max(wait, least));
  };
  const turn = () => {
    const due = times.nextDueAt(clock.now());
    set(due !== null && due <= clock.now() ? look() : 0);
  };
  set(0);
  return {
    changed: () => {
      times.changed();
      set(0);
    },
    close: () => {
      closed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
