// PURE. The memory of no: what the person has taken back, refused or removed is asked about and not done again.
import { canonicalJson, digest, isPlainObject } from '../lib/digest.ts';

/** What an action acts on. */
export interface Place {
  /** As its kind says: `goals/inbox`. */
  target: string | null;
  /** The file of the home that this means, relative to it; null where it is none. */
  path: string | null;
}

export interface No extends Place {
  /** The kind of action. */
  kind: string;
  /** Where there is no target: digest of what tells the action from others of its kind (a command's text). */
  what: string | null;
  why: 'undone' | 'refused' | 'deleted' | 'interrupted';
  /** What it is about: an action's id (`b42`, `p7`) or an ask (`ask:3`). One no for each. */
  id: string;
  at: string;
  /** Digest of the file when the no was left (filled in when it is added): an edit by the person since takes it back. */
  digest?: string | null;
  /** Taken back by the person; kept where the no would else be found anew. */
  forgotten?: true;
}

/** Fields that may ride along on any action and do not make it another one. */
const RIDE_ALONG = new Set(['journal', 'because', 'beat', 'next_interval_s']);
/** Words about an action, which do not make it another one to do. */
const REASONS = new Set(['reason', 'goal']);
/** The journal keeps longer strings as their digest. */
const FOLD_BYTES = 1_024;

type Decision = Readonly<Record<string, unknown>>;

/** Kind and fields, as one text: two decisions are the same when these are. */
export function identity(decision: Decision): string {
  return canonicalJson(Object.fromEntries(Object.entries(decision).filter(([field]) => !RIDE_ALONG.has(field))));
}

/** The no about an action. `decision` may be as the journal keeps it, long strings folded. */
export function noAbout(decision: Decision & { action: string }, place: Place, rest: Pick<No, 'why' | 'id' | 'at'>): No {
  return { kind: decision.action, ...place, what: place.target === null ? whatOf(decision) : null, ...rest };
}

/** Does the no speak of this action? */
export function speaksOf(no: No, decision: Decision & { action: string }, target: string | null): boolean {
  if (no.forgotten || no.kind !== decision.action || no.target !== target) return false;
  return target !== null || no.what === whatOf(decision);
}

function whatOf(decision: Decision): string {
  const fields = Object.entries(decision).filter(([field]) => !RIDE_ALONG.has(field) && !REASONS.has(field));
  return digest(canonicalJson(Object.fromEntries(fields.map(([field, value]) => [field, folded(value)]))));
}

function folded(value: unknown): unknown {
  if (typeof value === 'string' && Buffer.byteLength(value) > FOLD_BYTES) return digest(value);
  return isPlainObject(value) && typeof value.digest === 'string' && 'bytes' in value ? value.digest : value;
}

export function noWords(no: No): string {
  const verb = {
    undone: 'you undid',
    refused: 'you refused',
    deleted: 'you deleted what came of',
    interrupted: 'nobody knows how far it came with',
  };
  return `${verb[no.why]} ${no.kind}${no.target === null ? '' : ` on ${no.target}`} (${no.id}, ${no.at})`;
}
