// A unified diff for people, bounded in time.
import { createTwoFilesPatch } from 'diff';

/** Lines that may differ before a diff is no help to anybody. */
const EDITS_CAP = 2_000;

export function unifiedDiff(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(path, path, before, after, 'now', 'proposed', { context: 3, maxEditLength: EDITS_CAP });
  // What stands above the names is a ruler that says nothing.
  return patch === undefined
    ? `--- ${path}\tnow\n+++ ${path}\tproposed\n(too different to show)\n`
    : patch.replace(/^(Index: .*\n)?=+\n/, '');
}
