/**
 * Dates, times and timestamps as text in their ISO forms. A date may stop after its year or month, a timestamp after any part (`2020`,
 * `2020-03-01T14`); behind a time it may name a zone's offset.
 */
import type { SqlType } from '../types.ts';

/** Days, ms of the day or ms since the epoch; undefined when the text is none. */
export function parseTimeText(text: string, type: SqlType): number | undefined {
  switch (type.kind) {
    case 'DATE':
      return parseDate(text.trim());
    case 'TIME':
      return parseTime(text.trim());
    case 'TIMESTAMP':
      return parseTimestamp(text.trim());
    default:
      return undefined;
  }
}

function parseTime(text: string): number | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{0,9}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0', fraction = ''] = match;
  const ms =
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds) * 1000 +
    Number(fraction.padEnd(3, '0').slice(0, 3));
  return Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60 ? ms : undefined;
}

/** A year alone, or with its month, is the first day of it. */
function completeDate(text: string): string {
  const parts = text.split('-').length;
  return parts === 1 ? `${text}-01-01` : parts === 2 ? `${text}-01` : text;
}

function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(completeDate(text));
  if (match === null) return undefined;
  const days = dayOf(match);
  return days === undefined || Number(match[3]) > days.length ? undefined : days.first + Number(match[3]) - 1;
}

/** The first day of a month, since the epoch, and how many it has. */
function dayOf([, year, month]: RegExpExecArray): { readonly first: number; readonly length: number } | undefined {
  if (Number(month) < 1 || Number(month) > 12) return undefined;
  const start = (of: number): number => {
    const date = new Date(0);
    date.setUTCFullYear(Number(year), of, 1);
    return date.getTime() / 86_400_000;
  };
  return { first: start(Number(month) - 1), length: start(Number(month)) - start(Number(month) - 1) };
}

const timePattern = '00:00:00.000';

/** As ksqlDB completes it: what lacks of the time is taken from the pattern, digit by digit; a day too many is the month's last. */
function parseTimestamp(text: string): number | undefined {
  const at = text.indexOf('T');
  const date = at < 0 ? completeDate(text) : text.slice(0, at);
  const [, given = '', zone] = /^([^+-]*)([+-].*)?$/.exec(at < 0 ? '' : text.slice(at + 1)) ?? [];
  const clock = given.replace(/Z$/, '');
  const day = /^(\d{4,})-(\d{2})-(\d{2})$/.exec(date);
  const time = /^(\d{2}):(\d{2}):(\d{2})\.(\d{3})$/.exec(clock + timePattern.slice(clock.length));
  const offset = zoneOffset(zone);
  const month = day && dayOf(day);
  if (day === null || time === null || !month || offset === undefined) return undefined;
  const [hours = 0, minutes = 0, seconds = 0, fraction = 0] = time.slice(1).map(Number);
  const midnight = hours === 24 && minutes + seconds + fraction === 0;
  const dayOfMonth = Number(day[3]);
  if (dayOfMonth < 1 || dayOfMonth > 31 || (hours > 23 && !midnight) || minutes > 59 || seconds > 59) return undefined;
  const days = month.first + Math.min(dayOfMonth, month.length) - 1;
  return days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000 + fraction - offset;
}

/** `+2`, `+02`, `+0200`, `+02:00`, with seconds too; undefined when it is none. */
function zoneOffset(zone = ''): number | undefined {
  if (zone.trim() === '') return 0;
  const match = /^([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?$/.exec(zone);
  if (match === null) return undefined;
  const [, sign, hours, minutes = '0', seconds = '0'] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  if (size > 18 * 3600 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  return (sign === '-' ? -size : size) * 1000;
}

/** `2020-01-31`. */
export function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** `10:15`, or `10:15:30` where there are seconds; never a fraction. */
export function timeText(ms: number): string {
  const text = new Date(ms).toISOString().slice(11, 19);
  return text.endsWith(':00') ? text.slice(0, 5) : text;
}

/** `2020-01-31T10:15:00.000`. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '');
}
