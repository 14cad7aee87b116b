/**
 * Options as Kafka's tools take them: `--name value`, `--name=value`, any unambiguous beginning of a name, options that may stand
 * more than once; and the same messages when they are wrong.
 */
import { StackError } from '../../core/errors.ts';

export interface OptionSpec {
  /** What stands behind the option, as the help shows it (`String: topic`); absent: the option is a flag. */
  readonly argument?: string;
  /** The argument may be left out. */
  readonly optional?: boolean;
  /** Without it the tool cannot do anything. */
  readonly required?: boolean;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** A command line that cannot be understood: the message and the tool's help go to stderr, the exit code is 1. */
export class UsageError extends StackError {
  constructor(message: string) {
    super('MILLRACE_CONFIG_INVALID', message);
  }
}

/** The options of one call. */
export class Options<S extends OptionSpecs> {
  /** What belongs to no option. */
  readonly rest: readonly string[];
  private readonly found: ReadonlyMap<string, readonly (string | undefined)[]>;

  private constructor(found: ReadonlyMap<string, readonly (string | undefined)[]>, rest: readonly string[]) {
    this.found = found;
    this.rest = rest;
  }

  /** @throws UsageError with the words of Kafka's tools */
  static parse<S extends OptionSpecs>(specs: S, args: readonly string[]): Options<S> {
    const found = new Map<string, (string | undefined)[]>();
    const rest: string[] = [];
    for (let i = 0; i < args.length; i++) {
      const arg = args[i] ?? '';
      if (arg === '--') {
        rest.push(...args.slice(i + 1));
        break;
      }
      if (!arg.startsWith('--')) {
        rest.push(arg);
        continue;
      }
      const equals = arg.indexOf('=');
      const name = resolveName(specs, equals < 0 ? arg.slice(2) : arg.slice(2, equals));
      const spec = specs[name] as OptionSpec;
      let value = equals < 0 ? undefined : arg.slice(equals + 1);
      if (spec.argument === undefined) {
        if (value !== undefined) throw new UsageError(`Option ${name} does not take an argument`);
      } else if (value === undefined) {
        const next = args[i + 1];
        if (next !== undefined && !isOption(specs, next)) {
          value = next;
          i++;
        } else if (!spec.optional) throw new UsageError(`Option ${name} requires an argument`);
      }
      found.set(name, [...(found.get(name) ?? []), value]);
    }
    for (const [name, spec] of Object.entries(specs)) {
      if (spec.required && !found.has(name) && !found.has('help') && !found.has('version')) {
        throw new UsageError(`Missing required argument "[${name}]"`);
      }
    }
    return new Options(found, rest);
  }

  has(name: keyof S & string): boolean {
    return this.found.has(name);
  }

  /** The value of an option that stands once; the last one's when it stands more often. */
  value(name: keyof S & string): string | undefined {
    return this.found.get(name)?.at(-1);
  }

  values(name: keyof S & string): readonly string[] {
    return (this.found.get(name) ?? []).filter((value) => value !== undefined);
  }

  /** A whole number. */
  number(name: keyof S & string): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(text)) throw new UsageError(`Cannot parse argument '${text}' of option ${name}`);
    return Number(text);
  }

  /** `name=value` pairs of an option that may stand more than once. */
  pairs(name: keyof S & string): ReadonlyMap<string, string> {
    const pairs = new Map<string, string>();
    for (const text of this.values(name)) {
      const equals = text.indexOf('=');
      if (equals < 0) throw new UsageError(`Invalid command line properties: ${text}`);
      pairs.set(text.slice(0, equals), text.slice(equals + 1));
    }
    return pairs;
  }
}

function resolveName(specs: OptionSpecs, typed: string): string {
  if (specs[typed] !== undefined) return typed;
  const matches = typed === '' ? [] : Object.keys(specs).filter((name) => name.startsWith(typed));
  if (matches.length !== 1) throw new UsageError(`${typed} is not a recognized option`);
  return matches[0] as string;
}

/** Is a word the next option rather than the argument of this one? Negative numbers are arguments. */
function isOption(specs: OptionSpecs, word: string): boolean {
  if (!word.startsWith('--')) return false;
  try {
    resolveName(specs, word.slice(2).split('=')[0] ?? '');
    return true;
  } catch {
    return false;
  }
}

const widthMax = 80;

/** The table of options as Kafka's tools print it. */
export function helpOf(specs: OptionSpecs): string {
  const names = Object.keys(specs).sort();
  const left = (name: string): string => {
    const { argument, optional } = specs[name] as OptionSpec;
    if (argument === undefined) return `--${name}`;
    return optional ? `--${name} [${argument}]` : `--${name} <${argument}>`;
  };
  const leftWidth = Math.min(40, Math.max('Option'.length, ...names.map((name) => left(name).length)) + 1);
  const rightWidth = widthMax - leftWidth - 1;
  const lines = [
    [`Option`.padEnd(leftWidth), 'Description'],
    [`------`.padEnd(leftWidth), '-----------'],
  ].map(([a, b]) => `${a} ${b}`);
  for (const name of names) {
    const { help, required } = specs[name] as OptionSpec;
    const a = wrap(left(name), leftWidth - 1);
    const b = wrap(required ? `REQUIRED: ${help}` : help, rightWidth);
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      lines.push(`${(a[i] ?? '').padEnd(leftWidth)} ${b[i] ?? ''}`.trimEnd());
    }
  }
  return `${lines.join('\n')}\n`;
}

/** Lines of at most `width`; all but the first are indented by two. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
