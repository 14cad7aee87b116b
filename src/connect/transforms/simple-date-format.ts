/** `java.text.SimpleDateFormat` in UTC and English: the letters that name parts of a date or a time of day. */

export interface SimpleDateFormat {
  format(ms: number): string;
  /** Undefined when the text does not begin as the pattern says. */
  parse(text: string): number | undefined;
}

type Part = { readonly literal: string } | { readonly letter: string; readonly count: number };

const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** Letters of Java; those of weeks are not here. */
const letters = 'GyYMLDdEuaHkKhmsSzZX';

/** `wrong` makes what is thrown for a pattern that means nothing. */
export function simpleDateFormat(pattern: string, wrong: (text: string) => Error): SimpleDateFormat {
  const parts = partsOf(pattern, wrong);
  return {
    format: (ms) => parts.map((part) => ('literal' in part ? part.literal : shown(part, ms))).join(''),
    parse: (text) => parse(text, parts),
  };
}

function partsOf(pattern: string, wrong: (text: string) => Error): readonly Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const char = pattern[at] as string;
    if (char === "'") {
      let literal = '';
      let end = at + 1;
      for (; ; end++) {
        if (end >= pattern.length) throw wrong('Unterminated quote');
        if (pattern[end] !== "'") literal += pattern[end];
        else if (pattern[end + 1] === "'") {
          literal += "'";
          end++;
        } else break;
      }
      parts.push({ literal: literal === '' && end === at + 1 ? "'" : literal });
      at = end + 1;
    } else if (/[A-Za-z]/.test(char)) {
      if (!letters.includes(char)) throw wrong(`Illegal pattern character '${char}'`);
      let end = at;
      while (pattern[end] === char) end++;
      parts.push({ letter: char, count: end - at });
      at = end;
    } else {
      parts.push({ literal: char });
      at++;
    }
  }
  return parts;
}

function shown({ letter, count }: { readonly letter: string; readonly count: number }, ms: number): string {
  const date = new Date(ms);
  const number = (value: number): string => String(value).padStart(count, '0');
  const hour = date.getUTCHours();
  switch (letter) {
    case 'G':
      return date.getUTCFullYear() > 0 ? 'AD' : 'BC';
    case 'y':
    case 'Y': {
      const year = date.getUTCFullYear();
      return count === 2 ? String(year % 100).padStart(2, '0') : number(year);
    }
    case 'M':
    case 'L': {
      const name = months[date.getUTCMonth()] ?? '';
      return count >= 4 ? name : count === 3 ? name.slice(0, 3) : number(date.getUTCMonth() + 1);
    }
    case 'D':
      return number(Math.floor((ms - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1);
    case 'd':
      return number(date.getUTCDate());
    case 'E': {
      const name = days[date.getUTCDay()] ?? '';
      return count >= 4 ? name : name.slice(0, 3);
    }
    case 'u':
      return number(date.getUTCDay() === 0 ? 7 : date.getUTCDay());
    case 'a':
      return hour < 12 ? 'AM' : 'PM';
    case 'H':
      return number(hour);
    case 'k':
      return number(hour === 0 ? 24 : hour);
    case 'K':
      return number(hour % 12);
    case 'h':
      return number(hour % 12 === 0 ? 12 : hour % 12);
    case 'm':
      return number(date.getUTCMinutes());
    case 's':
      return number(date.getUTCSeconds());
    case 'S':
      return number(date.getUTCMilliseconds());
    case 'Z':
      return '+0000';
    case 'X':
      return 'Z';
    default:
      return count >= 4 ? 'Coordinated Universal Time' : 'UTC';
  }
}

interface Fields {
  year: number;
  month: number;
  day: number;
  dayOfYear: number | undefined;
  hour: number;
  hour12: number | undefined;
  afternoon: boolean;
  minute: number;
  second: number;
  ms: number;
  offsetMinutes: number;
}

/** Lenient, as Java is unless told otherwise: a month 13 is the next January. What follows the pattern does not matter. */
function parse(text: string, parts: readonly Part[]): number | undefined {
  const fields: Fields = {
    year: 1970,
    month: 0,
    day: 1,
    dayOfYear: undefined,
    hour: 0,
    hour12: undefined,
    afternoon: false,
    minute: 0,
    second: 0,
    ms: 0,
    offsetMinutes: 0,
  };
  let at = 0;
  for (const [i, part] of parts.entries()) {
    if ('literal' in part) {
      if (!text.startsWith(part.literal, at)) return undefined;
      at += part.literal.length;
      continue;
    }
    const next = parts[i + 1];
    const adjacent = next !== undefined && 'letter' in next && isNumeric(next);
    const length = read(text.slice(at), part, adjacent, fields);
    if (length === undefined) return undefined;
    at += length;
  }
  const { year, month, day, dayOfYear, hour12, afternoon } = fields;
  const hour = hour12 === undefined ? fields.hour : (hour12 % 12) + (afternoon ? 12 : 0);
  const date = new Date(0);
  date.setUTCFullYear(year, dayOfYear === undefined ? month : 0, dayOfYear ?? day);
  date.setUTCHours(hour, fields.minute - fields.offsetMinutes, fields.second, fields.ms);
  return date.getTime();
}

function isNumeric({ letter, count }: { readonly letter: string; readonly count: number }): boolean {
  return !'GEazZX'.includes(letter) && !((letter === 'M' || letter === 'L') && count >= 3);
}

/** How many characters a part takes; undefined when they are none of its. */
function read(
  text: string,
  part: { readonly letter: string; readonly count: number },
  adjacent: boolean,
  fields: Fields,
): number | undefined {
  const { letter, count } = part;
  if (isNumeric(part)) {
    const match = (adjacent ? new RegExp(`^\\s*(-?\\d{${count}})`) : /^\s*(-?\d+)/).exec(text);
    if (match === null) return undefined;
    put(fields, letter, Number(match[1]), count, (match[1] ?? '').length);
    return match[0].length;
  }
  switch (letter) {
    case 'M':
    case 'L':
    case 'E': {
      const names = letter === 'E' ? days : months;
      const found = names.findIndex((name) => text.slice(0, 3).toLowerCase() === name.slice(0, 3).toLowerCase());
      if (found < 0) return undefined;
      if (letter !== 'E') fields.month = found;
      const full = names[found] ?? '';
      return text.toLowerCase().startsWith(full.toLowerCase()) ? full.length : 3;
    }
    case 'a': {
      const match = /^(AM|PM)/i.exec(text);
      if (match === null) return undefined;
      fields.afternoon = /^P/i.test(text);
      return 2;
    }
    case 'G':
      return /^(AD|BC)/i.test(text) ? 2 : undefined;
    default: {
      const match = /^(?:Z(?![A-Za-z])|UTC|GMT|([+-])(\d{2}):?(\d{2})?)/.exec(text);
      if (match === null) return undefined;
      const [whole, sign, hours, minutes] = match;
      if (sign !== undefined)
        fields.offsetMinutes = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes ?? 0));
      return whole.length;
    }
  }
}

function put(fields: Fields, letter: string, value: number, count: number, digits: number): void {
  switch (letter) {
    case 'y':
    case 'Y':
      // Two digits are within 80 years before and 20 years after now; here: 1946 to 2045.
      fields.year = count <= 2 && digits === 2 ? value + (value > 45 ? 1900 : 2000) : value;
      break;
    case 'M':
    case 'L':
      fields.month = value - 1;
      break;
    case 'd':
      fields.day = value;
      break;
    case 'D':
      fields.dayOfYear = value;
      break;
    case 'H':
      fields.hour = value;
      break;
    case 'k':
      fields.hour = value % 24;
      break;
    case 'K':
    case 'h':
      fields.hour12 = value;
      break;
    case 'm':
      fields.minute = value;
      break;
    case 's':
      fields.second = value;
      break;
    case 'S':
      fields.ms = value;
      break;
    default:
      break; // the day of the week says nothing that the date does not
  }
}
