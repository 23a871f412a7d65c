// Processes of every kind that a brake must stop: each carries a mark, and is started by nobody in particular.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import scripts from '../../bench/crowd.json' with { type: 'json' };
import { type ProcessRow, processRows, variablesOf } from '../../src/lib/process-table.ts';
import { until } from './wait.ts';

export type Kind = keyof typeof scripts;
export const KINDS = Object.keys(scripts) as Kind[];

/** What a kind needs to be whole. */
const WHOLE: Partial<Record<Kind, (rows: readonly ProcessRow[]) => boolean>> = {
  stopped: (rows) => rows.some(({ state }) => state === 'T'),
  terminal: (rows) => rows.some((row) => row.name === 'sleep' && isForeground(row, rows)),
};

export interface Crowd {
  /** All of it that lives. */
  rows(kind?: Kind): ProcessRow[];
  /** What is not stopped. The parent of a vfork whose child was stopped before its exec stands still in the kernel, waiting for it. */
  running(): ProcessRow[];
}

/** One of each kind (or `kinds`), with `FLYBALL_RUN=<mark>/<kind>`; ended with the test. */
export async function crowd(mark: string, kinds: readonly Kind[] = KINDS, more: Record<string, string> = {}): Promise<Crowd> {
  const leaders = new Map<Kind, ChildProcess>();
  /** By number and start: the numbers of the dead are soon used again by others. */
  let seen = new Map<string, Kind>();
  const rows = (kind?: Kind) => {
    const all = processRows();
    const living = new Map<number, Kind>();
    // A process that threw its environment away is known by its parent, and once that is gone by itself.
    for (let before = -1; before < living.size; ) {
      before = living.size;
      for (const row of all) {
        const of = living.get(row.pid) ?? seen.get(keyOf(row)) ?? living.get(row.parent) ?? kindOf(row, mark);
        if (of !== undefined) living.set(row.pid, of);
      }
    }
    const found = all.filter(({ pid }) => living.has(pid));
    seen = new Map(found.flatMap((row) => [[keyOf(row), living.get(row.pid)]] as [string, Kind][])); // each of them lives
    return found.filter(({ pid }) => kind === undefined || living.get(pid) === kind);
  };
  onTestFinished(async () => {
    await until(() => {
      for (const { pid } of rows()) end(pid);
      return rows().length === 0;
    }, 'the crowd to be gone');
  });
  for (const kind of kinds) {
    const env = { PATH: process.env.PATH, ...more, FLYBALL_RUN: `${mark}/${kind}` };
    leaders.set(kind, spawn('/bin/sh', ['-c', scripts[kind]], { env, detached: true, stdio: 'ignore' }));
  }
  for (const kind of kinds) await until(() => rows(kind).length > 0 && (WHOLE[kind]?.(rows(kind)) ?? true), `the kind ${kind}`);
  const running = () => {
    const all = rows();
    const stopped = new Set(all.filter(({ state }) => state === 'T').map(({ parent }) => parent));
    return all.filter(({ pid, state }) => state !== 'T' && !(state === 'D' && stopped.has(pid)));
  };
  return { rows, running };
}

const keyOf = ({ pid, started }: ProcessRow) => `${pid} ${started}`;

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile: the next look tells.
  }
}

function kindOf({ pid }: ProcessRow, mark: string): Kind | undefined {
  const carried = variablesOf(pid, ['FLYBALL_RUN'])?.FLYBALL_RUN;
  return KINDS.find((kind) => carried === `${mark}/${kind}`);
}

/** It has its terminal: the one whose group the kernel names as the terminal's own. */
export function isForeground(row: ProcessRow, rows: readonly ProcessRow[]): boolean {
  const shell = rows.find(({ pid }) => pid === row.parent);
  const stat = readFileSync(`/proc/${row.pid}/stat`, 'latin1');
  const terminalGroup = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[5]);
  return terminalGroup === row.group && shell !== undefined && shell.group !== row.group;
}
