/**
 * Command lines of those of Kafka's tools that have subcommands (`kafka-cluster cluster-id …`): names in front or behind, `-h`,
 * beginnings of names, choices; and the same messages when they are wrong. The other tools' are in `options.ts`.
 */
import { assert } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';
import { exactNumber, isJavaInteger } from './options.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';
import { kafkaVersion } from './version.ts';

export interface Argument {
  readonly short?: string;
  /** What stands behind the name; absent: the argument is a flag. */
  readonly metavar?: string;
  readonly type?: 'Integer' | 'Long' | 'Double';
  readonly required?: boolean;
  /** Takes all words up to the next argument. */
  readonly many?: boolean;
  readonly help: string;
}

export interface ArgumentList {
  readonly arguments: Readonly<Record<string, Argument>>;
  /** Names of which one may stand, or has to. */
  readonly exclusive?: readonly { readonly names: readonly string[]; readonly required: boolean }[];
}

export interface Subcommand extends ArgumentList {
  readonly help: string;
  run(args: Arguments, env: ToolEnvironment): Promise<number>;
}

export interface ArgumentTool extends ArgumentList {
  readonly program: string;
  readonly description: string;
  readonly commands?: Readonly<Record<string, Subcommand>>;
  /** What a tool without subcommands does. */
  run?(args: Arguments, env: ToolEnvironment): Promise<number>;
  /** The exit code of `--help`. */
  readonly helpCode: number;
  /** The message of a command line that is wrong, in place of the usage and `program: error: message`. */
  readonly complaint?: (message: string) => string;
}

/** A command line that cannot be understood. */
class ArgumentsError extends StackError {
  constructor(message: string) {
    super('MILLRACE_CONFIG_INVALID', message);
  }
}

/** What was found on a command line; a subcommand's arguments and the tool's own together. */
export class Arguments {
  private readonly found: ReadonlyMap<string, readonly string[]>;

  constructor(found: ReadonlyMap<string, readonly string[]>) {
    this.found = found;
  }

  has(name: string): boolean {
    return this.found.has(name);
  }

  /** The last value that was given. */
  value(name: string): string | undefined {
    return this.found.get(name)?.at(-1);
  }

  values(name: string): readonly string[] {
    return this.found.get(name) ?? [];
  }

  number(name: string): number | undefined {
    const text = this.value(name);
    return text === undefined ? undefined : exactNumber(text);
  }
}

/** A tool of the kind that `describe` tells. */
export function argumentTool(tool: ArgumentTool): KafkaTool {
  return {
    intro: tool.description,
    specs: {},
    help: helpOf(tool),
    run: async (words, env) => {
      if (tool.commands === undefined && words.length === 0) {
        env.out(helpOf(tool));
        return 0;
      }
      const own = parse(tool, tool.program, tool, words, tool.commands);
      if (own.help !== undefined) {
        env.out(own.help === '' ? helpOf(tool) : `${kafkaVersion}\n`);
        return own.help === '' ? tool.helpCode : 0;
      }
      const { commands } = tool;
      if (commands === undefined) {
        assert(tool.run !== undefined, 'a tool without subcommands does something');
        return tool.run(new Arguments(own.found), env);
      }
      const [name, ...rest] = own.rest;
      if (name === undefined) throw complain(tool, tool, tool.program, 'too few arguments');
      const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
      if (command === undefined) {
        const choices = Object.keys(commands).map((choice) => `'${choice}'`);
        throw complain(tool, tool, tool.program, `invalid choice: '${name}' (choose from ${choices.join(', ')})`);
      }
      const program = `${tool.program} ${name}`;
      const its = parse(tool, program, command, rest, undefined);
      if (its.help !== undefined) {
        env.out(helpText(program, command, command.help, undefined));
        return tool.helpCode;
      }
      checkRequired(tool, tool.program, tool, own.found);
      checkRequired(tool, program, command, its.found);
      return command.run(new Arguments(new Map([...own.found, ...its.found])), env);
    },
  };
}

interface Parsed {
  readonly found: ReadonlyMap<string, readonly string[]>;
  readonly rest: readonly string[];
  /** `` for --help, `version` for --version. */
  readonly help: '' | 'version' | undefined;
}

/** Up to the subcommand, when there are some; else all words have to be arguments. */
function parse(
  tool: ArgumentTool,
  program: string,
  list: ArgumentList,
  words: readonly string[],
  commands: ArgumentTool['commands'],
): Parsed {
  const found = new Map<string, string[]>();
  const error = (message: string): StackError => complain(tool, list, program, message);
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (!isName(word)) {
      if (commands !== undefined) return { found, rest: words.slice(i), help: undefined };
      throw error(`unrecognized arguments: '${word}'`);
    }
    if (word === '-h' || word === '--help') return { found, rest: [], help: '' };
    const equals = word.startsWith('--') ? word.indexOf('=') : -1;
    const name = nameOf(list, equals < 0 ? word : word.slice(0, equals));
    if (name === undefined) throw error(`unrecognized arguments: '${word}'`);
    if (name === 'version') return { found, rest: [], help: 'version' };
    const argument = list.arguments[name] as Argument;
    const values: string[] = equals < 0 ? [] : [word.slice(equals + 1)];
    if (argument.metavar !== undefined && equals < 0) {
      do {
        const next = words[i + 1];
        if (next === undefined || isName(next)) break;
        values.push(next);
        i++;
      } while (argument.many === true);
      if (values.length === 0)
        throw error(`argument ${shown(name, argument)}: expected ${argument.many ? 'at least ' : ''}one argument`);
    }
    for (const value of values) {
      if (argument.type !== undefined && !isNumber(value, argument.type))
        throw error(
          `argument ${shown(name, argument)}: could not convert '${value}' to ${argument.type} (For input string: "${value}")`,
        );
    }
    for (const { names } of list.exclusive ?? []) {
      const other = names.includes(name) ? names.find((one) => one !== name && found.has(one)) : undefined;
      if (other !== undefined)
        throw error(
          `argument ${shown(name, argument)}: not allowed with argument ${shown(other, list.arguments[other] as Argument)}`,
        );
    }
    found.set(name, [...(found.get(name) ?? []), ...values]);
  }
  if (commands === undefined) checkRequired(tool, program, list, found);
  return { found, rest: [], help: undefined };
}

function isNumber(text: string, type: NonNullable<Argument['type']>): boolean {
  if (type === 'Double') return text.trim() !== '' && !Number.isNaN(Number(text));
  return isJavaInteger(text, type === 'Integer' ? 32 : 64);
}

/** Negative numbers are values. */
function isName(word: string): boolean {
  return /^-(?![\d.]+$)./.test(word);
}

function nameOf({ arguments: all }: ArgumentList, word: string): string | undefined {
  if (!word.startsWith('--')) return Object.keys(all).find((name) => all[name]?.short === word);
  const typed = word.slice(2);
  if (all[typed] !== undefined) return typed;
  const matches = Object.keys(all).filter((name) => name.startsWith(typed));
  return matches.length === 1 ? matches[0] : undefined;
}

function checkRequired(
  tool: ArgumentTool,
  program: string,
  list: ArgumentList,
  found: ReadonlyMap<string, readonly string[]>,
): void {
  for (const [name, argument] of Object.entries(list.arguments)) {
    if (argument.required && !found.has(name))
      throw complain(tool, list, program, `argument ${shown(name, argument)} is required`);
  }
  for (const { names, required } of list.exclusive ?? []) {
    if (required && !names.some((name) => found.has(name))) {
      const all = names.map((name) => shown(name, list.arguments[name] as Argument)).join(' ');
      throw complain(tool, list, program, `one of the arguments ${all} is required`);
    }
  }
}

function shown(name: string, { short }: Argument): string {
  return short === undefined ? `--${name}` : `--${name}/${short}`;
}

/** What is wrong with a tool's arguments beyond what their list tells. */
export function wrongArguments(tool: ArgumentTool, message: string): StackError {
  return complain(tool, tool, tool.program, message);
}

function complain(tool: ArgumentTool, list: ArgumentList, program: string, message: string): StackError {
  if (tool.complaint !== undefined) return new ArgumentsError(tool.complaint(message));
  const usage = usageOf(program, list, list === tool ? tool.commands : undefined);
  return new ArgumentsError(`${usage}\n${tool.program}: error: ${message}`);
}

const widthMax = 79;

function usageOf(program: string, list: ArgumentList, commands: ArgumentTool['commands']): string {
  const word = (name: string): string => {
    const { metavar, many } = list.arguments[name] as Argument;
    if (metavar === undefined) return `--${name}`;
    return many ? `--${name} ${metavar} [${metavar} …]` : `--${name} ${metavar}`;
  };
  const exclusive = list.exclusive ?? [];
  const words = ['[-h]'];
  for (const [name, { required }] of Object.entries(list.arguments)) {
    if (!exclusive.some(({ names }) => names.includes(name))) words.push(required ? word(name) : `[${word(name)}]`);
  }
  for (const { names, required } of exclusive) {
    const all = names.map(word).join(' | ');
    words.push(required ? `(${all})` : `[${all}]`);
  }
  if (commands !== undefined) words.push(`{${Object.keys(commands).join(',')}}`, '...');
  return wrapped(words, `usage: ${program} `, ' '.repeat(`usage: ${program} `.length));
}

function helpOf(tool: ArgumentTool): string {
  return helpText(tool.program, tool, tool.description, tool.commands);
}

function helpText(
  program: string,
  list: ArgumentList,
  description: string,
  commands: ArgumentTool['commands'],
): string {
  const entry = (left: string, help: string): string => {
    const indent = ' '.repeat(25);
    const text = wrapped(help.split(' '), indent, indent);
    return left.length < 23 ? `  ${left.padEnd(23)}${text.slice(25)}` : `  ${left}\n${text}`;
  };
  const left = (name: string, { short, metavar }: Argument): string => {
    const names = short === undefined ? [`--${name}`] : [short, `--${name}`];
    return names.map((one) => (metavar === undefined ? one : `${one} ${metavar}`)).join(', ');
  };
  return [
    usageOf(program, list, commands),
    '',
    wrapped(description.split(' '), '', ''),
    ...(commands === undefined
      ? []
      : ['', 'commands:', ...Object.entries(commands).map(([name, { help }]) => entry(name, help))]),
    '',
    'optional arguments:',
    entry('-h, --help', 'show this help message and exit'),
    ...Object.entries(list.arguments).map(([name, argument]) => entry(left(name, argument), argument.help)),
    '',
  ].join('\n');
}

function wrapped(words: readonly string[], first: string, others: string): string {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of words) {
    if (!isEmpty && line.length + 1 + word.length > widthMax) {
      lines.push(line);
      line = others;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].join('\n');
}
