// Processes that carry a mark of ours in their environment.
import { endMarked } from '../lib/end-processes.ts';
import { markedProcesses } from '../lib/process-table.ts';
import type { Marks } from '../ports.ts';

export function openMarks(): Marks {
  return {
    living: async () => (await markedProcesses()).filter(({ pid }) => pid !== process.pid).map(({ mark }) => mark),
    end: async (fits) => (await endMarked(fits)).left,
  };
}
