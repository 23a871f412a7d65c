// Receipts: every slot of a schedule gets exactly one, in the journal. What the last was is also kept in a file
// of its own, because the journal rotates.
import type { Clock, Journal, Schedules } from './ports.ts';
import type { Receipt } from './world/journal.ts';
import type { BeatRecord } from './world/record.ts';
import type { BegunReceipt } from './world/schedule.ts';
import { passedOver, receiptResult, slotsOf } from './world/slots.ts';
import type { World } from './world/world.ts';

export interface ReceiptPorts {
  clock: Clock;
  schedules: Schedules;
  journal: Journal;
  epoch: number;
  tz: string | undefined;
}

/** So many records are read at first when a begun receipt is looked for; each time ten times more. */
const LOOKED_BACK = 100;

/** Slots that were missed and will not run any more: skipped, with the reason, before any that is due. */
export function skipMissed(ports: ReceiptPorts): void {
  finishBegun(ports);
  const last = ports.schedules.lastReceipts();
  for (const schedule of ports.schedules.all()) {
    const { skipped } = slotsOf(schedule, { last: last[schedule.name]?.slot ?? null, now: ports.clock.now(), tz: ports.tz });
    if (!skipped) continue;
    const { slot, reason, count } = skipped;
    give({ type: 'receipt', schedule: schedule.name, slot, result: 'skipped', reason, count, beat: null }, ports);
  }
}

/** A slot that was due in the world of a beat that ended handled has run; past half its period, late. */
export function handled(record: BeatRecord & { id: number }, world: World, ports: ReceiptPorts): void {
  finishBegun(ports);
  const endedAt = new Date(record.ended_at ?? record.at);
  const last = ports.schedules.lastReceipts();
  for (const schedule of ports.schedules.all()) {
    const due = world.schedules[schedule.name]?.due ?? null;
    if (due === null || (last[schedule.name]?.slot ?? '') >= due) continue;
    // It may have come after `skipMissed`, while the beat waited for its sensors.
    const passed = passedOver(schedule, due, { last: last[schedule.name]?.slot ?? null, tz: ports.tz });
    if (passed) give({ type: 'receipt', schedule: schedule.name, result: 'skipped', beat: null, ...passed }, ports);
    const result = receiptResult(schedule, due, { endedAt, tz: ports.tz });
    give({ type: 'receipt', schedule: schedule.name, slot: due, result, reason: null, count: 1, beat: record.id }, ports);
  }
}

/** What it says is fixed before the journal gets it: a crash in between gives this one, and not one like it. */
function give(receipt: Receipt, { journal, schedules, epoch }: ReceiptPorts): void {
  schedules.beginReceipt({ receipt, after: journal.newest(1)[0]?.seq ?? 0 });
  journal.append(receipt, epoch);
  schedules.saveReceipt(receipt);
}

function finishBegun({ journal, schedules, epoch }: ReceiptPorts): void {
  const begun = schedules.begun();
  if (!begun) return;
  if (!mayBeIn(journal, begun)) journal.append(begun.receipt, epoch);
  schedules.saveReceipt(begun.receipt);
}

/** True also when the records of that time are kept no more: a slot without a receipt is better than one with two. */
function mayBeIn(journal: Journal, { receipt, after }: BegunReceipt): boolean {
  for (let limit = LOOKED_BACK; ; limit *= 10) {
    const records = journal.newest(limit);
    const since = records.filter(({ seq }) => seq > after);
    if (since.some((it) => it.type === 'receipt' && it.schedule === receipt.schedule && it.slot === receipt.slot)) return true;
    if (since.length < records.length) return false;
    if (records.length < limit) return (records.at(-1)?.seq ?? after + 1) > after + 1;
  }
}
