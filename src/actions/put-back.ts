// All or nothing: what broke off half-way is put back file by file, each only while it is what we wrote.

import type { History } from '../ports/history.ts';
import type { HomeWriter } from '../ports.ts';
import type { IntentRecord } from '../world/journal.ts';

/** False when something stays that is neither ours nor as it was: then nobody can say. */
export function putBack(intent: IntentRecord, ports: { writer: HomeWriter; history: Pick<History, 'version'> }): boolean {
  let whole = true;
  for (const { path, digest: after } of intent.after) {
    const before = intent.before.find((stamp) => stamp.path === path)?.digest ?? null;
    const now = ports.writer.stamp(path).digest;
    if (now === before) continue;
    if (now !== after) {
      whole = false;
      continue;
    }
    const was = before === null ? null : ports.history.version({ path, digest: before });
    if (before !== null && was === null) {
      whole = false;
      continue;
    }
    const mode = now === null && was?.executable ? { mode: 0o700 } : {};
    const change = { path, before: ports.writer.text(path), after: was?.text ?? null, reach: 'person', ...mode } as const;
    whole = ports.writer.change(change, intent.id) === 'done' && whole;
  }
  return whole;
}
