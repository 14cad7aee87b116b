/**
 * Texts of dates as Commons Lang's FastDateFormat reads them, which PARSE_DATE does: numbers of any width, overflow carried on, what
 * follows the pattern passed over. Gives milliseconds since the epoch, in UTC.
 */

/** A field of the calendar. */
type Field = 'year' | 'month' | 'day' | 'dayOfYear' | 'hour' | 'half' | 'minute' | 'second' | 'milli' | 'era' | 'zone';

type Step =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly field: Field | undefined; readonly width: number; readonly letter: string }
  | { readonly kind: 'name'; readonly field: Field | undefined; readonly names: readonly string[] }
  | { readonly kind: 'zone' };

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const patterns = new Map<string, readonly Step[]>();

/** `now`: milliseconds since the epoch; years of two digits are those of the last 80 years and the next 20. @throws RangeError */
export function parseFastDate(text: string, pattern: string, now: number): number {
  let steps = patterns.get(pattern);
  if (steps === undefined) {
    steps = stepsOf(pattern);
    if (patterns.size > 1000) patterns.clear();
    patterns.set(pattern, steps);
  }
  const found = new Map<Field, number>();
  let at = 0;
  steps.forEach((step, i) => {
    const next = steps[i + 1];
    at = read(text, at, step, next?.kind === 'number', found, now);
  });
  return millisOf(found);
}

function stepsOf(pattern: string): Step[] {
  const steps: Step[] = [];
  const literal = (text: string): void => {
    const last = steps.at(-1);
    if (last?.kind === 'text') steps[steps.length - 1] = { kind: 'text', text: last.text + text };
    else steps.push({ kind: 'text', text });
  };
  for (const [part] of pattern.matchAll(/([A-Za-z])\1*|''|'(?:[^']|'')*'|[^A-Za-z']+|'/g)) {
    if (part === "'") throw new RangeError('Unterminated quote');
    if (part === "''") literal("'");
    else if (part.startsWith("'")) literal(part.slice(1, -1).replaceAll("''", "'"));
    else if (/^[A-Za-z]/.test(part)) steps.push(letters(part));
    else literal(part);
  }
  return steps;
}

const numbers: Readonly<Record<string, Field | undefined>> = {
  y: 'year',
  Y: 'year',
  M: 'month',
  d: 'day',
  D: 'dayOfYear',
  H: 'hour',
  k: 'hour',
  K: 'hour',
  h: 'hour',
  m: 'minute',
  s: 'second',
  S: 'milli',
  // Of the week; the date follows from the others.
  F: undefined,
  u: undefined,
  w: undefined,
  W: undefined,
};

function letters(run: string): Step {
  const letter = run[0] as string;
  if (letter === 'M' && run.length >= 3) return { kind: 'name', field: 'month', names: withShort(months) };
  if (letter === 'E') return { kind: 'name', field: undefined, names: withShort(days) };
  if (letter === 'a') return { kind: 'name', field: 'half', names: ['AM', 'PM'] };
  if (letter === 'G') return { kind: 'name', field: 'era', names: ['BC', 'AD'] };
  if (letter === 'z' || letter === 'Z' || letter === 'X') return { kind: 'zone' };
  if (!(letter in numbers)) throw new RangeError(`Format '${letter}' not supported`);
  return { kind: 'number', field: numbers[letter], width: run.length, letter };
}

function withShort(names: readonly string[]): string[] {
  return [...names, ...names.map((name) => name.slice(0, 3))];
}

/** Reads one part of the text; returns where the next one begins. */
function read(
  text: string,
  from: number,
  step: Step,
  beforeNumber: boolean,
  found: Map<Field, number>,
  now: number,
): number {
  const fail = (): Error => new RangeError(`Unparseable date: "${text}"`);
  switch (step.kind) {
    case 'text':
      if (!text.startsWith(step.text, from)) throw fail();
      return from + step.text.length;
    case 'number': {
      // Only in front of another number its width counts.
      const at = beforeNumber ? from : from + (/^\s*/.exec(text.slice(from))?.[0].length ?? 0);
      const rest = beforeNumber ? text.slice(at, at + step.width) : text.slice(at);
      const [digits] = /^\d+/.exec(rest) ?? [];
      if (digits === undefined) throw fail();
      if (step.field !== undefined) found.set(step.field, valueOf(step.letter, step.width, Number(digits), now));
      return at + digits.length;
    }
    case 'name': {
      const rest = text.slice(from).toLowerCase();
      const index = step.names.findIndex((name) => rest.startsWith(name.toLowerCase()));
      if (index < 0) throw fail();
      const count = step.names.length > 2 ? step.names.length / 2 : 2;
      if (step.field !== undefined) found.set(step.field, index % count);
      return from + (step.names[index] as string).length;
    }
    case 'zone': {
      const [zone, sign, hours, minutes = '0'] =
        /^(?:Z|UTC|(?:GMT)?([+-])(\d{1,2}):?(\d{2})?|GMT)/i.exec(text.slice(from)) ?? [];
      if (zone === undefined) throw fail();
      const offset = hours === undefined ? 0 : Number(hours) * 60 + Number(minutes);
      found.set('zone', (sign === '-' ? -offset : offset) * 60_000);
      return from + zone.length;
    }
  }
}

function valueOf(letter: string, width: number, value: number, now: number): number {
  switch (letter) {
    case 'M':
      return value - 1;
    case 'h':
      return value === 12 ? 0 : value;
    case 'k':
      return value === 24 ? 0 : value;
    case 'y':
    case 'Y': {
      if (width > 2 || value > 99) return value;
      // A clock that stands before this was written is one of a test, which means the same years.
      const first = Math.max(new Date(now).getUTCFullYear(), 2026) - 80;
      const year = Math.floor(first / 100) * 100 + value;
      return year >= first ? year : year + 100;
    }
    default:
      return value;
  }
}

/** What is not given is that of 1970; too much of a part carries over into the next. */
function millisOf(found: ReadonlyMap<Field, number>): number {
  const of = (field: Field, otherwise: number): number => found.get(field) ?? otherwise;
  const era = of('era', 1);
  const year = era === 0 ? 1 - of('year', 1970) : of('year', 1970);
  const dayOfYear = found.get('dayOfYear');
  const date = new Date(0);
  if (dayOfYear === undefined) date.setUTCFullYear(year, of('month', 0), of('day', 1));
  else date.setUTCFullYear(year, 0, dayOfYear);
  date.setUTCHours(of('hour', 0) + 12 * of('half', 0), of('minute', 0), of('second', 0), of('milli', 0));
  return date.getTime() - of('zone', 0);
}
