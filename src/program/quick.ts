// The short way of the verbs that are typed most: the same program, built without its packages (build.mjs). What
// turns out to need one is abandoned before a word is printed, and the whole program begins anew.
import { missing } from '../lib/short-way.ts';
import { heldStreams } from '../surfaces/cli/streams.ts';
import { main } from './main.ts';

/** The exit code, or null when this call needs the whole program; then nothing was printed or written. */
export async function quick(argv: readonly string[], entryUrl: string): Promise<number | null> {
  const streams = heldStreams();
  const code = await main(argv, { entryUrl, streams, signal: new AbortController().signal }); // a signal ends it at once
  if (missing() !== null) return null;
  return (await streams.print()) ? code : 0;
}
