// owner.json: whose home this is (home id, machine, uid) and in which epoch its pulse beats.
import { randomUUID } from 'node:crypto';
import { renameSync } from 'node:fs';
import { hostname } from 'node:os';
import { PersonError, TerminalError } from '../errors.ts';
import { digest, isPlainObject } from '../lib/digest.ts';
import { createExclusive, makeFolder, readText, writeAtomic, writeBeside } from '../lib/files.ts';
import type { Layout } from './layout.ts';

export interface Owner {
  v: 1;
  /** The home's own id, for marks on children and for trust. */
  id: string;
  machine: string;
  uid: number;
  /** Raised by each pulse; a record of a lower one cannot begin. */
  epoch: number;
}

/** Null when there definitely is none; throws when it cannot be read or is not what we write. */
export function readOwner(layout: Layout): Owner | null {
  const text = readText(layout.owner);
  if (text === null) return null;
  const owner = parsed(text);
  const whole =
    isPlainObject(owner) &&
    typeof owner.id === 'string' &&
    typeof owner.machine === 'string' &&
    Number.isSafeInteger(owner.uid) &&
    Number.isSafeInteger(owner.epoch);
  if (!whole)
    throw new PersonError(`${layout.owner} is damaged: it must hold id, machine, uid and epoch`, {
      hint: 'put it back as it was; or move it away, and allow the home anew with: flyball up',
      code: 1,
    });
  return owner as unknown as Owner; // each field was looked at above
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Makes .flyball/ with its .gitignore and owner.json, unless they are there; returns the owner. */
export function ensureOwner(layout: Layout, uid: number): Owner {
  makeFolder(layout.machine);
  if (readText(layout.machineIgnore) === null) createExclusive(layout.machineIgnore, '*\n');
  const known = readOwner(layout);
  if (known) return known;
  const fresh: Owner = { v: 1, id: randomUUID(), machine: machineId(), uid, epoch: 0 };
  createExclusive(layout.owner, text(fresh));
  return readOwner(layout) ?? fresh;
}

/** One more than before, for this machine. The caller holds the pulse lock. */
export function raiseEpoch(layout: Layout, uid: number): Owner {
  const next = { ...ensureOwner(layout, uid), machine: machineId() };
  next.epoch += 1;
  writeAtomic(layout.owner, text(next));
  return next;
}

/** The epoch of one governor: on disk, where the fence looks, from `begin` on. Who only rests never begins one. */
export interface Epoch {
  /** The home's id. */
  home: string;
  number: number;
  /** Before the first line of the journal. Throws when somebody else has begun one meanwhile. */
  begin(): void;
  /** Somebody has begun a later one: nothing of this one begins any more. */
  isOver(): boolean;
}

/** The caller holds the pulse lock. */
export function nextEpoch(layout: Layout, uid: number): Epoch {
  const before = ensureOwner(layout, uid);
  const number = before.epoch + 1;
  let begun = false;
  return {
    home: before.id,
    number,
    isOver: () => (readOwner(layout)?.epoch ?? 0) > number - (begun ? 0 : 1),
    begin: () => {
      if (begun) return;
      if (readOwner(layout)?.epoch !== before.epoch)
        throw new TerminalError(`epoch ${number} was begun by another pulse: nothing begins here`);
      // Its name need not be durable: a power cut that brings the old epoch back leaves nobody alive in the new one.
      renameSync(writeBeside(layout.owner, text({ ...before, machine: machineId(), epoch: number })), layout.owner);
      begun = true;
    },
  };
}

/** A name for this machine that says nothing else about it. */
export function machineId(): string {
  return digest(`flyball ${readText('/etc/machine-id')?.trim() || hostname()}`).slice('sha256:'.length, 'sha256:'.length + 32);
}

function text(owner: Owner): string {
  return `${JSON.stringify(owner)}\n`;
}
