// journal.md: one line per action, for people.
import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { writeAll } from '../lib/files.ts';
import { lastLinesOf, linesBefore, readAt } from '../lib/lines.ts';
import { rotateAbove } from '../lib/rotate.ts';
import { oneLine } from '../lib/text.ts';
import type { Journal } from '../ports.ts';
import type { Layout } from './layout.ts';

const LINE_CAP = 500;
/** A line is written again only when it is not among so many last ones: that makes rolling forward harmless. */
const REMEMBERED = 20;
const FILE_BYTES = 5 * 1024 * 1024;
const OLDER_KEPT = 3;

export function journalText(layout: Layout): Pick<Journal, 'line' | 'lastLines'> {
  return {
    line: (text, at) => appendLine(layout, `- ${localMinute(at)} ${oneLine(text, LINE_CAP)}`),
    lastLines: (count) => lastLines(layout, count),
  };
}

function appendLine(layout: Layout, line: string): void {
  if (lastLines(layout, REMEMBERED).includes(line)) return;
  rotateAbove(layout.journalText, { archive: layout.journalTextOld, bytes: FILE_BYTES, keep: OLDER_KEPT });
  const fd = openSync(layout.journalText, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    writeAll(fd, Buffer.from(withoutWhatIsThere(fd, line)));
  } finally {
    closeSync(fd);
  }
}

/** The file may end in the middle of a line: of this very one, when a crash tore it, or of a person's. */
function withoutWhatIsThere(fd: number, line: string): string {
  const { size } = fstatSync(fd);
  const last = linesBefore(fd, size, 1)[0];
  const end = last ? last.start + last.bytes.length + 1 : 0;
  if (size === end) return `${line}\n`;
  const torn = readAt(fd, end, size - end).toString('utf8');
  return line.startsWith(torn) ? `${line.slice(torn.length)}\n` : `\n${line}\n`;
}

/** Oldest first; after a rotation the older file still speaks. */
function lastLines(layout: Layout, count: number): string[] {
  const lines = lastLinesOf(layout.journalText, count);
  if (lines.length < count) lines.push(...lastLinesOf(`${layout.journalTextOld}.1`, count - lines.length));
  return lines.map(({ bytes }) => bytes.toString('utf8')).reverse();
}

/** `YYYY-MM-DD HH:MM` on the person's clock. */
function localMinute(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
