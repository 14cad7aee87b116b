/** Times and durations of command lines, as Java reads them. */
import { StackError } from '../../core/errors.ts';

/** `2026-01-31T12:30:15.500`, with or without a zone (`Z`, `+01:00`); without one it is UTC. Milliseconds since the epoch. */
export function dateTime(text: string): number {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d|[+-]\d\d)?$/.exec(text);
  const [, local = '', zone = 'Z'] = match ?? [];
  const time = Date.parse(
    `${local}${/^[+-]\d\d$/.test(zone) ? `${zone}:00` : zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`,
  );
  if (match === null || Number.isNaN(time))
    throw invalid(
      text.includes('T')
        ? `java.text.ParseException: Unparseable date: "${text}"`
        : "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format",
    );
  return time;
}

/** `P1DT2H3M4.5S`, each part may be negative, `-` before it negates it. Milliseconds. */
export function duration(text: string): number {
  const number = '([+-]?\\d+)';
  const match = new RegExp(
    `^([+-])?P(?:${number}D)?(T(?:${number}H)?(?:${number}M)?(?:([+-]?\\d+(?:\\.\\d{0,9})?)S)?)?$`,
    'i',
  ).exec(text);
  const [, sign, days, time, hours, minutes, seconds] = match ?? [];
  const isEmpty = [days, hours, minutes, seconds].every((part) => part === undefined) || time?.toUpperCase() === 'T';
  if (match === null || isEmpty) throw invalid('Text cannot be parsed to a Duration');
  const at = (part: string | undefined): number => Number(part ?? 0);
  const total = ((at(days) * 24 + at(hours)) * 60 + at(minutes)) * 60_000 + at(seconds) * 1000;
  return sign === '-' ? -total : total;
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}
