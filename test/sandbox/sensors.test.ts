// Sensors that are run in the sandbox because they say so.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noSandboxHere } from '../support/boxed-home.ts';
import { makeRig } from '../support/rig.ts';

const none = await noSandboxHere();
const LOOKS = `
touch here "$HOME/x" .flyball/x 2>/dev/null
printf '{"signal":{"goals":"%s","secrets":"%s","user":"%s"}}' "$(ls goals | wc -l)" "$(ls -A .flyball | wc -l)" "$(ls -A "$HOME" | wc -l)"
`;
const sensor = (directives: string) => ({ 'goals/a.md': '# A\n', 'sensors/look.sh': `#!/bin/sh\n# flyball: ${directives}\n${LOOKS}` });
const tried = async (rig: Awaited<ReturnType<typeof makeRig>>) => (await rig.flyball(['try', 'look', '--json'])).json();

describe.skipIf(none !== null)(`a sensor that says sandbox=required${none ? ` (skipped: ${none})` : ''}`, () => {
  test('sees the home, and neither .flyball nor the person’s files; it writes nothing', async () => {
    const rig = await makeRig(sensor('sandbox=required'));
    expect(await tried(rig)).toMatchObject({ failed: false, signal: { goals: '1', secrets: '0', user: '1' } });
    expect([existsSync(join(rig.home, 'here')), existsSync(join(rig.env.HOME ?? '', 'x'))]).toEqual([false, false]);
  });
});

describe('without a sandbox', () => {
  test.each([
    ['required', { failed: true, error: 'spawn' }],
    ['auto', { failed: false, error: null }],
  ])('sandbox=%s is not the same', async (word, reading) => {
    const rig = await makeRig(sensor(`sandbox=${word}`));
    const tools = join(rig.root, 'tools');
    mkdirSync(tools);
    const ended = await rig.flyball(['try', 'look', '--json'], { env: { PATH: tools } });
    expect(ended.json()).toMatchObject(reading);
  });
});
