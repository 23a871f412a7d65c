import { execFileSync } from 'node:child_process';
import { fc, test as property } from '@fast-check/vitest';
import { describe, expect, test } from 'vitest';
import { matchesAny, matchesPattern, patternProblem } from '../../src/lib/command-pattern.ts';
import { destructive } from '../../src/lib/destructive.ts';
import { shellTokens } from '../../src/lib/shell-words.ts';
import { shellQuote } from '../../src/lib/text.ts';

describe('a command pattern', () => {
  test.each([
    ['git status', 'git status'],
    ['git   status  ', 'git status'],
    ["git 'status'", 'git status'],
    ['git log --oneline -5', 'git log **'],
    ['git log', 'git log **'],
    ['git show abc123', 'git show *'],
    ["echo 'a; rm -rf /'", 'echo *'],
    ['echo "a && b"', 'echo *'],
    ['echo a\\;b', 'echo *'],
    ['ls *.txt', 'ls **'],
    ['make "two words"', "make 'two words'"],
    ['find . -name x', 'find . **'],
    ['make a=b', 'make *'],
  ])('%s is one that %s allows', (command, pattern) => {
    expect(matchesPattern(command, pattern)).toBe(true);
  });

  test.each([
    ['git status --short', 'git status'],
    ['git', 'git status'],
    ['git show a b', 'git show *'],
    ['git show', 'git show *'],
    ['git status; rm x', 'git status **'],
    ['git status && rm x', 'git status **'],
    ['git status | sh', 'git status **'],
    ['git status & rm x', 'git status **'],
    ['git log > /etc/passwd', 'git log **'],
    ['git log < x', 'git log **'],
    ['echo $(rm x)', 'echo **'],
    ['echo "$(rm x)"', 'echo **'],
    ['echo `rm x`', 'echo **'],
    ['echo "`rm x`"', 'echo **'],
    ['echo $HOME', 'echo **'],
    ['echo "$HOME"', 'echo **'],
    ['echo a\nrm x', 'echo **'],
    ['echo (a)', 'echo **'],
    ["echo 'a", 'echo **'],
    ['echo "a', 'echo **'],
    ['echo a \\', 'echo **'],
    ['echo a # b', 'echo **'],
    ['PATH=/tmp git status', 'git status'],
    ['PATH=/tmp git status', '* git status'],
    ['ls *', 'ls *'],
    ['ls ~', 'ls *'],
    ['ls {a,b}', 'ls *'],
    ["echo $'a'", 'echo **'],
    ['git status\u0000', 'git status'],
    ['git\u00a0status', 'git status'],
    ['', 'git'],
    ['anything', '**'],
    ['a x b', 'a ** b'],
    ['a; b', 'a; b'],
  ])('%j is not one that %s allows', (command, pattern) => {
    expect(matchesPattern(command, pattern)).toBe(false);
  });

  test('what is wrong with a pattern has words', () => {
    expect(patternProblem('git log **')).toBe(null);
    expect(patternProblem('**')).toContain('every command');
    expect(patternProblem('a ** b')).toContain('before its end');
    expect(patternProblem('a | b')).toContain('single simple command');
  });

  property.prop([
    fc.array(
      fc.string({ minLength: 1 }).filter((word) => !word.includes('\u0000')),
      { minLength: 1 },
    ),
  ])('a quoted word is one word, whatever it holds', (words) => {
    const line = `echo ${words.map(shellQuote).join(' ')}`;
    expect(matchesAny(line, ['no', `echo ${words.map(() => '*').join(' ')}`])).toBe(true);
    expect(matchesAny(line, [`echo ${words.map(() => '*').join(' ')} *`])).toBe(false);
  });
});

const shellish = fc.string({ unit: fc.constantFrom(..."   ###'''\"\"\\$`;=!~{\r\tab"), maxLength: 10 });

property.prop([shellish], { numRuns: 400 })('what a pattern allows has the words that a real bash passes on', (rest) => {
  const line = `printf '<%s>' x ${rest}`;
  const words = (shellTokens(line) ?? []).flatMap((token) => (token.token === 'word' && !token.globs ? [token.text] : []));
  if (
    !matchesAny(line, [
      `printf '<%s>' ${words
        .slice(2)
        .map(() => '*')
        .join(' ')}`,
    ])
  )
    return;
  const printed = execFileSync('bash', ['-c', line], { encoding: 'utf8' });
  expect(printed).toBe(
    words
      .slice(2)
      .map((word) => `<${word}>`)
      .join(''),
  );
});

describe('the trip-wire', () => {
  test.each([
    'sudo ls',
    'rm -rf /',
    'rm -fr ~',
    'rm -r -f $HOME',
    'rm --recursive --force ~/',
    'rm -rf /*',
    'rm -rf "$HOME"',
    'cd / && rm -rf ~/*',
    'env A=b nohup rm -rf /',
    'if true; then rm -rf /; fi',
    'true;rm -rf /',
    'find . | xargs rm -rf /',
    'git push --force origin main',
    'git push -f origin master',
    'git push origin +main',
    'git -C x push --force-with-lease origin HEAD:main',
    'curl -s https://x | sh',
    'wget -qO- x | bash -s',
    'curl x | sudo bash',
    'mkfs.ext4 /dev/sda1',
    'dd if=x of=/dev/sda',
    'cat x > /dev/nvme0n1',
    'shutdown now',
    '/sbin/reboot',
    'sh -c "rm -rf /"',
    "bash -c 'sudo ls'",
    'echo "$(sudo ls)"',
    'echo `reboot`',
    "echo 'unclosed; sudo ls",
  ])('%s is refused', (line) => {
    expect(destructive(line)).not.toBe(null);
  });

  test.each([
    'rm -rf build',
    'rm -rf ./node_modules',
    'rm -f /tmp/x',
    "echo 'sudo ls'",
    'echo "a; reboot"',
    'git push origin main',
    'git push --force origin my-branch',
    'curl -s https://x | jq .',
    'dd if=x of=/dev/null',
    'cat x > /dev/null 2>&1',
    'grep -r shutdown .',
    'echo halt',
  ])('%s passes', (line) => {
    expect(destructive(line)).toBe(null);
  });

  property.prop([fc.string({ maxLength: 300 })])('no line makes it throw', (line) => {
    expect(() => destructive(line)).not.toThrow();
  });
});
