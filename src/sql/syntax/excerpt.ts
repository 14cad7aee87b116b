/** The place of an error for people: the line that it is on, with a caret under the column. */

export interface TextPlace {
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
}

/** A line longer than this is shown around the column. */
const widthMax = 100;

/** The message, then its place: named unless the message names it, and shown unless there is no such line. */
export function withExcerpt(message: string, text: string, { line, column }: TextPlace): string {
  const whole = text.split('\n')[line - 1]?.replaceAll('\t', ' ').trimEnd();
  if (whole === undefined || column < 1 || column > whole.length + 1) return message;
  const named = message.includes(`${line}:${column}`) || message.includes(`Line: ${line}, Col: ${column}`);
  const from = whole.length <= widthMax ? 0 : Math.max(0, column - 1 - widthMax / 2);
  const to = Math.min(whole.length, from + widthMax);
  const before = from > 0 ? '…' : '';
  const shown = `${before}${whole.slice(from, to)}${to < whole.length ? '…' : ''}`;
  const caret = `${' '.repeat(before.length + column - 1 - from)}^`;
  return `${message}\n${named ? '' : `At line ${line}, column ${column}:\n`}${shown}\n${caret}`;
}

/** The place that an error's details tell. */
export function placeOf(details: Readonly<Record<string, unknown>>): TextPlace | undefined {
  const { line, column } = details;
  return typeof line === 'number' && typeof column === 'number' && line > 0 ? { line, column } : undefined;
}
