// The plain sensor: an executable that prints one JSON object.
import { failed, parseOutput } from '../parse.ts';
import { runEnd } from './failures.ts';
import type { SensorRunner } from './types.ts';

export const executable: SensorRunner = {
  name: 'json',
  summary: 'An executable that prints one JSON object; with a key `signal`, only that value wakes.',
  argv: (path) => [path],
  observe(end) {
    const run = runEnd(end);
    if (!run.ran) return run.observation;
    const stderr = end.stderr.bytes;
    if (run.code !== 0) return failed('exit', { message: `it ended with exit code ${run.code}`, code: run.code, stderr });
    return parseOutput(end.stdout.bytes, stderr);
  },
};
