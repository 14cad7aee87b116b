/** Code that decodes a record's key or value in any format; the bytes lie at `o` up to `ve`. */
import type { MessageType } from '../../formats/protobuf/message-type.ts';
import type { SerdeFormat } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import type { AvroShape } from './avro-shape.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { avroDecoder } from './decode-avro.ts';
import type { WantedColumn } from './decode-avro.ts';
import { protobufDecoder } from './decode-protobuf.ts';
import { delimitedValue, DelimitedScanner } from './delimited.ts';
import { plain, unsupported } from './code.ts';
import { checkJson, jsonBare, JsonScanner, jsonValue } from './json-scan.ts';

export interface DecodeInput {
  readonly format: SerdeFormat;
  /** Columns of this side that the plan uses. */
  readonly wanted: readonly WantedColumn[];
  /** The other columns of this side: a record is bad as well where one of these does not convert. */
  readonly unused?: readonly WantedColumn[];
  /** All columns of this side in declared order (DELIMITED goes by position). */
  readonly declared: readonly string[];
  /** The writer's schema (Avro). */
  readonly shape?: AvroShape;
  /** The writer's message (Protobuf); its bytes begin at `o`. */
  readonly message?: MessageType;
}

/** Emits the decoder; `columns` gets the values, valid when the key or value itself is not null. */
export function decoder(code: Code, input: DecodeInput, columns: Map<number, CodeValue>, mode: CodeMode): void {
  const { format, wanted, unused = [] } = input;
  switch (format.format) {
    case 'NONE':
      for (const column of wanted) columns.set(column.index, plain(column.type, 'true', 'null'));
      return;
    case 'AVRO': {
      if (input.shape === undefined) throw unsupported('an Avro record without a writer schema');
      code.line('o += 5;');
      avroDecoder(code, input.shape, format.wrapped, wanted, unused, columns, mode);
      code.line("if (!(o <= ve)) throw malformed('it is shorter than its schema');");
      return;
    }
    case 'PROTOBUF':
    case 'PROTOBUF_NOSR': {
      if (input.message === undefined) throw unsupported('a Protobuf record without a schema');
      protobufDecoder(code, input.message, wanted, columns, mode, { optionalIsNull: format.nullable === 'OPTIONAL' });
      return;
    }
    case 'KAFKA': {
      const [only = unused[0]] = wanted;
      if (only !== undefined) columns.set(only.index, kafkaPrimitive(code, only, mode));
      return;
    }
    case 'JSON_SR':
    case 'JSON': {
      if (format.format === 'JSON_SR') code.line('o += 5;');
      if (!format.wrapped) {
        const [only = unused[0]] = wanted;
        if (only !== undefined)
          columns.set(
            only.index,
            converted(code, only, `${code.constant(jsonBare)}(b, o, ve, ${code.constant(only.type)})`, mode),
          );
        return;
      }
      const all = [...wanted, ...unused].sort((a, b) => a.index - b.index);
      const scanner = code.constant(new JsonScanner(all.map((column) => column.name)));
      const some = code.name('j');
      code.line(`const ${some} = ${scanner}.object(b, o, ve);`);
      all.forEach((column, i) => {
        if (!wanted.includes(column)) {
          code.line(
            `if (${some} && ${scanner}.spans[${i * 2}] >= 0) ${code.constant(checkJson)}(b, ${scanner}.spans[${i * 2}], ${scanner}.spans[${i * 2 + 1}], ${code.constant(column.type)});`,
          );
          return;
        }
        const text = `(${some} && ${scanner}.spans[${i * 2}] >= 0 ? ${code.constant(jsonValue)}(b, ${scanner}.spans[${i * 2}], ${scanner}.spans[${i * 2 + 1}], ${code.constant(column.type)}) : null)`;
        columns.set(column.index, converted(code, column, text, mode));
      });
      return;
    }
    case 'DELIMITED': {
      const scanner = code.constant(new DelimitedScanner(format.delimiter, input.declared.length));
      const fields = code.name('d');
      code.line(`const ${fields} = ${scanner}.split(b, o, ve);`);
      for (const column of unused) {
        if (column.type.kind === 'STRING') continue;
        const at = input.declared.indexOf(column.name);
        code.line(`${code.constant(delimitedValue)}(${fields}[${at}], ${code.constant(column.type)});`);
      }
      for (const column of wanted) {
        const at = input.declared.findIndex((name) => name === column.name);
        columns.set(
          column.index,
          converted(
            code,
            column,
            `${code.constant(delimitedValue)}(${fields}[${at}], ${code.constant(column.type)})`,
            mode,
          ),
        );
      }
      return;
    }
  }
}

/** A value that a function gave: null, or plain. BIGINTs that are not safe leave to the twin, where all become bigints. */
function converted(code: Code, column: WantedColumn, text: string, mode: CodeMode): CodeValue {
  const raw = code.name('c');
  const nul = code.name('n');
  code.line(`let ${raw} = ${text};`, `const ${nul} = ${raw} === null;`);
  if (column.type.kind === 'BIGINT') {
    if (mode.exact) code.line(`${raw} = ${nul} ? 0n : BigInt(${raw});`);
    else code.line(`if (typeof ${raw} === 'bigint') { inexact = true; ${raw} = 0; }`);
  }
  return plain(column.type, nul, raw);
}

function kafkaPrimitive(code: Code, column: WantedColumn, mode: CodeMode): CodeValue {
  const { type } = column;
  const name = code.name('c');
  const sized = (bytes: number): void => {
    code.line(`if (ve - o !== ${bytes}) throw malformed('a ${type.kind} takes ${bytes} bytes');`);
  };
  switch (type.kind) {
    case 'STRING':
    case 'BYTES':
      code.line(`const ${name}o = o, ${name}l = ve - o;`);
      return { form: 'bytes', type, nul: 'false', buffer: 'b', offset: `${name}o`, length: `${name}l` };
    case 'INTEGER':
      sized(4);
      code.line(`const ${name} = (b[o] << 24) | (b[o + 1] << 16) | (b[o + 2] << 8) | b[o + 3];`);
      return plain(type, 'false', name);
    case 'BIGINT':
      sized(8);
      if (mode.exact) code.line(`const ${name} = int64Bigint(b, o);`);
      else code.line(`let ${name} = int64Number(b, o);`, `if (${name} !== ${name}) { inexact = true; ${name} = 0; }`);
      return plain(type, 'false', name);
    case 'DOUBLE':
      sized(8);
      code.line(`const ${name} = doubleBig(b, o);`);
      return plain(type, 'false', name);
    default:
      throw unsupported(`the KAFKA format has no ${(type as SqlType).kind}`);
  }
}
