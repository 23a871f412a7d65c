// Receipts: every slot of a schedule gets exactly one, in the journal. What the last was is also kept in a file
// of its own, because the journal rotates.
import type { Clock, Journal, Schedules } from './ports.ts';
import type { Receipt } from './world/journal.ts';
import type { BeatRecord } from './world/record.ts';
import { receiptResult, slotsOf } from './world/slots.ts';
import type { World } from './world/world.ts';

export interface ReceiptPorts {
  clock: Clock;
  schedules: Schedules;
  journal: Journal;
  epoch: number;
  tz: string | undefined;
}

/** A receipt and the word that it is written are two files: after a crash between them it stands among the newest records. */
const LOOKED_BACK = 100;

/** Slots that were missed and will not run any more: skipped, with the reason, before any that is due. */
export function skipMissed(ports: ReceiptPorts): void {
  const last = ports.schedules.lastReceipts();
  for (const schedule of ports.schedules.all()) {
    const { skipped } = slotsOf(schedule, { last: last[schedule.name] ?? null, now: ports.clock.now(), tz: ports.tz });
    if (!skipped) continue;
    const { slot, reason, count } = skipped;
    give({ type: 'receipt', schedule: schedule.name, slot, result: 'skipped', reason, count, beat: null }, ports);
  }
}

/** A slot that was due in the world of a beat that ended handled has run; past half its period, late. */
export function handled(record: BeatRecord & { id: number }, world: World, ports: ReceiptPorts): void {
  const endedAt = new Date(record.ended_at ?? record.at);
  const last = ports.schedules.lastReceipts();
  for (const schedule of ports.schedules.all()) {
    const due = world.schedules[schedule.name]?.due ?? null;
    if (due === null || (last[schedule.name] ?? '') >= due) continue;
    const result = receiptResult(schedule, due, { endedAt, tz: ports.tz });
    give({ type: 'receipt', schedule: schedule.name, slot: due, result, reason: null, count: 1, beat: record.id }, ports);
  }
}

function give(receipt: Receipt, { journal, schedules, epoch }: ReceiptPorts): void {
  const given = journal
    .newest(LOOKED_BACK)
    .some((entry) => entry.type === 'receipt' && entry.schedule === receipt.schedule && entry.slot === receipt.slot);
  if (!given) journal.append(receipt, epoch);
  schedules.saveReceipt(receipt.schedule, receipt.slot);
}
