// stdout and stderr: of the whole CLI, and of the short way, which prints once and at its end.
import { fstatSync, statSync, writeSync } from 'node:fs';
import { isatty } from 'node:tty';
import { errorCode } from '../../lib/error-code.ts';
import type { Streams } from './output.ts';

export function processStreams(): Streams {
  // A reader that went away (`flyball journal | head`) wants no more, and no complaint.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return {
    out: (text) => void process.stdout.write(text), // back-pressure: payloads are bounded, and the exit waits for them
    err: (text) => void process.stderr.write(text),
    tty: process.stdout.isTTY === true,
  };
}

/** Resolves when stdout has taken everything. */
export function printed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

export interface HeldStreams extends Streams {
  /** Prints what was said. False: the reader went away. */
  print(): Promise<boolean>;
}

/** Keeps what is said until it is known that it is to be said. Without Node's streams, whose making takes milliseconds. */
export function heldStreams(): HeldStreams {
  const said: { fd: 1 | 2; text: string }[] = [];
  return {
    out: (text) => void said.push({ fd: 1, text }),
    err: (text) => void said.push({ fd: 2, text }),
    tty: mayBeTerminal(1) && isatty(1),
    print: async () => {
      try {
        for (const { fd, text } of said) await writeWhole(fd, Buffer.from(text));
        return true;
      } catch (error) {
        if (errorCode(error) !== 'EPIPE') throw error;
        return false;
      }
    },
  };
}

/** Node's tty module takes milliseconds to load: not for a file, a pipe or /dev/null. */
function mayBeTerminal(fd: number): boolean {
  const stat = fstatSync(fd);
  return stat.isCharacterDevice() && stat.rdev !== statSync('/dev/null', { throwIfNoEntry: false })?.rdev;
}

async function writeWhole(fd: 1 | 2, bytes: Uint8Array): Promise<void> {
  let written = 0;
  try {
    while (written < bytes.length) written += writeSync(fd, bytes, written);
  } catch (error) {
    if (errorCode(error) !== 'EAGAIN') throw error;
    // Somebody has set the pipe to not block, and it is full: Node's own stream waits for room.
    const stream = fd === 1 ? process.stdout : process.stderr;
    await new Promise<void>((resolve, reject) => {
      stream.once('error', reject);
      stream.write(bytes.subarray(written), () => resolve());
    });
  }
}
