// A name as typed → the name that is meant: exact, on a terminal a unique beginning, else the nearest as a hint.
import { PersonError } from '../errors.ts';
import { nearest } from '../lib/nearest.ts';

export interface Names {
  /** What kind of thing is named, for the message: `goal`. */
  what: string;
  names: readonly string[];
  /** A terminal is there: then a unique beginning is enough. */
  prefix: boolean;
  /** 2 for a word of ours that was mistyped; 1, unless told: there is no such thing in the home. */
  code?: 1 | 2;
}

export function pickName(typed: string, { what, names, prefix, code = 1 }: Names): string {
  if (names.includes(typed)) return typed;
  const begun = prefix ? names.filter((name) => name.startsWith(typed)) : [];
  const [only] = begun;
  if (only !== undefined && begun.length === 1) return only;
  if (begun.length > 1) throw new PersonError(`"${typed}" may be ${begun.join(' or ')}`, { hint: 'type more of it', code });
  const near = nearest(typed, names);
  const known =
    names.length === 0 ? 'there is none yet' : names.length <= 12 ? `there are: ${names.join(', ')}` : `there are ${names.length}`;
  throw new PersonError(`there is no ${what} "${typed}"`, { hint: near ? `did you mean "${near}"?` : known, code });
}
