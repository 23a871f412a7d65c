// Verbs that only look, against starting Node and doing nothing.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLI, flyball, makeHome, median, timeChild, withPulse } from './rig.mjs';

const ROUNDS = 25;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VERBS = [['status'], ['get', 'goals'], ['ls']];

export async function verbs() {
  const place = makeHome({});
  for (const name of ['flyball.yaml', 'PLAYBOOK.md', 'goals', 'sensors'])
    cpSync(join(ROOT, name), join(place.home, name), { recursive: true });
  const allowed = flyball(place, 'init', place.home, '--yes');
  if (allowed.status !== 0) throw new Error(allowed.stderr);
  for (let beat = 0; beat < 3; beat++) flyball(place, 'beat');
  try {
    const alone = measure(place, VERBS);
    const beside = await withPulse(place, async () => measure(place, [['status']]));
    return [
      ...VERBS.map((words, at) => row(`\`flyball ${words.join(' ')}\``, alone.verbs[at], alone.floor)),
      row('`flyball status` beside a running pulse, which it asks', beside.verbs[0], beside.floor),
    ];
  } finally {
    place.remove();
  }
}

/** Medians of the floor and of each verb, taken in turn. */
function measure(place, argvs) {
  const time = (argv) => timeChild(process.execPath, argv, { env: place.env, cwd: place.home }).ms;
  const all = [['-e', '0'], ...argvs.map((words) => [CLI, ...words, '--home', place.home])];
  const runs = all.map(() => []);
  for (let round = -2; round < ROUNDS; round++) {
    const times = all.map(time);
    if (round >= 0) times.forEach((ms, at) => void runs[at].push(ms));
  }
  const [floor, ...found] = runs.map(median);
  return { floor, verbs: found };
}

function row(what, ms, floor) {
  return {
    what,
    floor: `\`node -e 0\`: ${floor.toFixed(0)} ms`,
    figure: `${ms.toFixed(0)} ms, ${(ms / floor).toFixed(2)} ×`,
    target: '≤ 2 ×',
    met: ms / floor <= 2,
    limit: 'an ES module as entry takes Node 5 ms by itself; the rest is reading what the home holds',
    how: `medians of ${ROUNDS} rounds, taken in turn, in the example home after a few beats`,
  };
}
