// Verbs that only look, against starting Node and doing nothing.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLI, flyball, makeHome, median, timeChild } from './rig.mjs';

const ROUNDS = 25;
const ROOT = fileURLToPath(new URL('..', import.meta.url));

export async function verbs() {
  const place = makeHome({});
  for (const name of ['flyball.yaml', 'PLAYBOOK.md', 'goals', 'sensors'])
    cpSync(join(ROOT, name), join(place.home, name), { recursive: true });
  const allowed = flyball(place, 'init', place.home, '--yes');
  if (allowed.status !== 0) throw new Error(allowed.stderr);
  for (let beat = 0; beat < 3; beat++) flyball(place, 'beat');
  const runs = { floor: [], status: [], goals: [] };
  const time = (argv) => timeChild(process.execPath, argv, { env: place.env, cwd: place.home }).ms;
  try {
    for (let round = -2; round < ROUNDS; round++) {
      const floor = time(['-e', '0']);
      const status = time([CLI, 'status', '--home', place.home]);
      const goals = time([CLI, 'get', 'goals', '--home', place.home]);
      if (round >= 0) for (const [name, ms] of Object.entries({ floor, status, goals })) runs[name].push(ms);
    }
  } finally {
    place.remove();
  }
  const floor = median(runs.floor);
  return ['status', 'goals'].map((name) => {
    const ms = median(runs[name]);
    return {
      what: name === 'status' ? '`flyball status`' : '`flyball get goals`',
      floor: `\`node -e 0\`: ${floor.toFixed(0)} ms`,
      figure: `${ms.toFixed(0)} ms, ${(ms / floor).toFixed(2)} ×`,
      target: '≤ 2 ×',
      met: ms / floor <= 2,
      how: `medians of ${ROUNDS} rounds, taken in turn, in the example home after a few beats`,
    };
  });
}
