// What a beat costs in a large home, beside the 100 ms of calm after a save: 1,000 goals, 1,000 readings and a
// journal of 100,000 lines.
import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeHome, median, pause, quantile, readJson, until, withPulse } from './rig.mjs';

const GOALS = 1_000;
const READINGS = 1_000;
const JOURNAL_LINES = 100_000;
const EDITS = 20;
const CALM_MS = 100;
/** After a beat that acted the next comes a second later. */
const REST_MS = 2_500;

const goalText = (at, edit) =>
  `---\ngoal: The part ${at} is well\npriority: 3\ndone_when: readings["s${at}"].signal.state == "well"\n---\nEdit ${edit}.\n`;

const CONFIG = `interval: 1h
rules:
  - name: every-second-edit
    when: goals["g0"].generation % 2 == 0
    do: { action: send_notification, message: "Edited {{ goals['g0'].generation }} times" }
`;

export async function largeHome() {
  const place = makeHome({
    'flyball.yaml': CONFIG,
    ...each(GOALS, (at) => [`goals/g${at}.md`, goalText(at, 0)]),
    ...each(READINGS, (at) => [
      `sensors/s${at}`,
      '#!/bin/sh\n# flyball: interval=1d\necho \'{"signal":{"state":"well"},"detail":{"load":0.5,"text":"all is well here"}}\'\n',
    ]),
  });
  try {
    await readEverySensorOnce(place);
    lengthenJournal(place.home);
    const floor = bareReading(place.home);
    return row(await timeEdits(place), floor);
  } finally {
    place.remove();
  }
}

const each = (count, entry) => Object.fromEntries(Array.from({ length: count }, (_, at) => entry(at)));

async function readEverySensorOnce(place) {
  const readings = join(place.home, '.flyball/readings');
  await withPulse(place, async () => {
    await until('every sensor to be read', () => namesIn(readings).length >= READINGS, { everyMs: 200, patienceMs: 900_000 });
    await quiet(place.home);
  });
}

function namesIn(folder) {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Notes that continue the chain of hashes, and as many lines for people. */
function lengthenJournal(home) {
  const path = join(home, '.flyball/journal.jsonl');
  let last = readFileSync(path, 'utf8').trimEnd().split('\n').at(-1);
  const { seq, epoch, at } = JSON.parse(last);
  const lines = [];
  for (let more = 1; more <= JOURNAL_LINES; more++) {
    const prev = `sha256:${createHash('sha256').update(last).digest('hex')}`;
    last = JSON.stringify({ v: 1, seq: seq + more, at, epoch, prev, type: 'note', event: 'x' });
    lines.push(last);
  }
  appendFileSync(path, `${lines.join('\n')}\n`);
  appendFileSync(join(home, 'journal.md'), '- 2026-01-01 00:00 something was done about one of many goals\n'.repeat(JOURNAL_LINES));
}

async function timeEdits(place) {
  const times = { resting: [], acting: [] };
  await withPulse(place, async () => {
    await quiet(place.home);
    for (let edit = 1; edit <= 2 * EDITS; edit++) {
      await pause(REST_MS);
      const before = newestBeat(place.home);
      const saved = Date.now();
      writeFileSync(join(place.home, 'goals/g0.md'), goalText(0, edit));
      const record = await until('the beat to end', () => endedAfter(place.home, before));
      times[record.did === 'acted' ? 'acting' : 'resting'].push(Date.parse(record.ended_at) - saved - CALM_MS);
    }
  });
  return times;
}

const newestBeat = (home) => Math.max(0, ...namesIn(join(home, '.flyball/beats')).map(Number).filter(Number.isInteger));

function endedAfter(home, beat) {
  const record = readJson(join(home, `.flyball/beats/${beat + 1}/record.json`));
  return record?.ended_at ? record : null;
}

/** No new beat for two seconds. */
async function quiet(home) {
  for (let seen = -1, now = newestBeat(home); seen !== now; now = newestBeat(home)) {
    seen = now;
    await pause(2_000);
  }
}

/** Reading the same goals and readings once, and nothing else. */
function bareReading(home) {
  const times = [];
  for (let round = 0; round < 5; round++) {
    const began = performance.now();
    for (const folder of ['goals', '.flyball/readings', '.flyball/goals'])
      for (const name of namesIn(join(home, folder))) readFileSync(join(home, folder, name), 'utf8');
    times.push(performance.now() - began);
  }
  return median(times);
}

function row({ resting, acting }, floor) {
  const middle = median([...resting, ...acting]);
  return {
    what: 'beat overhead in a home of 1,000 goals, 1,000 readings and a journal of 100,000 lines',
    floor: `reading the same goals and readings once: ${floor.toFixed(0)} ms`,
    figure: `${middle.toFixed(0)} ms (95 %: ${quantile([...resting, ...acting], 0.95).toFixed(0)} ms; acting: ${median(acting).toFixed(0)} ms), ${(middle / floor).toFixed(1)} ×`,
    target: '≤ 250 ms',
    met: middle <= 250,
    limit:
      'every beat looks at each file of goals, sensors and statuses (level-triggered: nothing is trusted to be as it was), evaluates every done_when, and writes the whole world to its folder; one that acts reads the world a second time and waits for the disk',
    how: `median of ${resting.length + acting.length} beats, each begun by saving one goal; every second one acts; counted from the end of the ${CALM_MS} ms of calm after the save to the end of the record. Workers are not in it yet`,
  };
}
