// A person saves a goal: how long until the decider has been started?
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHome, median, pause, quantile, timeChild, until, withPulse } from './rig.mjs';

const EDITS = 50;
/** A beat that acted is followed by another after a second; an edit before that would measure the wait. */
const REST_MS = 1_600;

/** Notes when it was started, then decides to do nothing. */
const DECIDER = `#!/bin/sh
date +%s%N >> started.txt
cat > /dev/null
printf '{"action":"noop","reason":"seen"}' > .decision.json
`;

export async function editToDecider() {
  const place = makeHome({
    'flyball.yaml': 'interval: 1h\ndecider:\n  use: command\n  command: { run: sh ./decide.sh, costs: false }\n  unconfined: true\n',
    'decide.sh': DECIDER,
    'goals/one.md': 'One goal.\n',
  });
  const goal = join(place.home, 'goals/one.md');
  const starts = () => readStarts(join(place.home, 'started.txt'));
  const waits = [];
  const floors = [];
  const saveAndWait = async (edit) => {
    const before = starts().length;
    const saved = Date.now();
    writeFileSync(goal, `One goal, for the time ${edit}.\n`);
    await until('the decider to start', () => starts().length > before);
    waits.push(starts()[before] - saved);
  };
  try {
    await withPulse(place, async () => {
      await until('the first decision', () => starts().length > 0);
      for (let edit = 0; edit < EDITS; edit++) {
        await pause(REST_MS);
        await saveAndWait(edit);
        floors.push(timeChild('sh', ['-c', 'date +%s%N > /dev/null']).ms);
      }
    });
  } finally {
    place.remove();
  }
  const middle = median(waits);
  return {
    what: 'a goal is saved → the decider has started',
    floor: `100 ms of calm after a save, and starting the same script: ${(100 + median(floors)).toFixed(0)} ms`,
    figure: `${middle.toFixed(0)} ms (95 %: ${quantile(waits, 0.95).toFixed(0)} ms), ${(middle / (100 + median(floors))).toFixed(2)} ×`,
    target: '≤ 250 ms',
    met: middle <= 250,
    limit: 'after the calm the whole world is read, and the decider is started through a shell',
    how: `median of ${EDITS} saves under a running pulse; the script's own clock says when it began`,
  };
}

/** The times, in ms, that the decider wrote. */
function readStarts(path) {
  try {
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => Number(BigInt(line) / 1_000_000n));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
