// Every Nagios plugin is a sensor: its exit code is the state, its text and perfdata the detail.
import { failed, parseNagios } from '../parse.ts';
import { runEnd } from './failures.ts';
import type { SensorRunner } from './types.ts';

export const nagios: SensorRunner = {
  name: 'nagios',
  summary: 'A Nagios plugin: exit code 0/1/2/3 and `text | perfdata`.',
  argv: (path) => [path],
  observe(end) {
    const run = runEnd(end);
    if (!run.ran) return run.observation;
    const { code } = run;
    return (
      parseNagios(end.stdout.bytes, code) ??
      failed('exit', { message: `exit code ${code} is none of a Nagios plugin's (0 to 3)`, code, stderr: end.stderr.bytes })
    );
  },
};
