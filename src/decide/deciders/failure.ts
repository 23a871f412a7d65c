// What a client's or a server's words mean for us: a missing login, a spent allowance, a passing trouble, or
// just a failure. Only ever applied to the words of an error, never to an answer.
import { oneLine } from '../../lib/text.ts';

export type FailureKind = 'auth' | 'limited' | 'network' | 'exit';

export interface Failure {
  reason: FailureKind;
  message: string;
  /** When it may be asked again, if it said. */
  until: Date | null;
}

const MESSAGE_CAP = 400;
/** An error page may be megabytes; what matters stands at its head. */
const WORDS_CAP = 16_384;

const AUTH =
  /not logged in|please (run \/login|log ?in)|login required|(invalid|incorrect|missing|no) (x-)?api[ -]?key|api[ -]?key (is |was )?(not|in)[ -]?(valid|set|found|provided)|unauthori[sz]ed|authentication[ _](error|failed|required)|invalid_grant|token (has )?expired|(status|http|error|code)[ :]*401\b|permission_error/i;
const LIMITED =
  /usage limit|limit (was )?reached|hit your .{0,40}limit|quota (was )?exceeded|exceeded your .{0,40}quota|insufficient_quota|credit balance|out of credits|billing_hard_limit|resets? at/i;
const PASSING =
  /\b(429|500|502|503|504|529)\b|overloaded|rate.?limit|too many requests|timed? ?out|ECONNRESET|ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EPIPE|socket hang up|network (error|is unreachable)|fetch failed|internal server error|service unavailable|bad gateway|stream disconnected|connection (error|refused|reset|closed)/i;

/** Reads the words of a failure. A message that says nothing known is an `exit`: it is not tried again. */
export function readFailure(said: string, now: Date): Failure {
  const words = said.slice(0, WORDS_CAP);
  const message = oneLine(words, MESSAGE_CAP) || 'it ended badly and said nothing';
  if (LIMITED.test(words)) return { reason: 'limited', message, until: resetTime(words, now) };
  if (AUTH.test(words)) return { reason: 'auth', message, until: null };
  if (PASSING.test(words)) return { reason: 'network', message, until: null };
  return { reason: 'exit', message, until: null };
}

const UNIT_MS: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };
/** No allowance is longer than a month; a later time is a misreading. */
const FARTHEST_MS = 31 * 86_400_000;

/** "…|1746543600", "2026-03-02T15:00:00Z", "try again in 3 hours 20 minutes": as said, or null. */
function resetTime(words: string, now: Date): Date | null {
  const epoch = /\|(\d{10})\b/.exec(words)?.[1];
  const stamp = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d))/.exec(words)?.[1];
  const said = epoch ? new Date(Number(epoch) * 1_000) : stamp ? new Date(stamp) : spanFrom(words, now);
  if (!said || Number.isNaN(said.getTime())) return null;
  const ahead = said.getTime() - now.getTime();
  return ahead > 0 && ahead <= FARTHEST_MS ? said : null;
}

function spanFrom(words: string, now: Date): Date | null {
  const span = /\bin ((?:[\s,]*(?:and\s*)?\d+\s*(?:days?|d|hours?|hrs?|h|minutes?|mins?|m|seconds?|secs?|s)\b)+)/i.exec(words)?.[1];
  if (!span) return null;
  let ms = 0;
  for (const [, count, unit] of span.matchAll(/(\d+)\s*([dhms])/gi)) ms += Number(count) * (UNIT_MS[(unit ?? 's').toLowerCase()] ?? 0);
  return new Date(now.getTime() + ms);
}
