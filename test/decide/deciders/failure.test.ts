import { describe, expect, test } from 'vitest';
import { readFailure } from '../../../src/decide/deciders/failure.ts';
import { parseRetryAfter } from '../../../src/decide/deciders/retry-after.ts';
import { later, NOON } from '../../support/builders.ts';

describe('the words of an error mean', () => {
  test.each([
    ['auth', 'Not logged in · Please run /login'],
    ['auth', 'status 401: {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}'],
    ['auth', 'unexpected status 401 Unauthorized: Missing bearer authentication'],
    ['auth', 'Error: No API key found for anthropic.'],
    ['auth', 'API key not valid. Please pass a valid API key.'],
    ['limited', 'Claude AI usage limit reached|1746543600'],
    ['limited', "You've hit your usage limit. Upgrade to Pro or try again in 3 days 2 hours."],
    ['limited', 'Your credit balance is too low to access the API'],
    ['limited', 'You exceeded your current quota, please check your plan'],
    ['network', '429 Too Many Requests'],
    ['network', 'API Error: Repeated 529 Overloaded errors'],
    ['network', 'stream disconnected before completion'],
    ['network', 'connect ECONNREFUSED 127.0.0.1:8123'],
    ['network', 'TypeError: fetch failed'],
    ['exit', 'Model "nope" not found. Use --list-models'],
    ['exit', "error: unknown option '--safe-mode'"],
    ['exit', ''],
  ])('%s: %s', (reason, words) => {
    expect(readFailure(words, NOON).reason).toBe(reason);
  });

  test.each([
    ['usage limit reached|1772456400', new Date(1_772_456_400_000)],
    ['usage limit reached; resets at 2026-03-02T15:00:00Z', later(3 * 3_600_000)],
    ['usage limit: try again in 1 day, 2 hours and 5 minutes', later(((24 + 2) * 60 + 5) * 60_000)],
    ['usage limit: try again in 30s', later(30_000)],
    ['usage limit reached|1746543600', null], // long past
    ['usage limit: try again in 9999999 days', null],
    ['usage limit reached', null],
  ])('until when: %s', (words, until) => {
    expect(readFailure(words, NOON)).toMatchObject({ reason: 'limited', until });
  });

  test('in one bounded line', () => {
    expect(readFailure(`a\nb\u001b[31m${'c'.repeat(1_000)}`, NOON).message).toMatch(/^a b .{1,400}$/);
  });
});

test.each([
  ['3', null, 3_000],
  ['0.5', null, 500],
  [' 120 ', null, 120_000],
  ['Mon, 02 Mar 2026 12:01:00 GMT', 'Mon, 02 Mar 2026 12:00:00 GMT', 60_000],
  ['Mon, 02 Mar 2026 11:00:00 GMT', 'Mon, 02 Mar 2026 12:00:00 GMT', 0],
  ['Mon, 02 Mar 2026 12:01:00 GMT', null, null],
  ['soon', null, null],
  ['-3', null, null],
  [null, null, null],
])('Retry-After %j (server’s date %j) waits %j ms', (value, date, ms) => {
  expect(parseRetryAfter(value, date)).toBe(ms);
});
