// The person's sensors as files: which there are, what they are called, and what is wrong with them.
import { accessSync, closeSync, constants, lstatSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeError } from '../errors.ts';
import { digest } from '../lib/digest.ts';
import { errorCode } from '../lib/error-code.ts';
import { type FileMemory, fileMemory } from '../lib/file-memory.ts';
import { isId } from '../lib/id.ts';
import type { Directives } from '../world/reading.ts';
import { type DirectiveProblem, parseDirectives } from './directives.ts';

export interface SensorFile {
  name: string;
  /** Absolute. */
  path: string;
  /** Digest of the script and of what is wrong with it: another one means "run it at once". */
  script: string;
  directives: Directives;
  /** Why it cannot be run, in words for a person; null when it can. */
  fault: string | null;
}

/** Something in sensors/ that a person should know; `flyball check` prints it. */
export interface SensorProblem {
  /** Name in sensors/, or `.` for the folder itself. */
  file: string;
  line: number | null;
  what: string;
  next: string;
  /** The sensor runs all the same. */
  warning: boolean;
}

export interface SensorFiles {
  sensors: SensorFile[];
  problems: SensorProblem[];
  /** The folder could not be read: nothing is known, which is not the same as nothing there. */
  unreadable: string | null;
}

/** Sections of the world; a sensor of that name would be taken for one. */
const RESERVED = new Set(['goals', 'workers', 'asks', 'schedules', 'leases', 'spend']);
/** Scripts and small programs are digested whole; of a larger file, its size and times. */
const DIGEST_BYTES = 8 * 1024 * 1024;
/** Directives stand in the first 20 lines, which no script makes longer than this. */
const HEAD_BYTES = 16 * 1024;

/** Returns a function that lists `folder`; it remembers what it read of files that did not change since. */
export function sensorFolder(folder: string, formats: readonly string[]): () => SensorFiles {
  const memory = fileMemory<Entry>();
  let former: { entries: Entry[]; listed: SensorFiles } | null = null;
  return () => {
    let files: string[];
    try {
      files = readdirSync(folder).filter(isMeant).sort();
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return { sensors: [], problems: [], unreadable: null };
      const what = `sensors/ cannot be read: ${describeError(error)}`;
      return { sensors: [], problems: [problem('.', what, 'its readings stay as they were; check its owner and mode')], unreadable: what };
    }
    const entries = files.map((file) => entryOf({ folder, file, formats }, memory));
    memory.forgetAllBut(files.map((file) => join(folder, file)));
    const same = former?.entries.length === entries.length && former.entries.every((entry, at) => entry === entries[at]);
    if (!former || !same) former = { entries, listed: namedOnce(entries) };
    return former.listed;
  };
}

/** README.md, hidden files, `_…` and editors' leavings (`x.sh~`, `#x.sh#`) are no sensors and no mistake. */
function isMeant(file: string): boolean {
  return file !== 'README.md' && !/^[._#]/.test(file) && !file.endsWith('~');
}

type Entry = { problems: SensorProblem[] } & ({ sensor: SensorFile; file: string; runnable: boolean } | { sensor: null });

interface Place {
  folder: string;
  file: string;
  formats: readonly string[];
}

function entryOf(place: Place, memory: FileMemory<Entry>): Entry {
  const path = join(place.folder, place.file);
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
    if (!stat && !lstatSync(path, { throwIfNoEntry: false })) return { sensor: null, problems: [] };
  } catch (error) {
    return sensorOf(place, faulty(`it cannot be looked at: ${describeError(error)}`));
  }
  if (!stat) return sensorOf(place, faulty('it is a link to a file that does not exist'));
  if (stat.isDirectory()) {
    const next = 'begin its name with "_" if it is not meant to be one';
    return { sensor: null, problems: [problem(place.file, 'it is a folder, and a sensor is a file', next)] };
  }
  if (!stat.isFile()) return sensorOf(place, faulty('it is no regular file'));
  const { size } = stat;
  return memory.of(path, stat, () => {
    try {
      return { value: sensorOf(place, contentOf(path, stat, place.formats)), lasting: size <= DIGEST_BYTES };
    } catch (error) {
      return { value: sensorOf(place, faulty(`it cannot be read: ${errorCode(error) ?? describeError(error)}`)), lasting: false };
    }
  });
}

function sensorOf({ folder, file }: Place, read: FileRead): Entry {
  const path = join(folder, file);
  const name = nameOf(file);
  const misnamed = nameProblem(file, name);
  if (misnamed) return { sensor: null, problems: [misnamed] };
  const fault = read.fault ?? (executable(path) ? null : `it is not executable; run: chmod +x sensors/${file}`);
  const problems = read.problems.map((it): SensorProblem => ({ file, ...it, warning: true }));
  if (fault !== null) problems.unshift(problem(file, 'it cannot be run', fault));
  const sensor: SensorFile = {
    name,
    path,
    get script() {
      return fault === null ? read.digest : digest(`${read.digest} ${fault}`);
    },
    directives: read.directives,
    fault,
  };
  return { sensor, file, runnable: fault === null, problems };
}

/** The file's name without its extension. */
function nameOf(file: string): string {
  return file.replace(/\.[^.]*$/, '');
}

function nameProblem(file: string, name: string): SensorProblem | null {
  if (!isId(name)) return problem(file, `"${name}" is no name for a sensor`, 'use a-z 0-9 . _ - and begin with a letter or digit');
  if (RESERVED.has(name)) return problem(file, `"${name}" is a section of the world and cannot be a sensor's name`, 'give it another name');
  return null;
}

/** What would be wrong with a file of that name and text in sensors/, without writing it. */
export function checkSensorText(file: string, text: string, formats: readonly string[]): SensorProblem[] {
  if (!isMeant(file)) return [];
  const misnamed = nameProblem(file, nameOf(file));
  const { fault, problems } = checkHead(Buffer.from(text).subarray(0, HEAD_BYTES), formats);
  return [
    ...(misnamed ? [misnamed] : []),
    ...(fault ? [problem(file, 'it cannot be run', fault)] : []),
    ...problems.map((it): SensorProblem => ({ file, ...it, warning: true })),
  ];
}

function problem(file: string, what: string, next: string): SensorProblem {
  return { file, line: null, what, next, warning: false };
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

interface FileRead {
  digest: string;
  directives: Directives;
  problems: DirectiveProblem[];
  fault: string | null;
}

function faulty(fault: string): FileRead {
  return { digest: digest(fault), directives: parseDirectives('', []).directives, problems: [], fault };
}

function contentOf(path: string, { dev, ino, size, mtimeMs, ctimeMs }: Stats, formats: readonly string[]): FileRead {
  const whole = size <= DIGEST_BYTES ? readFileSync(path) : null;
  const head = whole ? whole.subarray(0, HEAD_BYTES) : headOf(path);
  let taken: { digest: string } | { of: Buffer | string } = { of: whole ?? [dev, ino, size, mtimeMs, ctimeMs].join(':') };
  return {
    ...checkHead(head, formats),
    /** Taken when it is asked for: who only lists sensors need not load Node's cryptography. */
    get digest() {
      if ('of' in taken) taken = { digest: digest(taken.of) };
      return taken.digest;
    },
  };
}

function headOf(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head));
  } finally {
    closeSync(fd);
  }
}

/** What the beginning of a sensor says: its directives, and whether the kernel will know how to start it. */
function checkHead(head: Buffer, formats: readonly string[]): Omit<FileRead, 'digest'> {
  const binary = head.includes(0);
  const text = binary ? '' : head.toString('utf8');
  const first = text.split('\n', 1)[0] ?? '';
  let fault: string | null = null;
  if (!binary && !/^#!\s*\S/.test(first)) fault = 'its first line must name its interpreter, for example #!/bin/sh';
  else if (first.endsWith('\r')) fault = 'its first line ends with a carriage return; save it with Unix line ends';
  return { fault, ...parseDirectives(text, formats) };
}

/** A name belongs to one file. Data beside a sensor (`disk.sh`, `disk.txt`) is told apart by its mode; else neither runs. */
function namedOnce(entries: readonly Entry[]): SensorFiles {
  const problems = entries.flatMap((entry) => entry.problems);
  const byName = new Map<string, Extract<Entry, { file: string }>[]>();
  for (const entry of entries) if (entry.sensor) byName.set(entry.sensor.name, [...(byName.get(entry.sensor.name) ?? []), entry]);
  const sensors = [...byName.values()].flatMap((same): SensorFile[] => {
    const [first] = same;
    if (!first || same.length === 1) return first ? [first.sensor] : [];
    const runnable = same.filter((entry) => entry.runnable);
    if (runnable.length === 1 && runnable[0]) return [runnable[0].sensor];
    const files = same.map((entry) => `sensors/${entry.file}`).join(' and ');
    const fault = `${files} have the same name "${first.sensor.name}"; rename one`;
    for (const entry of same) problems.push(problem(entry.file, 'it cannot be run', fault));
    return [{ ...first.sensor, fault, script: digest(`${same.map((entry) => entry.sensor.script).join()} ${fault}`) }];
  });
  return { sensors, problems, unreadable: null };
}
