// A home with one sensor, one goal and one rule, all about a level that stands in state.json.
import { makeRig, type Rig } from './rig.ts';

const SENSOR = '#!/bin/sh\n# flyball: interval=1s trust=trusted\ncat state.json\n';
const RULE = `interval: 60s
rules:
  - name: told
    when: readings.state.signal.level == "bad"
    do: { action: send_notification, message: "It is {{ readings.state.signal.level }}." }
`;
export const GOAL = '---\ngoal: The level is good\npriority: 1\ndone_when: readings.state.signal.level == "good"\n---\nProse.\n';

export async function levelRig(level: string, files: Record<string, string> = {}): Promise<Rig> {
  return makeRig({
    'flyball.yaml': RULE,
    'sensors/state.sh': SENSOR,
    'state.json': JSON.stringify({ signal: { level }, detail: { seen: 1 } }),
    'goals/level.md': GOAL,
    ...files,
  });
}
