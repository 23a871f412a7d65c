// When a schedule's slots ought to be, found without the code under test: by walking over every minute of the month.

/** A line that the walk understands: one fixed time on some days, or some minutes of every hour. */
export type OracleTimes =
  | { at: string }
  | { every_s: number; from: number }
  | { hour: number; minute: number; weekdays?: readonly number[]; zone: string }
  | { everyMinutes: number; zone: string };

interface LocalMinute {
  utc: number;
  day: string;
  /** Minutes since local midnight, as the clock on the wall says. */
  minute: number;
}

const MINUTE_MS = 60_000;
const walked = new Map<string, LocalMinute[]>();

/** Every slot between the two (from exclusive, until inclusive), oldest first. */
export function oracleSlots(times: OracleTimes, from: number, until: number): number[] {
  if ('at' in times) return [Date.parse(times.at)].filter((slot) => slot <= until);
  const within = (slot: number) => slot > from && slot <= until;
  if ('every_s' in times) {
    const period = times.every_s * 1_000;
    const count = Math.max(0, Math.floor((until - times.from) / period));
    return Array.from({ length: count }, (_, index) => times.from + (index + 1) * period).filter(within);
  }
  const minutes = walk(times.zone, from, until);
  if ('everyMinutes' in times)
    return minutes
      .filter(({ minute }) => (minute % 60) % times.everyMinutes === 0)
      .map(({ utc }) => utc)
      .filter(within);
  return daily(times, minutes).filter(within);
}

/** On each day the first minute that is not before the time: the time itself, or the next one that exists. */
function daily({ hour, minute, weekdays }: Extract<OracleTimes, { hour: number }>, minutes: readonly LocalMinute[]): number[] {
  const found = new Map<string, number>();
  const wanted = hour * 60 + minute;
  let open: string | null = null; // a day whose time has not been reached
  for (const one of minutes) {
    if (open !== null && open !== one.day && !found.has(open)) found.set(open, one.utc); // its end was jumped over
    open = one.day;
    if (!found.has(one.day) && one.minute >= wanted) found.set(one.day, one.utc);
  }
  const days = weekdays ?? [0, 1, 2, 3, 4, 5, 6];
  return [...found].filter(([day]) => days.includes(new Date(`${day}T00:00:00Z`).getUTCDay())).map(([, utc]) => utc);
}

function walk(zone: string, from: number, until: number): LocalMinute[] {
  const key = `${zone} ${from} ${until}`;
  const known = walked.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
  const minutes: LocalMinute[] = [];
  const first = Math.ceil((from - 86_400_000) / MINUTE_MS) * MINUTE_MS;
  for (let utc = first; utc <= until; utc += MINUTE_MS) {
    const [day = '', time = ''] = format.format(utc).split(' ');
    const [hour = 0, minute = 0] = time.split(':').map(Number);
    minutes.push({ utc, day, minute: hour * 60 + minute });
  }
  // The walk begins within a day: that one is not whole.
  const whole = minutes.filter(({ day }) => day !== minutes[0]?.day);
  walked.set(key, whole);
  return whole;
}
