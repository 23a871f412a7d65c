// The Retry-After header: seconds, or a date.

/** Milliseconds to wait, or null when it says nothing that can be read. A date is compared with the server's own clock. */
export function parseRetryAfter(value: string | null, serverDate: string | null): number | null {
  if (value === null) return null;
  const text = value.trim();
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1_000);
  const [then, now] = [Date.parse(text), Date.parse(serverDate ?? '')];
  return Number.isNaN(then) || Number.isNaN(now) ? null : Math.max(0, then - now);
}
