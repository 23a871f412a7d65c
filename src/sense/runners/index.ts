// The sensor runners, by the word in `format=`.
import * as list from './list.ts';
import type { SensorRunner } from './types.ts';

export const runners: readonly SensorRunner[] = Object.values(list);
