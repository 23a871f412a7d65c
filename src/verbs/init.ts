// init: makes a home that works, from the example that flyball itself comes with.
import * as z from 'zod';
import { PersonError } from '../errors.ts';
import { askAllowed } from './allowed.ts';
import { defineVerb } from './define.ts';
import type { Hands, House } from './hands.ts';

export const init = defineVerb({
  name: 'init',
  group: 'house',
  summary: 'Make a home: example goals, sensors, loops, playbook and settings. Never overwrites.',
  details: 'Without DIR: the home that --home or $FLYBALL_HOME names, else ~/flyball.',
  person: true,
  writes: true,
  home: 'optional',
  input: z.strictObject({
    dir: z.string().optional().describe('Where.').meta({ positional: true, complete: 'file' }),
    yes: z.boolean().default(false).describe('Ask nothing.').meta({ short: 'y' }),
  }),
  run: async ({ dir, yes }, hands) => {
    const house = dir === undefined ? ownHouse(hands) : hands.house.at(dir);
    house.owner();
    if (house.exists()) await askAllowed(hands, { house, yes });
    const { home } = house.layout;
    const { made, kept } = house.create();
    const lines = [
      `${home}: ${made.length} files made${kept.length > 0 ? `; left as they are: ${kept.join(', ')}` : ''}`,
      `  ${hands.program} --home ${home} up       to begin`,
      `  ${hands.program} --home ${home} status   to look`,
    ];
    return { exit: 0, json: { v: 1, home, made, kept }, text: lines.join('\n') };
  },
});

function ownHouse({ house }: Hands): House {
  if (house.found !== 'ancestor' && house.found !== 'running') return house;
  throw new PersonError(`you are in the home ${house.layout.home} already`, { hint: 'name the folder: flyball init DIR' });
}
