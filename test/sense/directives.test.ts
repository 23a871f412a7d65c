import { describe, expect, test } from 'vitest';
import { parseDirectives } from '../../src/sense/directives.ts';

const parse = (text: string) => parseDirectives(text, ['json', 'nagios']);
const DEFAULTS = {
  intervalMs: 60_000,
  timeoutMs: 60_000,
  forMs: null,
  on: null,
  mode: 'poll',
  format: 'json',
  trust: 'untrusted',
  sandbox: 'off',
  network: 'off',
};

describe('directives', () => {
  test('are read from a comment of any language', () => {
    const comments = ['# L', '#L', '// L', '-- L', '; L', '% L', '/* L */', '<!-- L -->', '" L', "' L", 'REM L', '   # L', ' * L'];
    for (const comment of comments) {
      const { directives, problems } = parse(`#!/usr/bin/env x\n${comment.replace('L', 'flyball: interval=5m trust=trusted')}\n`);
      expect({ directives, problems }, comment).toEqual({
        directives: { ...DEFAULTS, intervalMs: 300_000, trust: 'trusted' },
        problems: [],
      });
    }
  });

  test('are all that the contract names, on one line or several', () => {
    const text =
      '# flyball: interval=90 timeout=20s for=2m\r\n# flyball: on="my notes/today.md" mode=poll format=nagios trust=trusted\r\n# flyball: sandbox=required network=on\n';
    expect(parse(text)).toEqual({
      directives: {
        intervalMs: 90_000,
        timeoutMs: 20_000,
        forMs: 120_000,
        on: 'my notes/today.md',
        mode: 'poll',
        format: 'nagios',
        trust: 'trusted',
        sandbox: 'required',
        network: 'on',
      },
      problems: [],
    });
    expect(parse('# looop:interval=300').directives.intervalMs).toBe(300_000);
  });

  test('stand in the first 20 lines and in no line of code', () => {
    expect(parse(`${'\n'.repeat(19)}# flyball: interval=5m`).directives.intervalMs).toBe(300_000);
    expect(parse(`${'\n'.repeat(20)}# flyball: interval=5m`).directives).toEqual(DEFAULTS);
    expect(parse('echo "flyball: interval=5m"\nx = "# flyball: interval=5m"').directives).toEqual(DEFAULTS);
  });

  test('that are not understood leave the default and are told with their line', () => {
    const { directives, problems } = parse('#!/bin/sh\n# flyball: intervall=5m timeout=soon interval=0 mode=push for=400d on= hello\n');
    expect(directives).toEqual(DEFAULTS);
    expect(problems.map(({ line, what, next }) => `${line}: ${what}: ${next}`)).toEqual([
      '2: "intervall" is no directive: did you mean interval?',
      '2: timeout=soon is not understood: write a time such as 30s, 10m, 2h or 1d',
      '2: interval=0 is not understood: it must be 1s to 7d',
      '2: mode=push is not understood: it is one of poll, watch',
      '2: for=400d is not understood: it must be 0ms to 7d',
      '2: on= is not understood: name a file or folder',
      '2: "hello" is no directive: write key=value',
    ]);
    expect(parse('# flyball: interval=5m interval=6m')).toMatchObject({ directives: { intervalMs: 360_000 }, problems: [{ line: 1 }] });
    expect(parse('# flyball: mode=watch format=nagios')).toMatchObject({ directives: { format: 'json' }, problems: [{ line: 1 }] });
  });
});
