// Append-only text files, read from their end.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from './error-code.ts';

const BLOCK_BYTES = 64 * 1024;

export interface Line {
  /** Without the line break. */
  bytes: Buffer;
  /** Where it begins in the file. */
  start: number;
}

/** The last `limit` whole lines, newest first; what follows the last line break is no line. None when there is no file. */
export function lastLinesOf(path: string, limit: number): Line[] {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
  try {
    return linesBefore(fd, fstatSync(fd).size, limit);
  } finally {
    closeSync(fd);
  }
}

/** The last `limit` whole lines that end at or before `end`, newest first. */
export function linesBefore(fd: number, end: number, limit: number): Line[] {
  const lines: Line[] = [];
  let start = end;
  let text: Buffer = Buffer.alloc(0);
  while (lines.length < limit) {
    const cut = text.lastIndexOf(0x0a);
    // A negative offset would count from the end.
    const before = cut <= 0 ? -1 : text.lastIndexOf(0x0a, cut - 1);
    if (cut >= 0 && (before >= 0 || start === 0)) {
      // A copy, so that a kept line does not hold its whole block.
      lines.push({ bytes: Buffer.from(text.subarray(before + 1, cut)), start: start + before + 1 });
      text = text.subarray(0, before + 1);
    } else if (start === 0) return lines;
    else {
      const length = Math.min(BLOCK_BYTES, start);
      start -= length;
      text = Buffer.concat([readAt(fd, start, length), text]);
    }
  }
  return lines;
}

/** Exactly those bytes; fewer only at the end of the file. */
export function readAt(fd: number, start: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const count = readSync(fd, bytes, read, length - read, start + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
