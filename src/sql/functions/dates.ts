/** Date and time functions. Patterns are those of Java's DateTimeFormatter. */
import type { ZoneId } from '@js-joda/core';
import type { FunctionMake, ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { parseFastDate } from './fast-date.ts';
import { formatterOf, formatZoned, joda, zoneOf } from './joda.ts';

const of = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('DATE / TIME', name, description, ...overloads);

const dayMs = 86_400_000;
const unitMs: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: dayMs,
};

/** Milliseconds of a unit; months and years have none. */
function amount(unit: string, interval: number): number {
  const ms = unitMs[unit.toUpperCase().replace(/S$/, '')];
  if (ms === undefined) throw new RangeError(`the unit ${unit} cannot be used here`);
  return ms * interval;
}

const addDate = (unit: string, interval: number, days: number): number => {
  if (/^(YEAR|MONTH)S?$/i.test(unit)) {
    const { LocalDate } = joda();
    const date = LocalDate.ofEpochDay(days);
    return (/^Y/i.test(unit) ? date.plusYears(interval) : date.plusMonths(interval)).toEpochDay();
  }
  // As Java's TimeUnit does: a part of a day is cut off, towards 1970.
  return Math.trunc((days * dayMs + amount(unit, interval)) / dayMs) + 0;
};

const addTime = (unit: string, interval: number, ms: number): number => {
  const sum = (ms + amount(unit, interval)) % dayMs;
  return sum < 0 ? sum + dayMs : sum;
};

const addTimestamp = (unit: string, interval: number, ms: number): number =>
  /^(YEAR|MONTH)S?$/i.test(unit)
    ? addDate(unit, interval, Math.floor(ms / dayMs)) * dayMs + (ms - Math.floor(ms / dayMs) * dayMs)
    : ms + amount(unit, interval);

/** An addition and the subtraction of it. */
const addition = (
  plus: string,
  minus: string,
  type: string,
  parameter: string,
  add: (unit: string, interval: number, value: number) => number,
): ScalarFunction[] => [
  of(
    plus,
    `A ${type} later by an interval.`,
    overload(`(unit: UNIT, interval: INTEGER, ${parameter}: ${type}) ${type}`, { call: add }),
  ),
  of(
    minus,
    `A ${type} earlier by an interval.`,
    overload(`(unit: UNIT, interval: INTEGER, ${parameter}: ${type}) ${type}`, {
      call: (unit: string, interval: number, value: number) => add(unit, -interval, value),
    }),
  ),
];

function formatInstant(ms: number | bigint, pattern: string, zone: string): string {
  const { Instant } = joda();
  return formatZoned(Instant.ofEpochMilli(Number(ms)).atZone(zoneOf(zone)), pattern);
}

/** Reads a point in time; parts that the pattern lacks are those of the epoch. */
function parseInstant(text: string, pattern: string, zone: string): number {
  const { ChronoField, LocalDate, LocalTime, TemporalQueries } = joda();
  const parsed = formatterOf(pattern).parse(text);
  const field = (
    name: 'YEAR' | 'YEAR_OF_ERA' | 'MONTH_OF_YEAR' | 'DAY_OF_MONTH' | 'HOUR_OF_DAY' | 'DAY_OF_YEAR',
  ): number | undefined => (parsed.isSupported(ChronoField[name]) ? parsed.get(ChronoField[name]) : undefined);
  const dayOfYear = field('DAY_OF_YEAR');
  const year = field('YEAR') ?? field('YEAR_OF_ERA') ?? 1970;
  const date =
    parsed.query(TemporalQueries.localDate()) ??
    (dayOfYear === undefined
      ? LocalDate.of(year, field('MONTH_OF_YEAR') ?? 1, field('DAY_OF_MONTH') ?? 1)
      : LocalDate.ofYearDay(year, dayOfYear));
  const time = parsed.query(TemporalQueries.localTime()) ?? LocalTime.of(field('HOUR_OF_DAY') ?? 0, 0);
  const own = parsed.query(TemporalQueries.zone()) as ZoneId | null;
  return date
    .atTime(time)
    .atZone(own ?? zoneOf(zone))
    .toInstant()
    .toEpochMilli();
}

/** Java's date of the epoch's zone, without a time. */
const parseDate: FunctionMake = (_, context) => ({
  call: (text: string, pattern: string) => {
    const ms = parseFastDate(text, pattern, context.now());
    if (ms % dayMs !== 0)
      throw new RangeError(
        `Failed to parse date '${text}' with formatter '${pattern}': Date format contains time field.`,
      );
    return ms / dayMs;
  },
});

function parseTime(text: string, pattern: string): number {
  const { ChronoField } = joda();
  const parsed = formatterOf(pattern).parse(text);
  for (const field of [
    ChronoField.YEAR,
    ChronoField.YEAR_OF_ERA,
    ChronoField.MONTH_OF_YEAR,
    ChronoField.DAY_OF_MONTH,
  ]) {
    if (parsed.isSupported(field))
      throw new RangeError(`Failed to parse time '${text}' with formatter '${pattern}': it has a date`);
  }
  return parseInstant(text, pattern, 'UTC');
}

function formatTime(ms: number, pattern: string): string {
  const { LocalTime } = joda();
  return LocalTime.ofNanoOfDay(ms * 1_000_000).format(formatterOf(pattern));
}

function formatDate(days: number, pattern: string): string {
  const { LocalDate } = joda();
  return LocalDate.ofEpochDay(days).format(formatterOf(pattern));
}

/** A time later by what one zone is ahead of the other at that time, taken for one of UTC. */
function convertZone(ms: number, from: string, to: string): number {
  const instant = joda().Instant.ofEpochMilli(ms);
  const offset = (zone: string): number => zoneOf(zone).rules().offset(instant).totalSeconds();
  return ms + (offset(to) - offset(from)) * 1000;
}

const inUtc = (parse: (text: string, pattern: string, zone: string) => unknown) => (text: string, pattern: string) =>
  parse(text, pattern, 'UTC');

export const dateFunctions: readonly ScalarFunction[] = [
  ...addition('dateadd', 'datesub', 'DATE', 'date', addDate),
  ...addition('timeadd', 'timesub', 'TIME', 'time', addTime),
  ...addition('timestampadd', 'timestampsub', 'TIMESTAMP', 'timestamp', addTimestamp),
  of(
    'parse_date',
    'A date from text by a pattern.',
    overload('(formattedDate: STRING, formatPattern: STRING) DATE', parseDate),
  ),
  of(
    'parse_time',
    'A time from text by a pattern.',
    overload('(formattedTime: STRING, formatPattern: STRING) TIME', { call: parseTime }),
  ),
  of(
    'parse_timestamp',
    'A timestamp from text by a pattern, in UTC or another zone.',
    overload('(formattedTimestamp: STRING, formatPattern: STRING) TIMESTAMP', { call: inUtc(parseInstant) }),
    overload('(formattedTimestamp: STRING, formatPattern: STRING, timeZone: STRING) TIMESTAMP', { call: parseInstant }),
  ),
  of(
    'format_date',
    'A date as text by a pattern.',
    overload('(date: DATE, formatPattern: STRING) STRING', { call: formatDate }),
  ),
  of(
    'format_time',
    'A time as text by a pattern.',
    overload('(time: TIME, formatPattern: STRING) STRING', { call: formatTime }),
  ),
  of(
    'format_timestamp',
    'A timestamp as text by a pattern, in UTC or another zone.',
    overload('(timestamp: TIMESTAMP, formatPattern: STRING) STRING', {
      call: (ms: number, pattern: string) => formatInstant(ms, pattern, 'UTC'),
    }),
    overload('(timestamp: TIMESTAMP, formatPattern: STRING, timeZone: STRING) STRING', { call: formatInstant }),
  ),
  of(
    'convert_tz',
    'A timestamp from one zone in another.',
    overload('(timestamp: TIMESTAMP, fromTimeZone: STRING, toTimeZone: STRING) TIMESTAMP', { call: convertZone }),
  ),
  of(
    'from_days',
    'The date so many days after the epoch.',
    overload('(days: INTEGER) DATE', { neverNull: true, inline: ([x]) => x as string }),
  ),
  of(
    'from_unixtime',
    'The timestamp so many milliseconds after the epoch.',
    overload('(epochMilli: BIGINT) TIMESTAMP', { neverNull: true, inline: ([x]) => `Number(${x})` }),
  ),
  of(
    'unix_date',
    'The days since the epoch, of now or of a date.',
    overload('() INTEGER', (_, context) => ({ neverNull: true, call: () => Math.floor(context.now() / dayMs) })),
    overload('(date: DATE) INTEGER', { neverNull: true, inline: ([x]) => x as string }),
  ),
  of(
    'unix_timestamp',
    'The milliseconds since the epoch, of now or of a timestamp.',
    overload('() BIGINT', (_, context) => ({ neverNull: true, call: () => context.now() })),
    overload('(timestamp: TIMESTAMP) BIGINT', {
      neverNull: true,
      inline: ([x], exact) => (exact ? `BigInt(${x})` : (x as string)),
    }),
  ),
  of(
    'datetostring',
    'Days since the epoch as text by a pattern. Older form of FORMAT_DATE.',
    overload('(epochDays: INTEGER, formatPattern: STRING) STRING', { call: formatDate }),
  ),
  of(
    'stringtodate',
    'Days since the epoch from text by a pattern. Older form of PARSE_DATE.',
    overload('(formattedDate: STRING, formatPattern: STRING) INTEGER', {
      call: (text: string, pattern: string) => {
        // A whole date has to be there.
        const date = formatterOf(pattern).parse(text).query(joda().TemporalQueries.localDate());
        if (date === null) throw new RangeError(`Failed to parse date '${text}' with formatter '${pattern}'`);
        return date.toEpochDay();
      },
    }),
  ),
  of(
    'stringtotimestamp',
    'Milliseconds since the epoch from text by a pattern. Older form of PARSE_TIMESTAMP.',
    overload('(formattedTimestamp: STRING, formatPattern: STRING) BIGINT', { call: inUtc(parseInstant) }),
    overload('(formattedTimestamp: STRING, formatPattern: STRING, timeZone: STRING) BIGINT', { call: parseInstant }),
  ),
  of(
    'timestamptostring',
    'Milliseconds since the epoch as text by a pattern. Older form of FORMAT_TIMESTAMP.',
    overload('(epochMilli: BIGINT, formatPattern: STRING) STRING', {
      call: (ms: number | bigint, pattern: string) => formatInstant(ms, pattern, 'UTC'),
    }),
    overload('(epochMilli: BIGINT, formatPattern: STRING, timeZone: STRING) STRING', { call: formatInstant }),
  ),
];
