// The whole program: every verb, each with what it needs.

import { printed, processStreams } from '../surfaces/cli/streams.ts';
import { main } from './main.ts';

/** A verb that was told to end and does not is left to its fate; `up` takes as long as its effects need. */
const PATIENCE_MS = 10_000;

export async function whole(argv: readonly string[], entryUrl: string): Promise<number> {
  const code = await main(argv, { entryUrl, streams: processStreams(), signal: untilAskedToEnd(argv) });
  await printed();
  return code;
}

function untilAskedToEnd(argv: readonly string[]): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143); // asked twice
      stop.abort(name);
      if (!argv.includes('up')) setTimeout(() => process.exit(name === 'SIGINT' ? 130 : 143), PATIENCE_MS).unref();
    });
  }
  return stop.signal;
}
