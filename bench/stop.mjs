// How long STOP takes: from the file's appearance until 200 processes of every kind stand still, with a pulse alive
// and with none; and whether each goes on where it was.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, flyball, makeHome, median, readJson, timeChild, until, withPulse } from './rig.mjs';

const KINDS = readJson(new URL('crowd.json', import.meta.url));
const PROCESSES = 200;
const ROUNDS = 10;
const TARGET_MS = 100;

export async function stopAndResume() {
  const place = makeHome({ 'flyball.yaml': 'interval: 1h\ndecider: { use: rules }\n' });
  flyball(place, 'init', place.home, '--yes');
  try {
    const alone = await withCrowd(place, (crowd) => rounds(place, crowd, byVerb));
    const beside = await withPulse(place, async () => {
      await until('the first beat', () => readJson(join(place.home, '.flyball/heartbeat.json')));
      return withCrowd(place, (crowd) => rounds(place, crowd, byFile));
    });
    return [rowOf(beside, { verb: false }), rowOf(alone, { verb: true })];
  } finally {
    place.remove();
  }
}

/** With the mark of the epoch that is now: what a pulse finds of an earlier one it ends. */
async function withCrowd(place, work) {
  const { id, epoch } = readJson(join(place.home, '.flyball/owner.json'));
  const crowd = await startCrowd(`${id}/${epoch}`);
  try {
    return await work(crowd);
  } finally {
    await crowd.end();
  }
}

function rowOf(times, { verb }) {
  const boot = median(times.map((time) => time.bootMs));
  const count = Math.min(...times.map((time) => time.count));
  const all = times.map(({ ms, bootMs }) => ms - (verb ? bootMs : 0));
  const [middle, worst] = [median(all), Math.max(...all)];
  return {
    what: `STOP: ${verb ? 'flyball stop with no pulse' : 'file'} → ${PROCESSES} processes frozen`,
    floor: verb
      ? `\`node -e 0\`, taken off: ${boot.toFixed(0)} ms`
      : `looking at ${count} processes once: ${median(times.map(({ lookMs }) => lookMs)).toFixed(0)} ms`,
    figure: `${middle.toFixed(0)} ms, at worst ${worst.toFixed(0)} ms`,
    target: `≤ ${TARGET_MS} ms`,
    met: middle <= TARGET_MS,
    how: `${ROUNDS} times, ${count} processes of ${Object.keys(KINDS).length} kinds (in their own sessions and groups, daemons, deaf to signals, forking all the time, in a terminal, without their environment); ${
      verb ? "from the verb's start without Node's own" : 'from the moment before the file is made, a pulse alive'
    }, until a look finds none that runs; after each, every one went on, and each terminal's job had its terminal (${times
      .map(({ resumeMs }) => resumeMs.toFixed(0))
      .sort((a, b) => a - b)
      .at(ROUNDS / 2)} ms for \`resume\` and Node)`,
  };
}

/** STOP and resume, several times; throws when something did not stop, or did not go on as it was. */
async function rounds(place, crowd, stop) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const terminals = crowd.foregrounds();
    const bootMs = timeChild(process.execPath, ['-e', '0']).ms;
    const began = performance.now();
    const done = stop(place);
    let lookMs = 0;
    await until(
      'all to stand still',
      () => {
        const look = performance.now();
        const running = crowd.running();
        lookMs = performance.now() - look;
        return running.length === 0;
      },
      { everyMs: 1 },
    );
    const ms = performance.now() - began;
    const count = crowd.rows().length;
    await done;
    statSync(join(place.home, 'STOP'));
    const resumed = timeChild(process.execPath, [CLI, 'resume', '--yes', '--home', place.home], { env: place.env, cwd: place.home });
    await until('all to go on', () => crowd.rows().every(({ pid, state }) => (state === 'T') === crowd.stoppedBefore.has(pid)));
    if (crowd.foregrounds() !== terminals) throw new Error(`of ${terminals} jobs with a terminal ${crowd.foregrounds()} are left`);
    times.push({ ms, bootMs, lookMs, count, resumeMs: resumed.ms });
  }
  rmSync(join(place.home, 'STOP'), { force: true });
  return times;
}

async function byFile(place) {
  writeFileSync(join(place.home, 'STOP'), '');
}

function byVerb(place) {
  const child = spawn(process.execPath, [CLI, 'stop', '--home', place.home], { env: place.env, cwd: place.home, stdio: 'ignore' });
  return new Promise((resolve) => child.once('exit', resolve));
}

// ── the crowd ──────────────────────────────────────────────────────────────────────────────────────

async function startCrowd(prefix) {
  let mine = new Map(); // by number and start: the numbers of the dead are soon used again by others
  const looked = new Map();
  const isMarked = (pid) => environOf(pid).some((each) => each.startsWith(`FLYBALL_RUN=${prefix}/`));
  const rows = () => {
    const all = table();
    const living = new Map();
    const isMine = ({ pid, parent, started, image }) => {
      if (mine.get(pid) === started || living.has(parent)) return true;
      const now = `${started} ${image}`;
      if (looked.get(pid) === now) return false;
      looked.set(pid, now);
      return isMarked(pid);
    };
    for (let before = -1; before < living.size; ) {
      before = living.size;
      for (const row of all) if (!living.has(row.pid) && isMine(row)) living.set(row.pid, row.started);
    }
    mine = living;
    return all.filter(({ pid }) => living.has(pid));
  };
  const { storm, ...calm } = KINDS;
  const scripts = Object.entries(calm); // one that forks all the time is enough: seven would measure themselves
  start(storm, `${prefix}/storm`);
  for (let at = 0; rows().length < PROCESSES; at++) {
    const [kind, script] = scripts[at % scripts.length];
    start(script, `${prefix}/${kind}${at}`);
    if (at % scripts.length === scripts.length - 1) await until('the crowd', () => settled(rows));
  }
  // The parent of a vfork whose child was stopped before its exec waits for it in the kernel, and so stands still as well.
  const running = () => {
    const all = rows();
    const stopped = new Set(all.filter(({ state }) => state === 'T').map(({ parent }) => parent));
    return all.filter(({ pid, state }) => state !== 'T' && !(state === 'D' && stopped.has(pid)));
  };
  const foregrounds = () => {
    const now = new Map(rows().map((row) => [row.pid, row]));
    return [...now.values()].filter((row) => row.terminal === row.group && now.get(row.parent)?.group !== row.group && row.name === 'sleep')
      .length;
  };
  await until('the terminals', () => foregrounds() >= 5);
  const stoppedBefore = new Set(
    rows()
      .filter(({ state }) => state === 'T')
      .map(({ pid }) => pid),
  );
  const endNow = () => {
    for (const { pid } of rows()) endOne(pid);
    return rows().length === 0;
  };
  process.once('exit', endNow); // whoever breaks this off is not left with the crowd
  for (const name of ['SIGINT', 'SIGTERM']) process.once(name, () => process.exit(1));
  const end = () => until('the crowd to be gone', endNow);
  return { rows, running, foregrounds, stoppedBefore, end };
}

function start(script, mark) {
  spawn('/bin/sh', ['-c', script], { env: { PATH: process.env.PATH, FLYBALL_RUN: mark }, detached: true, stdio: 'ignore' }).unref();
}

/** The same number twice in a row: what starts in the background has started. */
let before = -1;
function settled(rows) {
  const now = rows().length;
  const same = now === before;
  before = now;
  return same;
}

function endOne(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function table() {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d/.test(name)) return [];
    const stat = readProc(name, 'stat');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent, group, , , terminal] = fields;
    if (stat === '' || state === 'Z' || state === 'X') return [];
    const inner = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return [{ pid: Number(name), name: inner, state, parent: Number(parent), group, terminal, started: fields[19], image: fields[47] }];
  });
}

function environOf(pid) {
  return readProc(pid, 'environ').split('\0');
}

function readProc(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return ''; // gone, or another user's
  }
}
