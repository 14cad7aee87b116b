/**
 * Code that writes a sink's key or value into the scratch buffer `X` from position `p`.
 *
 * Avro and KAFKA are written straight into the bytes; JSON and DELIMITED make one text. The code leaves the length in the
 * local named by the caller, −1 for null.
 */
import { protoSchema } from '../../formats/protobuf/message-type.ts';
import type { MessageType } from '../../formats/protobuf/message-type.ts';
import type { SerdeFormat, SinkColumn } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { parseAvroShape } from './avro-shape.ts';
import type { AvroShape } from './avro-shape.ts';
import { avroDefault, avroWriter } from './avro-write.ts';
import { not, plainOf } from './code.ts';
import type { Code, CodeMode, CodeValue } from './code.ts';
import { delimitedField } from './delimited.ts';
import { unsupported } from './code.ts';
import { jsonText } from './json-write.ts';
import { messageIndexBytes, protobufWriter } from './protobuf-write.ts';

/** Emits the encoder of one side. Before: `p` is where it begins; after: `p` is behind it and `length` holds its length. */
export function encoder(
  code: Code,
  format: SerdeFormat,
  columns: readonly SinkColumn[],
  values: readonly CodeValue[],
  length: string,
  mode: CodeMode,
): void {
  const start = code.name('p');
  code.line(`let ${length} = -1;`, `const ${start} = p;`);
  const done = (): void => code.line(`${length} = p - ${start};`);
  if (format.format === 'NONE' || columns.length === 0) return;
  const [first] = values;
  if (!format.wrapped && (columns.length !== 1 || first === undefined)) {
    throw unsupported(`${columns.length} columns need a format with names, not ${format.format}`);
  }
  if (!format.wrapped && first !== undefined) {
    if (first.nul === 'true') return;
    code.line(`if (${not(first.nul)}) {`);
  } else code.line('{');
  switch (format.format) {
    case 'KAFKA':
      kafka(code, first as CodeValue, mode);
      break;
    case 'JSON':
    case 'JSON_SR':
    case 'DELIMITED': {
      if (format.format === 'JSON_SR') framing(code, format.writer?.schemaId);
      const text =
        format.format === 'DELIMITED'
          ? delimited(code, format.delimiter, values)
          : json(code, format.wrapped, columns, values);
      code.line(
        `const t = ${text};`,
        'if (p + t.length * 3 > X.length) X = scratch.ensure(p, t.length * 3);',
        "p += X.write(t, p, 'utf8');",
      );
      break;
    }
    case 'AVRO': {
      if (format.writer === undefined) throw unsupported('an Avro sink without a registered schema');
      const shape = parseAvroShape(format.writer.schema);
      framing(code, format.writer.schemaId);
      if (format.wrapped) avroRecord(code, shape, columns, values, mode);
      else avroField(code, shape, first as CodeValue, mode, false);
      break;
    }
    case 'PROTOBUF':
    case 'PROTOBUF_NOSR':
      protobuf(code, format, columns, values);
      break;
  }
  done();
  code.line('}');
}

/** The message as one piece of bytes, behind its framing. */
function protobuf(
  code: Code,
  format: SerdeFormat & { readonly format: 'PROTOBUF' | 'PROTOBUF_NOSR' },
  columns: readonly SinkColumn[],
  values: readonly CodeValue[],
): void {
  const { message, head } = protobufTarget(format);
  const write = protobufWriter(message, columns);
  if (write === undefined) throw unsupported(`the message ${message.fullName} cannot hold the columns of the sink`);
  if (format.format === 'PROTOBUF') framing(code, format.writer?.schemaId);
  const plainValues = values.map((value) =>
    value.nul === 'true'
      ? 'null'
      : value.nul === 'false'
        ? plainOf(value)
        : `(${value.nul} ? null : ${plainOf(value)})`,
  );
  code.line(
    `const t = ${code.constant(write)}([${plainValues.join(', ')}]);`,
    `if (p + t.length + ${head.length} > X.length) X = scratch.ensure(p, t.length + ${head.length});`,
    ...[...head].map((byte) => `X[p++] = ${byte};`),
    'X.set(t, p); p += t.length;',
  );
}

/** The message that a format writes, and what stands between schema id and message. */
export function protobufTarget(format: SerdeFormat & { readonly format: 'PROTOBUF' | 'PROTOBUF_NOSR' }): {
  readonly message: MessageType;
  readonly head: Buffer;
} {
  if (format.format === 'PROTOBUF' && format.writer === undefined)
    throw unsupported('a Protobuf sink without a registered schema');
  const schema =
    format.format === 'PROTOBUF_NOSR'
      ? protoSchema(format.schema)
      : protoSchema(format.writer?.schema ?? '', format.writer?.references);
  const wanted = format.format === 'PROTOBUF' ? format.message : undefined;
  const message = wanted === undefined ? schema.messages[0] : schema.byName.get(wanted);
  if (message === undefined) throw unsupported(`the schema of the sink has no message ${wanted ?? 'at all'}`);
  return {
    message,
    head: format.format === 'PROTOBUF' ? messageIndexBytes(schema, message.fullName) : Buffer.alloc(0),
  };
}

/** The registry's five bytes. */
function framing(code: Code, id: number | undefined): void {
  if (id === undefined) throw unsupported('a sink without a registered schema');
  code.line(
    'if (p + 5 > X.length) X = scratch.ensure(p, 5);',
    `X[p] = 0; X[p + 1] = ${(id >>> 24) & 255}; X[p + 2] = ${(id >>> 16) & 255}; X[p + 3] = ${(id >>> 8) & 255}; X[p + 4] = ${id & 255}; p += 5;`,
  );
}

function kafka(code: Code, value: CodeValue, mode: CodeMode): void {
  const v = plainOf(value);
  switch (value.type.kind) {
    case 'STRING':
    case 'BYTES':
      if (value.form === 'bytes') copy(code, value);
      else if (value.type.kind === 'STRING')
        code.line(
          `{ const t = ${v}; if (p + t.length * 3 > X.length) X = scratch.ensure(p, t.length * 3); p += X.write(t, p, 'utf8'); }`,
        );
      else
        code.line(
          `{ const t = ${v}; if (p + t.length > X.length) X = scratch.ensure(p, t.length); X.set(t, p); p += t.length; }`,
        );
      return;
    case 'INTEGER':
      code.line('if (p + 4 > X.length) X = scratch.ensure(p, 4);', `p = X.writeInt32BE(${v}, p);`);
      return;
    case 'BIGINT':
      code.line(
        'if (p + 8 > X.length) X = scratch.ensure(p, 8);',
        `p = X.writeBigInt64BE(${mode.exact ? v : `BigInt(${v})`}, p);`,
      );
      return;
    case 'DOUBLE':
      code.line('if (p + 8 > X.length) X = scratch.ensure(p, 8);', `scratch.view.setFloat64(p, ${v}); p += 8;`);
      return;
    default:
      throw unsupported(`the KAFKA format has no ${value.type.kind}`);
  }
}

function copy(code: Code, value: CodeValue & { form: 'bytes' }): void {
  code.line(
    `if (p + ${value.length} > X.length) X = scratch.ensure(p, ${value.length});`,
    `p = copyBytes(${value.buffer}, ${value.offset}, ${value.length}, X, p);`,
  );
}

function json(code: Code, wrapped: boolean, columns: readonly SinkColumn[], values: readonly CodeValue[]): string {
  const one = (value: CodeValue): string => {
    if (value.nul === 'true') return "'null'";
    const v = plainOf(value);
    let text: string;
    switch (value.type.kind) {
      case 'BOOLEAN':
      case 'INTEGER':
      case 'BIGINT':
        text = `String(${v})`;
        break;
      case 'STRING':
        text = `JSON.stringify(${v})`;
        break;
      default:
        text = `${code.constant(jsonText)}(${v}, ${code.constant(value.type)})`;
    }
    return value.nul === 'false' ? text : `(${value.nul} ? 'null' : ${text})`;
  };
  if (!wrapped) return one(values[0] as CodeValue);
  const members = columns.map(
    (column, i) =>
      `${JSON.stringify(`${i === 0 ? '{' : ','}${JSON.stringify(column.name)}:`)} + ${one(values[i] as CodeValue)}`,
  );
  return `${members.join(' + ')} + '}'`;
}

function delimited(code: Code, delimiter: string, values: readonly CodeValue[]): string {
  const field = code.constant(delimitedField);
  const quoted = JSON.stringify(delimiter);
  return values
    .map(
      (value, i) =>
        `${field}(${value.nul === 'false' ? plainOf(value) : value.nul === 'true' ? 'null' : `(${value.nul} ? null : ${plainOf(value)})`}, ${quoted}, ${code.constant(value.type)}, ${i === 0})`,
    )
    .join(` + ${quoted} + `);
}

function avroRecord(
  code: Code,
  shape: AvroShape,
  columns: readonly SinkColumn[],
  values: readonly CodeValue[],
  mode: CodeMode,
): void {
  if (shape.type !== 'record') throw unsupported('the schema of the sink is not a record');
  for (const field of shape.fields) {
    const at = columns.findIndex((column) => column.name.toLowerCase() === field.name.toLowerCase());
    const value = values[at];
    if (value !== undefined) avroField(code, field.shape, value, mode, true);
    else {
      const given = field.byDefault === undefined ? undefined : avroDefault(field.shape, field.byDefault);
      if (given !== undefined) {
        const bytes = code.constant(given);
        code.line(
          `if (p + ${given.length} > X.length) X = scratch.ensure(p, ${given.length});`,
          `X.set(${bytes}, p); p += ${given.length};`,
        );
        continue;
      }
      const branch = field.shape.type === 'union' ? field.shape.branches.findIndex((one) => one.type === 'null') : -1;
      if (branch < 0) throw unsupported(`the sink's field ${field.name} has no column and cannot be null`);
      code.line('if (p >= X.length) X = scratch.ensure(p, 1);', `X[p++] = ${branch * 2};`);
    }
  }
}

/** One value; a union takes its null branch or the first branch that can hold the type. */
function avroField(code: Code, shape: AvroShape, value: CodeValue, mode: CodeMode, checkNull: boolean): void {
  if (shape.type === 'union') {
    const nullBranch = shape.branches.findIndex((branch) => branch.type === 'null');
    const branch = shape.branches.findIndex((one) => one.type !== 'null' && avroWriter(one, value.type) !== undefined);
    const chosen = shape.branches[branch];
    if (chosen === undefined) throw unsupported(`the sink's schema cannot hold a ${value.type.kind}`);
    code.line('if (p >= X.length) X = scratch.ensure(p, 1);');
    if (checkNull && value.nul !== 'false') {
      code.line(
        `if (${value.nul}) ${nullBranch < 0 ? "throw malformed('a null is not allowed by the schema of the sink');" : `X[p++] = ${nullBranch * 2};`}`,
      );
      if (value.nul === 'true') return;
      code.line('else {');
    } else code.line('{');
    code.line(`X[p++] = ${branch * 2};`);
    avroField(code, chosen, value, mode, false);
    code.line('}');
    return;
  }
  if (checkNull && value.nul !== 'false') {
    code.line(`if (${value.nul}) throw malformed('a null is not allowed by the schema of the sink');`);
    if (value.nul === 'true') return;
  }
  const v = plainOf(value);
  const { kind } = value.type;
  if ((shape.type === 'string' || shape.type === 'bytes') && value.form === 'bytes') {
    code.line('if (p + 5 > X.length) X = scratch.ensure(p, 5);', `p = writeZigzag(X, p, ${value.length});`);
    copy(code, value);
    return;
  }
  if (shape.type === 'int' && kind === 'INTEGER') {
    code.line('if (p + 5 > X.length) X = scratch.ensure(p, 5);', `p = writeZigzag(X, p, ${v});`);
    return;
  }
  if (shape.type === 'long' && (kind === 'BIGINT' || kind === 'INTEGER')) {
    code.line(
      'if (p + 10 > X.length) X = scratch.ensure(p, 10);',
      `p = ${mode.exact && kind === 'BIGINT' ? 'writeZigzagBigint' : 'writeZigzag'}(X, p, ${v});`,
    );
    return;
  }
  if (shape.type === 'double' && (kind === 'DOUBLE' || kind === 'INTEGER')) {
    code.line('if (p + 8 > X.length) X = scratch.ensure(p, 8);', `scratch.view.setFloat64(p, ${v}, true); p += 8;`);
    return;
  }
  const writer = avroWriter(shape, value.type);
  if (writer === undefined) throw unsupported(`the sink's schema cannot hold a ${(value.type as SqlType).kind}`);
  code.line(
    `{ const t = ${code.constant(writer)}(${v}); if (p + t.length > X.length) X = scratch.ensure(p, t.length); X.set(t, p); p += t.length; }`,
  );
}
