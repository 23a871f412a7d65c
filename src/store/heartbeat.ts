// heartbeat.json: the last beat's time and gate, and when each sensor was read. Replaced whole, never fsynced.
import { readText } from '../lib/files.ts';
import type { Gate } from '../world/record.ts';
import type { Layout } from './layout.ts';

/** Null before the first beat. */
export function readHeartbeat(layout: Layout): { at: string; gate: Gate; observed_at: Record<string, string> } | null {
  const text = readText(layout.heartbeat);
  return text === null ? null : JSON.parse(text);
}
