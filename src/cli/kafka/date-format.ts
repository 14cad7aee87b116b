/** Java's SimpleDateFormat as far as people use it for times: y, M, d, H, h, m, s, S, a, and text in quotes; in local time. */
import { StackError } from '../../core/errors.ts';

const fields: Readonly<Record<string, (time: Date, length: number) => string>> = {
  y: (time, length) => {
    const year = String(time.getFullYear());
    return length === 2 ? year.slice(-2) : year.padStart(length, '0');
  },
  M: (time, length) => padded(time.getMonth() + 1, length),
  d: (time, length) => padded(time.getDate(), length),
  H: (time, length) => padded(time.getHours(), length),
  h: (time, length) => padded(time.getHours() % 12 || 12, length),
  m: (time, length) => padded(time.getMinutes(), length),
  s: (time, length) => padded(time.getSeconds(), length),
  S: (time, length) => padded(time.getMilliseconds(), length),
  a: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
};

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

/** A function that writes milliseconds since the epoch. @throws StackError for a letter that means something else */
export function dateFormat(pattern: string): (timeMs: number) => string {
  const parts = pattern.match(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+/g) ?? [];
  const writers = parts.map((part): ((time: Date) => string) => {
    if (part.startsWith("'")) return () => (part === "''" ? "'" : part.slice(1, -1));
    if (!/^[A-Za-z]/.test(part)) return () => part;
    const letter = part.charAt(0);
    const field = Object.hasOwn(fields, letter) && !/^M{3}/.test(part) ? fields[letter] : undefined;
    if (field === undefined)
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `Illegal pattern character '${letter}': dates are written with ${Object.keys(fields).join(', ')} here.`,
      );
    return (time) => field(time, part.length);
  });
  return (timeMs) => {
    const time = new Date(timeMs);
    return writers.map((write) => write(time)).join('');
  };
}
