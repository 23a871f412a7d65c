// Which runs of a text stand in another one. Linear in both, also for large and hostile ones.

/** Every run of one length of a text, ready to be looked for. */
export interface Runs {
  /** How many there are: the run with number `n` begins at the character `n`. */
  count: number;
  /** The runs, by number and in no order, that stand in the other text. */
  in(other: string): number[];
}

/** Any odd number: what a rolling hash multiplies with. */
const BASE = 0x01000193;
const BITS = 21;

export function runsOf(text: string, length: number): Runs {
  const count = Math.max(0, text.length - length + 1);
  const maybe = new Uint8Array(1 << (BITS - 3));
  const first = new Map<string, number>();
  /** The next run of the same characters, or -1. */
  const next = new Int32Array(count).fill(-1);
  eachHash(text, length, (at, hash) => {
    maybe[hash >>> 3] = (maybe[hash >>> 3] ?? 0) | (1 << (hash & 7));
    const run = text.slice(at, at + length);
    const former = first.get(run);
    if (former !== undefined) next[at] = former;
    first.set(run, at);
  });
  return { count, in: (other) => found(other, { length, maybe, first, next }) };
}

interface Index {
  length: number;
  /** A bit for each hash that some run has: nearly all of another text is told apart by it alone. */
  maybe: Uint8Array;
  first: ReadonlyMap<string, number>;
  next: Int32Array;
}

function found(other: string, { length, maybe, first, next }: Index): number[] {
  const heads = new Set<number>();
  if (first.size > 0)
    eachHash(other, length, (at, hash) => {
      if (((maybe[hash >>> 3] ?? 0) & (1 << (hash & 7))) === 0) return;
      const head = first.get(other.slice(at, at + length));
      if (head !== undefined) heads.add(head);
    });
  const runs: number[] = [];
  for (const head of heads) for (let at = head; at !== -1; at = next[at] ?? -1) runs.push(at);
  return runs;
}

function eachHash(text: string, length: number, visit: (at: number, hash: number) => void): void {
  let leaving = 1;
  for (let n = 1; n < length; n++) leaving = Math.imul(leaving, BASE);
  let hash = 0;
  for (let end = 0; end < text.length; end++) {
    if (end >= length) hash = (hash - Math.imul(text.charCodeAt(end - length), leaving)) | 0;
    hash = (Math.imul(hash, BASE) + text.charCodeAt(end)) | 0;
    if (end >= length - 1) visit(end - length + 1, hash >>> (32 - BITS));
  }
}
