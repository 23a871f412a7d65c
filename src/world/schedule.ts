// Schedule: when to wake, as kept in .flyball/schedules/NAME.json.
import type { Receipt } from './journal.ts';

export interface Schedule {
  v: 1;
  name: string;
  /** Exactly one of the three. */
  at: string | null;
  every_s: number | null;
  cron: string | null;
  tz: string | null;
  misfire: 'once' | 'skip' | 'all';
  note: string;
  /** An older slot is skipped; without it only its followers end its turn. */
  max_age_s?: number | null;
  /** `every_s` counts from here; no slot lies before it. */
  created_at: string;
}

/** What is remembered of a schedule's newest slot that was handled. */
export type LastReceipt = Pick<Receipt, 'slot' | 'result' | 'reason'>;

export interface BegunReceipt {
  receipt: Receipt;
  /** The journal's newest record before it: if it is there, it is among those that came after. */
  after: number;
}
