// Beating and living: one beat, the pulse in the foreground, the pulse apart, and its end.
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { describeError, PersonError } from '../errors.ts';
import { homesOf, pulseLockHeld } from '../home.ts';
import { errorCode } from '../lib/error-code.ts';
import { remoteFileSystem } from '../lib/file-system.ts';
import { makeFolder } from '../lib/files.ts';
import { rotateAbove } from '../lib/rotate.ts';
import { Pulse } from '../pulse.ts';
import { watchStop } from '../store/stop-watch.ts';
import { watchHome } from '../store/watch.ts';
import { beatByPulse, tellPulseToEnd } from '../surfaces/socket/client.ts';
import { servePerson, serveWorkers } from '../surfaces/socket/server.ts';
import { beatLines } from '../verbs/beat-text.ts';
import type { Door, PulseState } from '../verbs/hands.ts';
import type { BeatRecord } from '../world/record.ts';
import { startAskClock } from './ask-clock.ts';
import { workerAnswers } from './ask-line.ts';
import { Governor, GRACE_MS } from './governor.ts';

/** A pulse that was started apart answers within this, or is said not to run. */
const START_MS = 10_000;
/** A pulse ends its children and lets go of its lock within this. */
const END_MS = 15_000;
/** From the freed lock to the end of the process. */
const EXIT_MS = 2_000;
const LOOK_MS = 20;
/** A decider that STOP ends is gone within this. */
const STILL_MS = 2_000;
const LOG_BYTES = 1024 * 1024;

const line = (door: Door) => ({ ...door, at: door.layout });

/** Passed to the running pulse over its socket, else under the lock here. */
export async function beatOnce(door: Door, options: { force: boolean }): Promise<BeatRecord> {
  const answer = await beatByPulse(line(door), { ...options, signal: door.signal });
  if (answer.answered) return answer.result;
  const governor = await Governor.open(door);
  const onError = (message: string) => governor.adapters.events.emit({ event: 'watch', message });
  const watch = watchStop(door.layout, { onTop: () => governor.glance(), onError });
  try {
    const request = { ...options, all: true, signal: door.signal, effects: door.signal };
    const record = await governor.beat(request);
    await governor.slowSensors(door.signal);
    return record;
  } finally {
    watch.close();
    await governor.close();
  }
}

/** The pulse, until Ctrl-C, TERM, `down`, or the end of its home. */
export async function upForeground(door: Door, options: { ready(state: PulseState): void }): Promise<0 | 70> {
  const governor = await Governor.open(door);
  governor.note('epoch-begun', {});
  const { ending, effects, left, end } = endings(governor);
  door.signal.addEventListener('abort', () => end(door.signal.reason === 'SIGTERM' ? GRACE_MS.SIGTERM : GRACE_MS.other));
  const pulse = new Pulse(portsOf(door, governor));
  const unlisten = governor.onNews(() => pulse.wake());
  const since = door.clock.now().toISOString();
  const state = () => ({ pid: process.pid, epoch: governor.epoch, since, busy: pulse.busy ? ('deciding' as const) : null });
  const server = await servePerson(line(door), {
    ping: state,
    beat: async ({ force }) => {
      await unlessStandingStill(() => governor.frozen && pulse.busy, door);
      return pulse.beatNow(force);
    },
    down: () => end(GRACE_MS.other),
  });
  const workers = await serveWorkers(line(door), workerAnswers({ ...door, asks: governor.adapters.asks }));
  const asking = startAskClock({
    ...governor.adapters,
    times: governor.askTimes,
    frozen: governor.ports().frozen,
    onSettled: () => governor.news(),
  });
  const watch = await watchHome(
    door.layout,
    {
      onChange: () => {
        asking.changed();
        governor.news();
      },
      onTop: () => (governor.lost() ? end(GRACE_MS.other) : governor.glance()),
      onError: (message) => governor.adapters.events.emit({ event: 'watch', message }),
    },
    { poll: remoteFileSystem(door.layout.home) !== null },
  );
  const unmark = markRunning(door);
  try {
    options.ready({ running: true, ...state(), version: door.version });
    const lost = await Promise.race([pulse.run({ signal: ending, effects }), left]);
    if (lost) door.say(`the pulse has ended: ${lost}`);
    return lost ? 70 : 0;
  } finally {
    unlisten();
    asking.close();
    unmark();
    await watch.close();
    await Promise.all([server.close(), workers.close()]);
    await governor.close();
  }
}

/** How a pulse is told to end: it begins nothing more, and a grace later what runs is ended, or left. */
function endings(governor: Governor) {
  const ending = new AbortController();
  const effects = new AbortController();
  let leave: () => void = () => undefined;
  const left = new Promise<null>((resolve) => {
    leave = () => resolve(null); // a command that stands still is not ended: the next pulse takes it over
  });
  const end = (grace: number) => {
    if (ending.signal.aborted) return;
    ending.abort();
    setTimeout(() => (governor.frozen ? leave() : effects.abort()), grace).unref();
  };
  return { ending: ending.signal, effects: effects.signal, left, end };
}

/** Throws when a beat is under way that will not end before STOP goes. */
async function unlessStandingStill(stands: () => boolean, door: Door): Promise<void> {
  const goesOn = await until(STILL_MS, async () => (stands() ? null : true));
  if (goesOn) return;
  throw new PersonError('everything is frozen, and so is the beat that is under way', { hint: `${door.command} resume`, code: 1 });
}

function portsOf(door: Door, governor: Governor): ConstructorParameters<typeof Pulse>[0] {
  const { adapters } = governor;
  return {
    clock: door.clock,
    events: adapters.events,
    beat: async (request) => {
      const record = await governor.beat(request);
      if (record.id !== null) door.emit({ json: record, text: beatLines(record).join('\n') });
      return record;
    },
    look: (signal) => governor.look(signal),
    nextLookAt: () => earliest(adapters.sensors.nextDueAt(door.clock.now()), adapters.goals.nextDueAt(door.clock.now())),
    nextWakeAt: () => governor.nextWakeAt(),
    intervalMs: () => governor.settings.interval,
    mustEnd: () => governor.lost(),
    note: (event, fields) => governor.note(event, fields),
  };
}

function earliest(...dates: (Date | null)[]): Date | null {
  const times = dates.flatMap((date) => (date ? [date.getTime()] : []));
  return times.length > 0 ? new Date(Math.min(...times)) : null;
}

/** Where `flyball` without a home finds the only one that runs. Returns how to take it back. */
function markRunning(door: Door): () => void {
  const homes = homesOf(door.env);
  try {
    homes.markRunning(door.layout.home);
  } catch (error) {
    door.say(`other directories will not find this home by themselves: ${describeError(error)}`);
  }
  return () => homes.unmarkRunning(door.layout.home);
}

/** Starts the pulse apart from this terminal; resolves when it has answered. */
export async function upDetached(door: Door): Promise<Extract<PulseState, { pid: number }>> {
  makeFolder(door.layout.machine);
  // What it does is in the journal and the beats; the log is for what goes wrong.
  rotateAbove(door.layout.pulseLog, { archive: door.layout.pulseLog, bytes: LOG_BYTES, keep: 1 });
  const log = openSync(door.layout.pulseLog, 'a', 0o600);
  const [program, ...words] = door.self;
  const child = spawn(program, [...words, 'up', '--foreground', '--yes'], {
    cwd: door.layout.home,
    detached: true,
    stdio: ['ignore', 'ignore', log],
    env: { ...door.env },
  });
  closeSync(log);
  const died = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  const state = await until(
    START_MS,
    async () => {
      const now = await door.pulse();
      return now.running && now.pid !== null ? now : null;
    },
    died,
  );
  child.unref();
  if (typeof state === 'object' && state) return state;
  const why = typeof state === 'string' ? `it ended (${state})` : `it did not answer within ${START_MS / 1_000} s`;
  throw new PersonError(`the pulse did not start: ${why}`, { hint: `read ${door.layout.pulseLog}`, code: 1 });
}

/** Resolves when the lock is free and the process is gone. False: no pulse was running. */
export async function down(door: Door): Promise<boolean> {
  const before = await door.pulse();
  const pid = before.running ? before.pid : null;
  const answer = await tellPulseToEnd(line(door));
  if (!answer.answered && answer.why !== 'silent' && !pulseLockHeld(door.layout)) return false;
  const ended = await until(END_MS, async () => (pulseLockHeld(door.layout) ? null : true));
  if (ended !== true) {
    throw new PersonError('the pulse still holds its lock', {
      hint: `it may finish an effect; look again with: ${door.command} status`,
      code: 1,
    });
  }
  // A process that nobody reaps (no init in a container) stays in the table: not waited for longer than it takes to exit.
  if (pid !== null) await until(EXIT_MS, async () => (lives(pid) ? null : true));
  return true;
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) !== 'ESRCH';
  }
}

/** What `look` finds, what `instead` says, or null after `patienceMs`. */
async function until<T>(patienceMs: number, look: () => Promise<T | null>, instead?: Promise<string>): Promise<T | string | null> {
  let other: string | null = null;
  void instead?.then((said) => {
    other = said;
  });
  for (const began = performance.now(); performance.now() - began < patienceMs; ) {
    const found = await look();
    if (found !== null) return found;
    if (other !== null) return other;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return null;
}
