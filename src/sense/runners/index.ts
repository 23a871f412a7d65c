// The sensor runners, by the word in `format=`. A new one is one file and one line here.
import { executable } from './executable.ts';
import { nagios } from './nagios.ts';
import type { SensorRunner } from './types.ts';

export const runners: readonly SensorRunner[] = [executable, nagios];
