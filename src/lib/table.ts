// Text for people: aligned columns, and times as distances.

/** Rows of cells as lines with aligned columns; the last column is never padded. */
export function table(rows: readonly (readonly string[])[], indent = ''): string {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, width(cell))), []);
  return rows
    .map((row) =>
      `${indent}${row.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - width(cell)))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}

function width(cell: string): number {
  return Array.from(cell).length;
}

/** "3 min ago", "in 2 h", "now": one unit, rounded down. */
export function distance(from: Date, to: Date): string {
  const ms = to.getTime() - from.getTime();
  const span = spanOf(Math.abs(ms));
  if (span === null) return 'now';
  return ms < 0 ? `${span} ago` : `in ${span}`;
}

function spanOf(ms: number): string | null {
  const seconds = Math.floor(ms / 1_000);
  if (seconds < 1) return null;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
