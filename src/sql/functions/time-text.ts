/**
 * Dates, times and timestamps as text in their ISO forms. A timestamp may stop after any part (`2020`, `2020-03-01T14`) and may
 * name a zone's offset.
 */
import type { SqlType } from '../types.ts';

/** Days, ms of the day or ms since the epoch; undefined when the text is none. */
export function parseTimeText(text: string, type: SqlType): number | undefined {
  switch (type.kind) {
    case 'DATE': {
      const ms = parseTimestamp(text.trim());
      return ms === undefined ? undefined : Math.floor(ms / 86_400_000);
    }
    case 'TIME':
      return parseTime(text.trim());
    case 'TIMESTAMP':
      return parseTimestamp(text.trim());
    default:
      return undefined;
  }
}

function parseTime(text: string): number | undefined {
  const match = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds = '0', fraction = ''] = match;
  const ms =
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds) * 1000 +
    Number(fraction.padEnd(3, '0').slice(0, 3));
  return Number(hours) < 24 && Number(minutes) < 60 && Number(seconds) < 60 ? ms : undefined;
}

const timestampPattern =
  /^(\d{4,})(?:-(\d{1,2})(?:-(\d{1,2})(?:T(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,9}))?)?)?)?)?)?)?(Z|[+-]\d{2}:?\d{2})?$/;

function parseTimestamp(text: string): number | undefined {
  const match = timestampPattern.exec(text);
  if (match === null) return undefined;
  const [, year = '', month = '1', day = '1', hours = '0', minutes = '0', seconds = '0', fraction = '', zone] = match;
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hours),
    Number(minutes),
    Number(seconds),
    Number(fraction.padEnd(3, '0').slice(0, 3)),
  );
  const dayEnd = Number(hours) === 24 ? 86_400_000 : 0;
  if (
    new Date(ms - dayEnd).getUTCMonth() !== Number(month) - 1 ||
    new Date(ms - dayEnd).getUTCDate() !== Number(day) ||
    Number(hours) > 24 ||
    (Number(hours) === 24 && Number(minutes) + Number(seconds) > 0)
  )
    return undefined;
  return ms - zoneOffset(zone);
}

function zoneOffset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}

/** `2020-01-31`. */
export function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** `10:15:00` or, with a fraction, `10:15:00.125`. */
export function timeText(ms: number): string {
  const text = new Date(ms).toISOString().slice(11, 23);
  return text.endsWith('.000') ? text.slice(0, 8).replace(/:00$/, ms % 60_000 === 0 ? '' : ':00') : text;
}

/** `2020-01-31T10:15:00.000`. */
export function timestampText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '');
}
