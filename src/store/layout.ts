// Every path of a home, once.
import { isAbsolute, join, resolve } from 'node:path';

export interface Layout {
  readonly home: string;
  /** A path relative to the home, made absolute. */
  at(relative: string): string;
  readonly playbook: string;
  readonly config: string;
  readonly goals: string;
  readonly goalsArchive: string;
  readonly sensors: string;
  readonly loops: string;
  readonly decision: string;
  readonly stop: string;
  readonly journalText: string;
  /** Older parts of it: this name with .1, .2 … */
  readonly journalTextOld: string;
  readonly machine: string;
  readonly machineIgnore: string;
  readonly owner: string;
  readonly journal: string;
  readonly journalHead: string;
  readonly journalProbe: string;
  readonly events: string;
  readonly heartbeat: string;
  readonly beats: string;
  readonly readings: string;
  readonly guards: string;
  readonly ruleStates: string;
  readonly baseline: string;
  readonly goalStates: string;
  readonly asks: string;
  /** The last number that an ask was given. */
  readonly askCounter: string;
  /** What the person has taken back, refused or removed. */
  readonly nos: string;
  /** How long the machine was awake while their defaults waited. */
  readonly awake: string;
  readonly notices: string;
  readonly schedules: string;
  /** The newest slot of each schedule that has a receipt. */
  readonly receipts: string;
  readonly leases: string;
  readonly stray: string;
  readonly history: string;
  readonly historyLock: string;
  /** Our note of what its newest commit holds. */
  readonly historyKept: string;
  /** What an action is about to write. */
  readonly historyComing: string;
  readonly historyHead: string;
  readonly historyRef: string;
  readonly historyPacks: string;
  /** Locks that a killed git leaves behind. */
  readonly historyLocks: readonly string[];
  readonly spend: string;
  /** What the person has added to budgets for a day. */
  readonly budgets: string;
  readonly pulseLock: string;
  /** Lists of files that were too long for a line of the journal. */
  readonly stamps: string;
  /** Held by a person's verb while it acts. */
  readonly personLock: string;
  readonly writeLock: string;
  readonly lastGoodConfig: string;
  /** Goals' front matter as it was last parsed, for verbs that only look. */
  readonly goalList: string;
  /** What is to be said of the decider, as it was last found. */
  readonly deciderFacts: string;
  readonly pulseLog: string;
  /** Which processes STOP has stopped, so that exactly those go on; and when everything stood still. */
  readonly frozen: string;
  readonly outside: string;
  /** Up to where the person has seen the journal. */
  readonly looked: string;
  readonly workers: string;
  /** Where a sandboxed command may write. */
  readonly shellReports: string;
  readonly reports: string;
  /** The filter of system calls that a sandbox is given. */
  readonly sandboxFilter: string;
  /** Where the person's doors reach the pulse, unless the path is too long for a socket. */
  readonly personSocket: string;
  /** Where workers reach it: what may be asked there is in surfaces/socket/protocol.ts. */
  readonly workerSocket: string;
}

/** The file that makes a folder a home. */
export function configOf(home: string): string {
  return join(home, 'flyball.yaml');
}

export function layout(home: string): Layout {
  if (!isAbsolute(home)) throw new Error(`a home's path must be absolute, not "${home}"`);
  const at = (relative: string) => resolve(home, relative);
  const machine = (name: string) => join(home, '.flyball', name);
  return { home, at, ...personPaths(home, at), ...machinePaths(machine) };
}

/** What the person, the workers and the deciders read and write. */
function personPaths(home: string, at: Layout['at']) {
  return {
    playbook: at('PLAYBOOK.md'),
    config: configOf(home),
    goals: at('goals'),
    goalsArchive: at('goals/archive'),
    sensors: at('sensors'),
    loops: at('loops'),
    decision: at('.decision.json'),
    stop: at('STOP'),
    journalText: at('journal.md'),
    machine: at('.flyball'),
    workers: at('workers'),
    shellReports: at('reports/shell'),
    reports: at('reports'),
  };
}

/** Everything in `.flyball`. */
function machinePaths(machine: (name: string) => string) {
  return {
    journalTextOld: machine('journal.md'),
    machineIgnore: machine('.gitignore'),
    owner: machine('owner.json'),
    journal: machine('journal.jsonl'),
    journalHead: machine('journal.head'),
    journalProbe: machine('journal.probe'),
    events: machine('events.ndjson'),
    heartbeat: machine('heartbeat.json'),
    beats: machine('beats'),
    readings: machine('readings'),
    guards: machine('guards.json'),
    ruleStates: machine('rules.json'),
    baseline: machine('baseline.json'),
    goalStates: machine('goals'),
    asks: machine('asks'),
    askCounter: machine('asks.last'),
    nos: machine('nos.json'),
    awake: machine('awake.json'),
    notices: machine('notices'),
    schedules: machine('schedules'),
    receipts: machine('receipts.json'),
    leases: machine('leases'),
    stray: machine('stray'),
    history: machine('history.git'),
    historyLock: machine('history.lock'),
    historyKept: machine('history.git/flyball.json'),
    historyComing: machine('history.coming.json'),
    historyHead: machine('history.git/HEAD'),
    historyRef: machine('history.git/refs/heads/main'),
    historyPacks: machine('history.git/objects/pack'),
    historyLocks: ['HEAD', 'config', 'index', 'packed-refs', 'refs/heads/main'].map((name) => machine(`history.git/${name}.lock`)),
    spend: machine('spend.jsonl'),
    budgets: machine('budgets.json'),
    pulseLock: machine('pulse.lock'),
    writeLock: machine('write.lock'),
    personLock: machine('person.lock'),
    stamps: machine('stamps'),
    lastGoodConfig: machine('config.json'),
    goalList: machine('goal-list.json'),
    deciderFacts: machine('decider.json'),
    pulseLog: machine('pulse.log'),
    frozen: machine('frozen'),
    outside: machine('outside.json'),
    looked: machine('looked.json'),
    sandboxFilter: machine('sandbox.bpf'),
    personSocket: machine('person.sock'),
    workerSocket: machine('worker.sock'),
  };
}

/** Policy files: what `history.git` keeps and co-editing guards. */
export const POLICY_PATHS = ['PLAYBOOK.md', 'flyball.yaml', 'goals', 'sensors', 'loops'] as const;

export function isPolicyPath(path: string): boolean {
  return POLICY_PATHS.some((policy) => path === policy || path.startsWith(`${policy}/`));
}

/** Paths relative to the home, as actions and journal records name files. */
export const PLAYBOOK_PATH = 'PLAYBOOK.md';
export const CONFIG_PATH = 'flyball.yaml';
export const goalPath = (name: string): string => `goals/${name}`;
export const archivePath = (name: string): string => `goals/archive/${name}`;
export const sensorPath = (name: string): string => `sensors/${name}`;
export const askPath = (id: string): string => `.flyball/asks/${id}.json`;
export const noticePath = (id: string): string => `.flyball/notices/${id}.json`;
export const schedulePath = (name: string): string => `.flyball/schedules/${name}.json`;

/** Closed segments of the journal stand beside it, named by their first sequence number. */
export const CLOSED_SEGMENT = /^journal\.\d{12}\.jsonl$/;
export const closedSegmentName = (firstSeq: number): string => `journal.${String(firstSeq).padStart(12, '0')}.jsonl`;

/** Folders in which actions write files. */
export const ACTION_FOLDERS = ['goals', 'goals/archive', 'sensors', '.flyball/asks', '.flyball/notices', '.flyball/schedules'] as const;
