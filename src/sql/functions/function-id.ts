/** The ids of functions in plans: a name and what its arguments are. */
import { parseTypeText, typeText } from '../types.ts';
import type { SqlType } from '../types.ts';
import type { Argument } from './signature.ts';

/** `ucase:string`, `array_sort:ARRAY<BIGINT>`, `transform:ARRAY<BIGINT>,lambda1`, `dateadd:unit,integer,date`. */
export function functionId(name: string, args: readonly (SqlType | Argument)[]): string {
  const plain = args.map((arg) => (arg.kind === 'typed' ? arg.type : arg));
  const simple = plain.every((arg) => !['DECIMAL', 'ARRAY', 'MAP', 'STRUCT'].includes(arg.kind));
  return `${name.toLowerCase()}:${plain.map((arg) => argumentText(arg, simple)).join(',')}`;
}

function argumentText(arg: SqlType | Exclude<Argument, { kind: 'typed' }>, simple: boolean): string {
  switch (arg.kind) {
    case 'lambda':
      return `lambda${arg.inputs}`;
    case 'unit':
    case 'null':
      return arg.kind;
    default:
      return simple ? arg.kind.toLowerCase() : typeText(arg);
  }
}

/** The arguments that an id tells of; undefined when it is malformed. */
export function parseFunctionId(
  id: string,
): { readonly name: string; readonly types: string; readonly args: readonly Argument[] } | undefined {
  const colon = id.indexOf(':');
  if (colon < 0) return undefined;
  const types = id.slice(colon + 1);
  const args = types === '' ? [] : splitTop(types).map(parseArgument);
  if (args.includes(undefined)) return undefined;
  return { name: id.slice(0, colon), types, args: args as Argument[] };
}

function parseArgument(text: string): Argument | undefined {
  if (text === 'unit' || text === 'null') return { kind: text };
  if (/^lambda\d+$/.test(text)) return { kind: 'lambda', inputs: Number(text.slice('lambda'.length)) };
  const type = parseTypeText(text);
  return type && { kind: 'typed', type };
}

/** Splits at the commas that are in no bracket. */
function splitTop(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '`') quoted = !quoted;
    else if (quoted) continue;
    else if (c === '<' || c === '(') depth++;
    else if (c === '>' || c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
