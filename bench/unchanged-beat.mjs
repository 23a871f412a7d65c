// An unchanged beat with 100 sensors, against a bare spawning of the same 100 processes, 8 at a time.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { makeHome, median, withPulse } from './rig.mjs';

const SENSORS = 100;
const AT_A_TIME = 8;
const ROUNDS = 15;

export async function unchangedBeat() {
  const names = Array.from({ length: SENSORS }, (_, at) => `sensors/s${String(at).padStart(3, '0')}.sh`);
  const script = '#!/bin/sh\n# flyball: interval=1h\necho \'{"signal":"same"}\'\n';
  const place = makeHome({
    'flyball.yaml': 'interval: 1h\ndecider: { use: rules }\n',
    'goals/one.md': 'One goal.\n',
    ...Object.fromEntries(names.map((name) => [name, script])),
  });
  const beats = [];
  const floors = [];
  const oneRound = async (line, settled) => {
    const floor = await bareSpawning(
      names.map((name) => join(place.home, name)),
      place,
    );
    const began = performance.now();
    const record = await line.ask({ method: 'beat', force: false });
    const ms = performance.now() - began;
    if (!settled) return; // the first ones settle the home and warm the code
    if (record.gate.reason !== 'unchanged') throw new Error(`the beat was not unchanged but ${record.gate.reason}`);
    beats.push(ms);
    floors.push(floor);
  };
  try {
    await withPulse(place, async (pulse) => {
      const line = await pulse.line();
      for (let round = -3; round < ROUNDS; round++) await oneRound(line, round >= 0);
      line.close();
    });
  } finally {
    place.remove();
  }
  const [beat, floor] = [median(beats), median(floors)];
  return {
    what: `an unchanged beat with ${SENSORS} trivial sensors`,
    floor: `the same ${SENSORS} processes, ${AT_A_TIME} at a time: ${floor.toFixed(0)} ms`,
    figure: `${beat.toFixed(0)} ms, ${(beat / floor).toFixed(2)} ×`,
    target: '≤ 1.25 ×',
    met: beat / floor <= 1.25,
    limit:
      'each start blocks the event loop until the child has begun, and takes longer the more memory the process has (a pulse has twice that of the floor); reading and keeping what a sensor said adds about half a millisecond each',
    how: `medians of ${ROUNDS} rounds, taken in turn; the beat is asked over the socket of a running pulse`,
  };
}

/** Spawns them, reads what they print, and waits for their end: no less can be done. */
async function bareSpawning(paths, { home, env }) {
  const began = performance.now();
  const left = [...paths];
  const worker = async () => {
    for (let path = left.shift(); path; path = left.shift()) await runOne(path, { cwd: home, env });
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  return performance.now() - began;
}

function runOne(path, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(path, [], { ...options, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.resume();
    child.stderr.resume();
    child.once('error', reject);
    child.once('close', resolve);
  });
}
