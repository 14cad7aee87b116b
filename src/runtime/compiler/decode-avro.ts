/**
 * Code that decodes the needed columns of one writer schema, inline, and skips the rest.
 *
 * The position is the local `o`, the end of the value the local `ve`. Reader columns meet writer fields by name without
 * regard to case; a column whose field is missing is null. What does not convert makes the record bad, not the query.
 */
import type { SqlType } from '../../sql/types.ts';
import type { AvroShape } from './avro-shape.ts';
import { decodeAvroValue } from './avro-value.ts';
import { skipBlocks } from './bytes.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { plain, unsupported } from './code.ts';

export interface WantedColumn {
  readonly name: string;
  readonly type: SqlType;
  readonly index: number;
}

/** Emits the decoder of a value; `columns` gets a value for each wanted column. Of unused ones it only sees whether they convert. */
export function avroDecoder(
  code: Code,
  shape: AvroShape,
  wrapped: boolean,
  wanted: readonly WantedColumn[],
  unused: readonly WantedColumn[],
  columns: Map<number, CodeValue>,
  mode: CodeMode,
): void {
  for (const column of wanted) columns.set(column.index, plain(column.type, 'true', 'null'));
  if (!wrapped) {
    const [only = unused[0]] = wanted;
    if (only !== undefined) columns.set(only.index, readColumn(code, shape, only, mode));
    return;
  }
  const record = shape.type === 'union' ? shape.branches.find((branch) => branch.type === 'record') : shape;
  if (record?.type !== 'record') throw unsupported('the writer schema is not a record');
  if (shape.type === 'union') {
    const at = shape.branches.indexOf(record);
    code.line(`if (b[o++] !== ${at * 2}) throw malformed('its union holds no record');`);
  }
  let left = wanted.length + unused.length;
  for (const field of record.fields) {
    if (left === 0) break;
    const isField = (column: WantedColumn): boolean => column.name.toLowerCase() === field.name.toLowerCase();
    const match = wanted.filter(isField);
    const others = unused.filter(isField);
    left -= others.length;
    const [first, ...more] = match;
    if (first === undefined) {
      if (others.every(({ type }) => alwaysConverts(field.shape, type))) skip(code, field.shape);
      else for (const column of others.slice(0, 1)) readColumn(code, field.shape, column, mode);
      continue;
    }
    const value = readColumn(code, field.shape, first, mode);
    for (const column of [first, ...more]) columns.set(column.index, value);
    left -= match.length;
  }
}

/** Declares locals for a column and reads it; unions become a switch over the branches. */
function readColumn(code: Code, shape: AvroShape, column: WantedColumn, mode: CodeMode): CodeValue {
  const { type } = column;
  const branches = shape.type === 'union' ? shape.branches : [shape];
  const nullable = branches.some((branch) => branch.type === 'null');
  const nul = nullable ? code.name('n') : 'false';
  const inBatch =
    (type.kind === 'STRING' && branches.every((branch) => branch.type === 'string' || branch.type === 'null')) ||
    (type.kind === 'BYTES' && branches.every((branch) => branch.type === 'bytes' || branch.type === 'null'));
  const name = code.name('c');
  if (inBatch) code.line(`let ${name}o = 0, ${name}l = 0;`);
  else code.line(`let ${name} = ${initial(type, mode)};`);
  if (nullable) code.line(`let ${nul} = false;`);
  const one = (branch: AvroShape): void => {
    if (branch.type === 'null') code.line(`${nul} = true;`);
    else if (inBatch) code.line(...length(`${name}l`), `${name}o = o; o += ${name}l;`);
    else readScalar(code, branch, type, name, mode);
  };
  if (shape.type === 'union') {
    code.line('switch (b[o++]) {');
    shape.branches.forEach((branch, i) => {
      code.line(`case ${i * 2}: {`);
      one(branch);
      code.line('break; }');
    });
    code.line("default: throw malformed('its union names no branch'); }");
  } else one(shape);
  if (inBatch) return { form: 'bytes', type, nul, buffer: 'b', offset: `${name}o`, length: `${name}l` };
  return plain(type, nul, name);
}

/** Whether every value of a shape is one of the type. */
function alwaysConverts({ type }: AvroShape, { kind }: SqlType): boolean {
  switch (type) {
    case 'int':
      return ['INTEGER', 'BIGINT', 'DOUBLE', 'DATE', 'TIME', 'TIMESTAMP'].includes(kind);
    case 'long':
      return kind === 'BIGINT' || kind === 'DOUBLE' || kind === 'TIME';
    case 'float':
    case 'double':
      return kind === 'DOUBLE';
    case 'boolean':
      return kind === 'BOOLEAN';
    case 'string':
      return kind === 'STRING';
    case 'bytes':
      return kind === 'BYTES';
    default:
      return false;
  }
}

function initial(type: SqlType, mode: CodeMode): string {
  if (type.kind === 'BIGINT') return mode.exact ? '0n' : '0';
  if (type.kind === 'BOOLEAN') return 'false';
  return ['INTEGER', 'DOUBLE', 'DATE', 'TIME', 'TIMESTAMP'].includes(type.kind) ? '0' : 'null';
}

/** Reads a varint that fits 32 bits into `target`, as its zigzag form. */
export function varint32(target: string): string[] {
  return [
    `${target} = b[o++];`,
    `if (${target} > 127) { ${target} &= 127; let s = 7, c = 0; do { c = b[o++]; ${target} |= (c & 127) << s; s += 7; } while (c > 127 && s < 35); }`,
  ];
}

/** Reads the length of text or bytes and makes sure that they lie inside the value. */
function length(target: string): string[] {
  return [
    ...varint32(target),
    `${target} = (${target} >>> 1) ^ -(${target} & 1);`,
    `if (!(${target} >= 0 && ${target} <= ve - o)) throw malformed('a text is longer than the record');`,
  ];
}

function readScalar(code: Code, shape: AvroShape, type: SqlType, name: string, mode: CodeMode): void {
  const { kind } = type;
  switch (shape.type) {
    case 'int':
      if (
        kind === 'INTEGER' ||
        kind === 'DOUBLE' ||
        kind === 'DATE' ||
        kind === 'TIME' ||
        kind === 'BIGINT' ||
        kind === 'TIMESTAMP'
      ) {
        if (kind === 'BIGINT' && mode.exact) {
          code.line(`${name} = longBigint(b, o); o = cursor.at;`);
          return;
        }
        code.line(...varint32(name), `${name} = (${name} >>> 1) ^ -(${name} & 1);`);
        return;
      }
      break;
    case 'long':
      if (kind === 'BIGINT' && mode.exact) {
        code.line(`${name} = longBigint(b, o); o = cursor.at;`);
        return;
      }
      if (kind === 'BIGINT' || kind === 'TIMESTAMP' || kind === 'DOUBLE' || kind === 'TIME') {
        code.line(
          `${name} = b[o];`,
          `if (${name} < 128) { o++; ${name} = (${name} >>> 1) ^ -(${name} & 1); }`,
          `else { ${name} = longNumber(b, o); ${kind === 'DOUBLE' ? `if (${name} !== ${name}) ${name} = Number(longBigint(b, o));` : ''} o = cursor.at; }`,
        );
        if (kind === 'BIGINT') code.line(`if (${name} !== ${name}) { inexact = true; ${name} = 0; }`);
        if (kind === 'TIMESTAMP') code.line(`if (${name} !== ${name}) throw malformed('a timestamp is out of range');`);
        if (kind === 'TIMESTAMP' && 'logical' in shape && shape.logical?.name === 'timestamp-micros')
          code.line(`${name} = Math.floor(${name} / 1000);`);
        return;
      }
      break;
    case 'float':
    case 'double': {
      if (kind !== 'DOUBLE') break;
      const bytes = shape.type === 'float' ? 4 : 8;
      code.line(
        `if (ve - o < ${bytes}) throw malformed('it is shorter than its schema');`,
        `${name} = ${shape.type}Little(b, o); o += ${bytes};`,
      );
      return;
    }
    case 'boolean':
      if (kind !== 'BOOLEAN') break;
      code.line(`${name} = b[o++] === 1;`);
      return;
    default:
  }
  const value = decodeAvroValue(shape, type);
  if (value === undefined) {
    code.line(`throw malformed(${JSON.stringify(`its Avro type ${shape.type} is not a ${kind}`)});`);
    return;
  }
  code.line(`${name} = ${code.constant(value)}(b, o, ve); o = cursor.at;`);
}

/** Moves the position behind a value that is not needed. */
function skip(code: Code, shape: AvroShape): void {
  switch (shape.type) {
    case 'null':
      return;
    case 'boolean':
      code.line('o++;');
      return;
    case 'int':
    case 'long':
    case 'enum':
      code.line('while (b[o++] > 127);');
      return;
    case 'float':
      code.line('o += 4;');
      return;
    case 'double':
      code.line('o += 8;');
      return;
    case 'fixed':
      code.line(`o += ${shape.size};`);
      return;
    case 'string':
    case 'bytes': {
      const skipped = code.name('s');
      code.line(`let ${skipped} = 0;`, ...length(skipped), `o += ${skipped};`);
      return;
    }
    default:
      code.line(`o = ${code.constant(skipper(shape, new Map()))}(b, o, ve);`);
  }
}

type Skipper = (b: Uint8Array, at: number, end: number) => number;

/** A function that skips a value of a shape; used for what is nested, where inlining does not pay. */
function skipper(shape: AvroShape, seen: Map<AvroShape, Skipper>): Skipper {
  const known = seen.get(shape);
  if (known !== undefined) return known;
  let made: Skipper = () => Number.NaN;
  // A record that contains itself finds this stand-in.
  seen.set(shape, (b, at, end) => made(b, at, end));
  made = makeSkipper(shape, seen);
  return made;
}

function makeSkipper(shape: AvroShape, seen: Map<AvroShape, Skipper>): Skipper {
  const bytesOf = (b: Uint8Array, at: number): { at: number; value: number } => {
    let i = at;
    let byte = b[i++] as number;
    let value = byte & 127;
    for (let scale = 128; byte > 127 && i - at < 10; scale *= 128) {
      byte = b[i++] as number;
      value += (byte & 127) * scale;
    }
    return { at: i, value: value % 2 === 0 ? value / 2 : -1 };
  };
  switch (shape.type) {
    case 'null':
      return (_, at) => at;
    case 'boolean':
      return (_, at) => at + 1;
    case 'int':
    case 'long':
    case 'enum':
      return (b, at) => bytesOf(b, at).at;
    case 'float':
      return (_, at) => at + 4;
    case 'double':
      return (_, at) => at + 8;
    case 'fixed':
      return (_, at) => at + shape.size;
    case 'string':
    case 'bytes':
      return (b, at) => {
        const read = bytesOf(b, at);
        return read.value < 0 ? Number.NaN : read.at + read.value;
      };
    case 'array': {
      const item = skipper(shape.items, seen);
      return (b, at, end) => skipBlocks(b, at, end, item);
    }
    case 'map': {
      const value = skipper(shape.values, seen);
      const key = makeSkipper({ type: 'string' }, seen);
      return (b, at, end) => skipBlocks(b, at, end, (bytes, i, limit) => value(bytes, key(bytes, i, limit), limit));
    }
    case 'union': {
      const branches = shape.branches.map((branch) => skipper(branch, seen));
      return (b, at, end) => {
        const read = bytesOf(b, at);
        return branches[read.value]?.(b, read.at, end) ?? Number.NaN;
      };
    }
    case 'record': {
      const fields = shape.fields.map((field) => skipper(field.shape, seen));
      return (b, at, end) => {
        let i = at;
        for (const field of fields) {
          i = field(b, i, end);
          if (!(i <= end)) return Number.NaN;
        }
        return i;
      };
    }
  }
}
