/** Validators of transformations' keys, with Kafka's texts. */
import { invalidValue } from '../config/config-def.ts';
import type { ConfigKey } from '../config/config-def.ts';

type Check = NonNullable<ConfigKey['check']>;

/** `ConfigDef.ValidList` without choices: a list that has something in it. */
export function someOf(name: string): Check {
  return (value) => {
    if (value === null) return `Configuration '${name}' values must not be null.`;
    return value === ''
      ? `Configuration '${name}' must not be empty. Valid values include: any non-empty value`
      : undefined;
  };
}

export function nonEmptyList(name: string): Check {
  return (value) => (value === null || value === '' ? invalidValue('[]', name, 'Empty list') : undefined);
}

export function nonEmptyText(name: string): Check {
  return (value) => (value === '' ? invalidValue(value, name, 'String must be non-empty') : undefined);
}

export function nonNullText(name: string): Check {
  return (value) => (value === null ? invalidValue('null', name, 'entry must be non null') : undefined);
}

export function regex(name: string): Check {
  return (value) => {
    if (value === null)
      return invalidValue(
        'null',
        name,
        'Invalid regex: Cannot invoke "String.isEmpty()" because "this.pattern" is null',
      );
    const problem = regexProblem(value);
    return problem === undefined ? undefined : invalidValue(value, name, `Invalid regex: ${problem}`);
  };
}

export function both(first: Check, second: Check): Check {
  return (value) => first(value) ?? second(value);
}

/** What Java's Pattern says of an expression that is none; undefined when it is one. */
function regexProblem(pattern: string): string | undefined {
  try {
    void new RegExp(pattern);
    return undefined;
  } catch (error) {
    const text = (error as Error).message;
    if (/Unterminated group/.test(text)) return `Unclosed group near index ${pattern.length}\n${pattern}`;
    if (/Unterminated character class/.test(text)) return at('Unclosed character class', pattern.length - 1, pattern);
    const dangling = /^[*+?]/.exec(pattern);
    if (dangling !== null) return at(`Dangling meta character '${dangling[0]}'`, 0, pattern);
    return `${text.replace(/^Invalid regular expression: /, '')}\n${pattern}`;
  }
}

function at(what: string, index: number, pattern: string): string {
  return `${what} near index ${index}\n${pattern}\n${' '.repeat(index)}^`;
}
