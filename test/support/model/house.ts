// The whole house on the disk in memory: the real governor over the real adapters. Processes, kernel locks and git
// are stood in for, and what their stand-ins did is what the reference counts.

import { Governor } from '../../../src/compose/governor.ts';
import { planUndo, undo } from '../../../src/compose/undo.ts';
import { loadConfig } from '../../../src/config.ts';
import type { ChildEnd, ChildOptions } from '../../../src/lib/child.ts';
import { openAsks } from '../../../src/store/asks.ts';
import { type Layout, layout } from '../../../src/store/layout.ts';
import { ensureOwner, raiseEpoch } from '../../../src/store/owner.ts';
import type { Door } from '../../../src/verbs/hands.ts';
import type { BeatRecord } from '../../../src/world/record.ts';
import { type Disk, disk } from './disk.ts';
import { forgetHistories } from './history.ts';
import { freeLocks } from './locks.ts';

const UID = 4242;
const HOME = '/home/person/flyball';
const BEGAN = Date.parse('2026-06-01T12:00:00Z');

/** What the decider answers when it is asked, in the home, and what happens while it thinks. */
export type Mind = () => Promise<{ text: string | null; ends: 'well' | 'badly' | 'late' }>;

class ModelClock {
  wall = BEGAN;
  mono = 0;
  now = () => new Date(this.wall);
  monotonicMs = () => this.mono;
  pass(ms: number): void {
    this.wall += ms;
    this.mono += ms;
  }
}

export interface ShellRun {
  cmd: string;
  beat: number;
}

export class House {
  readonly layout: Layout = layout(HOME);
  readonly clock = new ModelClock();
  readonly shellRuns: ShellRun[] = [];
  /** When the decider was asked. */
  readonly asked: number[] = [];
  signal = 0;
  beats = 0;
  mind: Mind = async () => ({ text: '{"action":"noop"}', ends: 'well' });
  #governor: Governor | null = null;
  readonly #never = new AbortController().signal;

  constructor(config: string) {
    disk.clear();
    forgetHistories();
    freeLocks();
    current.house = this;
    for (const folder of ['', 'goals', 'sensors', 'loops', '.flyball'])
      disk.fs.mkdirSync(`${HOME}/${folder}`, { recursive: true, mode: 0o700 });
    for (const folder of ['/tmp', '/proc']) disk.fs.mkdirSync(folder);
    this.save('flyball.yaml', config);
    this.save('PLAYBOOK.md', 'Be kind.\n');
    this.save('sensors/a.sh', '#!/bin/sh\n# flyball: interval=1s trust=trusted\n');
    disk.fs.chmodSync(`${HOME}/sensors/a.sh`, 0o700);
    ensureOwner(this.layout, UID);
  }

  get disk(): Disk {
    return disk;
  }

  // ── the person ───────────────────────────────────────────────────────────────────────────────────

  save(path: string, text: string): void {
    disk.fs.writeFileSync(`${HOME}/${path}`, text, { mode: 0o600 });
  }
  read(path: string): string | null {
    return disk.fs.existsSync(`${HOME}/${path}`) ? String(disk.fs.readFileSync(`${HOME}/${path}`, 'utf8')) : null;
  }
  remove(path: string): void {
    disk.fs.rmSync(`${HOME}/${path}`, { force: true });
  }
  asks() {
    return openAsks(this.layout).all();
  }
  answer(id: string, text: string) {
    return openAsks(this.layout).answer(id, { text, by: 'person', at: this.clock.now() });
  }
  /** The id that the undo was given. */
  async undoLatest(): Promise<string> {
    const plan = await planUndo(this.door(), {});
    return (await undo(this.door(), { key: plan.key })).id;
  }

  // ── the machine ──────────────────────────────────────────────────────────────────────────────────

  /** Null when the beat threw: it crashed, or its process died. */
  async beat(options: { force?: boolean } = {}): Promise<BeatRecord | null> {
    try {
      this.beats += 1;
      if (this.#governor?.lost()) await this.die();
      this.#governor ??= await Governor.open(this.door());
      const request = { force: options.force ?? false, all: true, signal: this.#never, effects: this.#never };
      return await this.#governor.beat(request);
    } catch (error) {
      if (!disk.dead && !/epoch|another|lock/.test(String(error))) throw error;
      return null;
    }
  }

  /** The looking half, while a beat is under way. */
  async look(): Promise<void> {
    await this.#governor?.look(this.#never);
  }

  /** The process is gone; whatever it still had in flight touches nothing. */
  async die(): Promise<void> {
    disk.dead = true;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    freeLocks();
    disk.revive();
    this.#governor = null;
  }

  /** Another pulse takes the home over, as after a lock that a file system lost. */
  usurp(): number {
    return raiseEpoch(this.layout, UID).epoch;
  }

  /** What a child does. Its own process outlives ours. */
  async child(options: ChildOptions): Promise<ChildEnd> {
    const [program = '', ...words] = options.argv;
    if (program.startsWith(this.layout.sensors)) return ended(0, JSON.stringify({ signal: this.signal }));
    if (words[2] === 'flyball-shell') return this.#shell(String(words[3]), String(words[4]));
    return this.#think(options.signal);
  }

  #shell(folder: string, cmd: string): ChildEnd {
    if (disk.dead) throw new Error('the dead start nothing');
    disk.fs.writeFileSync(`${folder}/shell.pid`, '77\n');
    this.shellRuns.push({ cmd, beat: Number(folder.split('/').at(-1)) });
    disk.fs.writeFileSync(`${folder}/shell.out`, '');
    disk.fs.writeFileSync(`${folder}/shell.exit`, '0\n');
    return ended(0, '');
  }

  async #think(signal: AbortSignal | undefined): Promise<ChildEnd> {
    this.asked.push(this.clock.wall);
    const { text, ends } = await this.mind();
    if (text !== null) this.save('.decision.json', text);
    if (signal?.aborted) return { ...ended(0, ''), end: 'aborted' } as ChildEnd;
    if (ends === 'late') return { ...ended(0, ''), end: 'timeout' } as ChildEnd;
    return ended(ends === 'well' ? 0 : 1, '');
  }

  door(): Door {
    const { layout: at, clock } = this;
    const env = { PATH: '/usr/bin:/bin', TMPDIR: '/tmp' };
    const door: Partial<Door> = {
      layout: at,
      clock,
      env,
      uid: UID,
      version: '0.0.0',
      command: 'flyball',
      signal: this.#never,
      say: () => {},
      emit: () => {},
      config: () => loadConfig({ layout: at, version: '0.0.0', env: {}, flags: {} }),
    };
    return door as Door; // all that a governor and an undo reach
  }
}

/** The house whose children are stood in for now. */
export const current: { house: House | null } = { house: null };

function ended(code: number, stdout: string): ChildEnd {
  const bytes = Buffer.from(stdout);
  const none = { bytes: Buffer.alloc(0), total: 0 };
  return { end: 'exit', code, stdout: { bytes, total: bytes.length }, stderr: none, ms: 1, survivors: 0 };
}
