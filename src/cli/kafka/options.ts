/**
 * Options as Kafka's tools take them: `--name value`, `--name=value`, any unambiguous beginning of a name, options that may stand
 * more than once; and the same messages when they are wrong.
 */
import { assert } from '../../core/assert.ts';
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

/** An option's value that is no number; some tools report it as a failure of theirs, without the help. */
export class OptionValueError extends UsageError {}

/** The options of one call. */
export class Options {
  /** What belongs to no option. */
  readonly rest: readonly string[];
  private readonly specs: OptionSpecs;
  private readonly found: ReadonlyMap<string, readonly (string | undefined)[]>;

  private constructor(
    specs: OptionSpecs,
    found: ReadonlyMap<string, readonly (string | undefined)[]>,
    rest: readonly string[],
  ) {
    this.specs = specs;
    this.found = found;
    this.rest = rest;
  }

  /** @throws UsageError with the words of Kafka's tools */
  static parse(specs: OptionSpecs, args: readonly string[]): Options {
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
        if (next !== undefined && (!spec.optional || !isOption(specs, next))) {
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
    return new Options(specs, found, rest);
  }

  has(name: string): boolean {
    assert(this.specs[name] !== undefined, `--${name} is an option`);
    return this.found.has(name);
  }

  /** The value of an option that may stand once. */
  value(name: string): string | undefined {
    const all = this.all(name);
    if (all.length > 1)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Found multiple arguments for option ${name}, but you asked for only one`,
      );
    return all[0];
  }

  values(name: string): readonly string[] {
    return this.all(name).filter((value) => value !== undefined);
  }

  private all(name: string): readonly (string | undefined)[] {
    assert(this.specs[name] !== undefined, `--${name} is an option`);
    return this.found.get(name) ?? [];
  }

  /** A whole number, in the range of Java's int where the help says so, else of its long. */
  number(name: string): number | undefined {
    const text = this.value(name);
    if (text === undefined) return undefined;
    const bits = this.specs[name]?.argument?.startsWith('Integer') ? 32 : 64;
    if (!isJavaInteger(text, bits)) throw new OptionValueError(`Cannot parse argument '${text}' of option ${name}`);
    return exactNumber(text);
  }
}

/** Longs beyond what a number holds exactly are as good as its ends: times that never come, offsets that no log has. */
export function exactNumber(text: string): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(text)));
}

/** Does Java's `parseInt` (32 bits) or `parseLong` (64) read it? */
export function isJavaInteger(text: string, bits: 32 | 64): boolean {
  return (
    /^[+-]?\d+$/.test(text) && BigInt.asIntN(bits, BigInt(text.replace('+', ''))) === BigInt(text.replace('+', ''))
  );
}

/**
 * The older and newer names of options, of which only one may be given. The older are said to be so, on stderr, where it is in nobody's way;
 * Kafka's tools say it on stdout.
 */
export function checkNewNames(
  options: Options,
  env: { err(text: string): void },
  names: readonly (readonly [older: string, newer: string])[],
  word: 'Option' | 'Warning:',
): void {
  for (const [older, newer] of names) {
    if (!options.has(older)) continue;
    if (options.has(newer)) {
      const both = word === 'Option' ? `--${older} and --${newer}` : `--${newer} and --${older}`;
      throw new UsageError(`Options ${both} cannot be specified together.`);
    }
    env.err(`${word} --${older} is deprecated and will be removed in a future version. Use --${newer} instead.
`);
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
