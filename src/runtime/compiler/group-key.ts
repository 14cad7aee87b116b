/**
 * Group keys as bytes (`docs/internals/state-format.md`): one STRING column as it is, everything else column by column.
 * Code to write one, code to read one back, and the same as functions for pull queries.
 */
import type { PhysicalColumn, PlanLiteral } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { not, plainOf } from './code.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { plain } from './code.ts';

/** One STRING column whose nulls never get here: its bytes are the key. */
export function isRawKey(keys: readonly PhysicalColumn[], nullKey: 'drop' | 'keep'): boolean {
  return keys.length === 1 && keys[0]?.type.kind === 'STRING' && nullKey === 'drop';
}

/** Emits code that finds or makes the group's id in the local `slot`; `window` is the start of its window. */
export function writeGroupKey(
  code: Code,
  values: readonly CodeValue[],
  raw: boolean,
  mode: CodeMode,
  window: string | undefined,
): void {
  const [first] = values;
  const done = (): void => {
    if (window !== undefined)
      code.line('if (g + 8 > X.length) X = scratch.ensure(g, 8);', `g = writeInt64(X, g, ${window});`);
    code.line('const slot = keys.id(X, 0, g);');
  };
  if (raw && first !== undefined) {
    if (first.form === 'bytes' && window === undefined) {
      code.line(`const slot = keys.id(${first.buffer}, ${first.offset}, ${first.length});`);
      return;
    }
    if (first.form === 'bytes') {
      code.line(
        `if (${first.length} > X.length) X = scratch.ensure(0, ${first.length});`,
        `let g = copyBytes(${first.buffer}, ${first.offset}, ${first.length}, X, 0);`,
      );
    } else {
      code.line(
        `const gt = ${first.v};`,
        'if (gt.length * 3 > X.length) X = scratch.ensure(0, gt.length * 3);',
        "let g = X.write(gt, 0, 'utf8');",
      );
    }
    done();
    return;
  }
  code.line('let g = 0;');
  for (const value of values) {
    code.line(
      'if (g + 9 > X.length) X = scratch.ensure(g, 9);',
      `X[g++] = ${value.nul === 'false' ? '1' : `(${value.nul} ? 0 : 1)`};`,
    );
    if (value.nul === 'true') continue;
    code.line(value.nul === 'false' ? '{' : `if (${not(value.nul)}) {`);
    const v = plainOf(value);
    switch (value.type.kind) {
      case 'BOOLEAN':
        code.line(`X[g++] = ${v} ? 1 : 0;`);
        break;
      case 'INTEGER':
      case 'DATE':
      case 'TIME':
        code.line(`g = X.writeInt32BE(${v}, g);`);
        break;
      case 'BIGINT':
        code.line(`g = ${mode.exact ? `X.writeBigInt64BE(${v}, g)` : `writeInt64(X, g, ${v})`};`);
        break;
      case 'TIMESTAMP':
        code.line(`g = writeInt64(X, g, ${v});`);
        break;
      case 'DOUBLE':
        code.line(`g = writeKeyDouble(X, g, ${v});`);
        break;
      default:
        if (value.form === 'bytes') {
          code.line(
            `if (g + ${value.length} + 5 > X.length) X = scratch.ensure(g, ${value.length} + 5);`,
            `g = writeVarint(X, g, ${value.length}); g = copyBytes(${value.buffer}, ${value.offset}, ${value.length}, X, g);`,
          );
        } else {
          code.line(
            `const t = keyBytes(${v}); if (g + t.length + 5 > X.length) X = scratch.ensure(g, t.length + 5); g = writeVarint(X, g, t.length); X.set(t, g); g += t.length;`,
          );
        }
    }
    code.line('}');
  }
  done();
}

/** Emits code that reads the key columns of the id in the local `id`; `behind` bytes of the key are not theirs. */
export function readGroupKey(
  code: Code,
  columns: readonly PhysicalColumn[],
  raw: boolean,
  mode: CodeMode,
  behind: number,
): CodeValue[] {
  code.line('const KB = keys.arena;', 'let kp = keys.starts[id];');
  if (raw) {
    const type = columns[0]?.type as SqlType;
    code.line(`const kpl = keys.starts[id + 1] - kp - ${behind};`);
    return [{ form: 'bytes', type, nul: 'false', buffer: 'KB', offset: 'kp', length: 'kpl' }];
  }
  return columns.map(({ type }) => {
    const nul = code.name('n');
    const v = code.name('g');
    code.line(`const ${nul} = KB[kp++] === 0;`);
    if (type.kind === 'STRING' || type.kind === 'BYTES') {
      code.line(
        `let ${v}o = 0, ${v}l = 0; if (!${nul}) { ${v}l = readVarint(KB, kp); ${v}o = cursor.at; kp = ${v}o + ${v}l; }`,
      );
      return { form: 'bytes', type, nul, buffer: 'KB', offset: `${v}o`, length: `${v}l` } as const;
    }
    const read = (text: string, bytes: number, start = '0'): void =>
      code.line(`let ${v} = ${start}; if (!${nul}) { ${v} = ${text}; kp += ${bytes}; }`);
    switch (type.kind) {
      case 'BOOLEAN':
        read('KB[kp] === 1', 1, 'false');
        break;
      case 'INTEGER':
      case 'DATE':
      case 'TIME':
        read('KB.readInt32BE(kp)', 4);
        break;
      case 'BIGINT':
        if (mode.exact) read('KB.readBigInt64BE(kp)', 8, '0n');
        else {
          read('int64Number(KB, kp)', 8);
          code.line(`if (${v} !== ${v}) return false;`);
        }
        break;
      case 'TIMESTAMP':
        read('int64Number(KB, kp)', 8);
        break;
      case 'DOUBLE':
        read('KB.readDoubleBE(kp)', 8);
        break;
      default:
        code.line(
          `let ${v} = null; if (!${nul}) { const l = readVarint(KB, kp); kp = cursor.at + l; ${v} = keyValue(KB, cursor.at, l); }`,
        );
    }
    return plain(type, nul, v);
  });
}

/** The bytes of a key given as literals, for a look-up. */
export function groupKeyBytes(
  columns: readonly PhysicalColumn[],
  raw: boolean,
  values: readonly PlanLiteral[],
): Buffer | undefined {
  if (raw) return typeof values[0] === 'string' ? Buffer.from(values[0]) : undefined;
  const parts = columns.map(({ type }, i) => {
    const value = values[i] ?? null;
    if (value === null) return Buffer.from([0]);
    const out = Buffer.alloc(9);
    out[0] = 1;
    switch (type.kind) {
      case 'BOOLEAN':
        out[1] = value === true ? 1 : 0;
        return out.subarray(0, 2);
      case 'INTEGER':
      case 'DATE':
      case 'TIME':
        out.writeInt32BE(Number(value), 1);
        return out.subarray(0, 5);
      case 'BIGINT':
      case 'TIMESTAMP':
        out.writeBigInt64BE(BigInt(value as number | string), 1);
        return out;
      case 'DOUBLE':
        writeKeyDouble(out, 1, Number(value));
        return out;
      default: {
        const bytes =
          type.kind === 'STRING'
            ? Buffer.from(String(value))
            : type.kind === 'BYTES'
              ? Buffer.from(String(value), 'base64')
              : keyBytes(value);
        const length = Buffer.alloc(5);
        return Buffer.concat([Buffer.from([1]), length.subarray(0, writeVarint(length, 0, bytes.length)), bytes]);
      }
    }
  });
  return Buffer.concat(parts);
}

/** Values without a form of their own are grouped by their text; equal values have equal text. */
export function keyBytes(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  return Buffer.from(JSON.stringify(value, (_, v: unknown) => (typeof v === 'bigint' ? String(v) : v)));
}

export function keyValue(b: Buffer, at: number, length: number): unknown {
  const text = b.toString('utf8', at, at + length);
  return text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text;
}

export function writeKeyDouble(b: Buffer, at: number, value: number): number {
  return b.writeDoubleBE(value === 0 ? 0 : value === value ? value : Number.NaN, at);
}

export function writeInt64(b: Buffer, at: number, value: number): number {
  const high = Math.floor(value / 4294967296);
  b.writeInt32BE(high, at);
  return b.writeUInt32BE(value - high * 4294967296, at + 4);
}

export function writeVarint(b: Uint8Array, position: number, value: number): number {
  let at = position;
  let left = value;
  while (left > 127) {
    b[at++] = (left & 127) | 128;
    left >>>= 7;
  }
  b[at++] = left;
  return at;
}
