// What a pulse costs while nothing happens: memory over many beats, and processor time.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cpuMs, flyball, makeHome, median, pause, residentMb, withPulse } from './rig.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BEATS = 10_000;
/** Caches fill and code is compiled in the first of them. */
const WARM_UP = 2_000;
const SAMPLE_EVERY = 100;
/** The collector's own breathing: a median of samples moves by this without anything being kept. */
const NOISE_MB = 2;

export async function memoryOverBeats() {
  const place = makeHome({ 'flyball.yaml': 'interval: 1h\n', 'goals/one.md': 'One goal.\n' });
  const samples = [];
  try {
    await withPulse(place, async (pulse) => {
      const line = await pulse.line();
      for (let beat = 1; beat <= BEATS; beat++) {
        await line.ask({ method: 'beat', force: false });
        if (beat % SAMPLE_EVERY === 0) samples.push(residentMb(pulse.pid));
      }
      line.close();
    });
  } finally {
    place.remove();
  }
  const after = samples.slice(WARM_UP / SAMPLE_EVERY);
  const tenth = Math.floor(after.length / 4);
  const [early, late] = [median(after.slice(0, tenth)), median(after.slice(-tenth))];
  return {
    what: `growth of resident memory over ${BEATS.toLocaleString('en')} beats`,
    floor: `after ${WARM_UP.toLocaleString('en')} beats: ${early.toFixed(1)} MB`,
    figure: `${late.toFixed(1)} MB, ${late - early >= 0 ? '+' : '−'}${Math.abs(late - early).toFixed(1)} MB`,
    target: `none (within ${NOISE_MB} MB)`,
    met: late - early <= NOISE_MB,
    limit: 'something is kept from beat to beat',
    how: 'medians of the first and the last quarter after warm-up; beats asked over the socket',
  };
}

const WATCHED_S = 120;

export async function idleProcessor() {
  const place = makeHome({});
  for (const name of ['PLAYBOOK.md', 'goals', 'sensors']) cpSync(join(ROOT, name), join(place.home, name), { recursive: true });
  writeFileSync(join(place.home, 'flyball.yaml'), 'decider: { use: rules }\n');
  flyball(place, 'init', place.home, '--yes');
  let share = Number.NaN;
  try {
    await withPulse(place, async (pulse) => {
      await pause(60_000); // the first beats, what they compile, and what the collector then gives back
      const before = cpuMs(pulse.pid);
      await pause(WATCHED_S * 1_000);
      share = ((cpuMs(pulse.pid) - before) / (WATCHED_S * 1_000)) * 100;
    });
  } finally {
    place.remove();
  }
  return {
    what: 'processor time of an idle pulse',
    floor: 'one core: 100 %',
    figure: `${share.toFixed(2)} % of a core`,
    target: '≤ 0.1 %',
    met: share <= 0.1,
    limit:
      'starting four sensors a minute, looking for what they left running, and a look each second at the path that one of them names with on=',
    how: `the example home at the default interval, its four sensors running at theirs, over ${WATCHED_S} s; the sensors' own time is not in it`,
  };
}
