// What every measurement needs: a home of its own, the built CLI, a running pulse, and honest statistics.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `flyball` is on the PATH. */
export const CLI = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));

/** Nothing here waits longer than this for one thing, unless it says so. */
const PATIENCE_MS = 120_000;

export function median(values) {
  return quantile(values, 0.5);
}

export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)];
  return low + ((sorted[Math.ceil(at)] ?? low) - low) * (at - Math.floor(at));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `look` yields something other than null, undefined or false. */
export async function until(what, look, { everyMs = 5, patienceMs = PATIENCE_MS } = {}) {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const seen = look();
    if (seen !== null && seen !== undefined && seen !== false) return seen;
    await pause(everyMs);
  }
  throw new Error(`waited ${patienceMs} ms in vain for ${what}`);
}

/** A home in a temporary folder, from its files. Scripts in sensors/ are made executable. */
export function makeHome(files) {
  const root = mkdtempSync(join(tmpdir(), 'flyball-bench-'));
  const home = join(root, 'home');
  for (const [path, text] of Object.entries(files)) {
    const at = join(home, path);
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, text);
    if (path.startsWith('sensors/') || path.endsWith('.sh')) chmodSync(at, 0o755);
  }
  const env = { PATH: process.env.PATH, HOME: root, LANG: 'C.UTF-8' };
  return { home, env, remove: () => rmSync(root, { recursive: true, force: true }) };
}

export function flyball(place, ...argv) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...argv, '--home', place.home], {
    env: place.env,
    cwd: place.home,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** Runs `work` beside a pulse, and ends the pulse whatever comes of it. */
export async function withPulse(place, work) {
  const pulse = await startPulse(place);
  try {
    return await work(pulse);
  } finally {
    await pulse.end();
  }
}

/** `flyball up --foreground`, answered once on its socket. `end` is Ctrl-C, waited for. */
async function startPulse(place) {
  const child = spawn(process.execPath, [CLI, 'up', '--foreground', '--yes', '--home', place.home], {
    env: place.env,
    cwd: place.home,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => (said = (said + bytes).slice(-4_000)));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const socket = join(place.home, '.flyball/person.sock');
  const answered = await until('the pulse to answer', () => (child.exitCode === null ? exists(socket) : { ended: child.exitCode }), {
    everyMs: 20,
  });
  if (typeof answered === 'object') throw new Error(`the pulse ended with ${answered.ended}: ${said}`);
  const end = async () => {
    child.kill('SIGINT');
    await ended;
  };
  return { pid: child.pid, end, line: () => openLine(socket) };
}

function exists(path) {
  return spawnSync('test', ['-S', path]).status === 0;
}

/** person.sock: one JSON object a line; the pulse speaks first. */
async function openLine(path) {
  const socket = createConnection(path);
  const waiting = [];
  createInterface({ input: socket }).on('line', (line) => waiting.shift()?.(JSON.parse(line)));
  const next = () => new Promise((resolve) => waiting.push(resolve));
  await next(); // hello
  let id = 0;
  const ask = async (request) => {
    const answer = next();
    socket.write(`${JSON.stringify({ id: ++id, ...request })}\n`);
    const { result, error } = await answer;
    if (error) throw new Error(error.message);
    return result;
  };
  return { ask, close: () => socket.destroy() };
}

/** A JSON file, or null while it is not there. */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Wall time of one child, in ms. */
export function timeChild(command, argv, options = {}) {
  const began = performance.now();
  const { status, error } = spawnSync(command, argv, { stdio: 'ignore', ...options });
  if (error) throw error;
  return { ms: performance.now() - began, status };
}

/** Resident memory of a process, in MB (Linux). */
export function residentMb(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

/** Processor time that the process itself has used, all its threads, in ms; its children's is not in it (Linux). */
export function cpuMs(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  const used = threads.map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]));
  return used.reduce((sum, ns) => sum + ns, 0) / 1e6;
}
