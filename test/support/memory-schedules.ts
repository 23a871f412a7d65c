// Schedules and their receipts in memory: what the file keeps, without its waits for the disk.
import type { Schedules } from '../../src/ports.ts';
import type { BegunReceipt, LastReceipt, Schedule } from '../../src/world/schedule.ts';

export function memorySchedules(schedules: Schedule[]): Schedules {
  let last: Record<string, LastReceipt> = {};
  let kept: BegunReceipt | null = null;
  return {
    all: () => schedules,
    lastReceipts: () => last,
    begun: () => kept,
    beginReceipt: (begun) => {
      kept = begun;
    },
    saveReceipt: ({ schedule, slot, result, reason }) => {
      if ((last[schedule]?.slot ?? '') < slot) last = { ...last, [schedule]: { slot, result, reason } };
      kept = null;
    },
  };
}
