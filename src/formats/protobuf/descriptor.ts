/**
 * A file as compilers pass it on (`FileDescriptorProto`): clients without a compiler of their own register it in base64, and ask
 * for it (`format=serialized`). Source: google/protobuf/descriptor.proto.
 */
import { protoScalars } from './file.ts';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOneof, ProtoOption, ProtoReserved } from './file.ts';
import { booleanOptions, optionNumbers, textOptions } from './descriptor-options.ts';
import type { ProtoTypes } from './type-index.ts';
import { wireFields, WireWriter } from './wire.ts';

const scalarNumbers: ReadonlyMap<string, number> = new Map([
  ['double', 1],
  ['float', 2],
  ['int64', 3],
  ['uint64', 4],
  ['int32', 5],
  ['fixed64', 6],
  ['fixed32', 7],
  ['bool', 8],
  ['string', 9],
  ['bytes', 12],
  ['uint32', 13],
  ['sfixed32', 15],
  ['sfixed64', 16],
  ['sint32', 17],
  ['sint64', 18],
]);
const labels = { optional: 1, required: 2, repeated: 3 } as const;

// ---- reading

type Fields = ReturnType<typeof wireFields>;

/** undefined when the bytes are no such file. */
export function parseCompiledProtoFile(bytes: Buffer): ProtoFile | undefined {
  try {
    return readFile(wireFields(bytes));
  } catch {
    return undefined;
  }
}

function texts(fields: Fields, number: number): string[] {
  return (fields.get(number) ?? []).map((one) => (Buffer.isBuffer(one) ? one.toString('utf8') : String(one)));
}

function numbers(fields: Fields, number: number): number[] {
  return (fields.get(number) ?? []).filter((one) => typeof one === 'number');
}

function messages(fields: Fields, number: number): Fields[] {
  return (fields.get(number) ?? []).flatMap((one) => (Buffer.isBuffer(one) ? [wireFields(one)] : []));
}

function readFile(fields: Fields): ProtoFile | undefined {
  const [name] = texts(fields, 1);
  const [packageName] = texts(fields, 2);
  const [syntax = 'proto2'] = texts(fields, 12);
  if (name === undefined && (fields.get(4) ?? []).length === 0) return undefined;
  const imports = texts(fields, 3);
  const open = new Set(numbers(fields, 10));
  const proto3 = syntax === 'proto3';
  return {
    syntax,
    ...(packageName !== undefined && packageName !== '' && { packageName }),
    imports: imports.filter((_, i) => !open.has(i)),
    publicImports: imports.filter((_, i) => open.has(i)),
    options: readOptions(fields, 8, 'file'),
    types: [...messages(fields, 4).map((one) => readMessage(one, proto3)), ...messages(fields, 5).map(readEnum)],
    extends: [],
    services: messages(fields, 6).map((service) => ({
      name: texts(service, 1)[0] ?? '',
      options: readOptions(service, 3, 'service'),
      rpcs: messages(service, 2).map((rpc) => ({
        name: texts(rpc, 1)[0] ?? '',
        request: texts(rpc, 2)[0] ?? '',
        requestStreaming: numbers(rpc, 5)[0] === 1,
        response: texts(rpc, 3)[0] ?? '',
        responseStreaming: numbers(rpc, 6)[0] === 1,
        options: readOptions(rpc, 4, 'rpc'),
      })),
    })),
  };
}

function readMessage(fields: Fields, proto3: boolean): ProtoMessage {
  const all = messages(fields, 2);
  const oneofNames = messages(fields, 8).map((oneof) => texts(oneof, 1)[0] ?? '');
  const members = (oneof: number): Fields[] =>
    all.filter((field) => numbers(field, 9)[0] === oneof && numbers(field, 17)[0] !== 1);
  const free = all.filter((field) => numbers(field, 9).length === 0 || numbers(field, 17)[0] === 1);
  return {
    kind: 'message',
    name: texts(fields, 1)[0] ?? '',
    reserved: readReserved(messages(fields, 9), texts(fields, 10), 1),
    options: readOptions(fields, 7, 'message'),
    fields: free.map((field) => readField(field, proto3)),
    // `optional` in proto3 is a oneof of one field in compiled files.
    oneofs: oneofNames.flatMap((name, i): ProtoOneof[] => {
      const own = members(i).map((field) => readField(field, true));
      return own.length === 0 ? [] : [{ name, options: [], fields: own, groups: [] }];
    }),
    groups: [],
    extensions: messages(fields, 5).map((range) => ({ ranges: readRange(range, 1) })),
    nested: [...messages(fields, 3).map((one) => readMessage(one, proto3)), ...messages(fields, 4).map(readEnum)],
  };
}

function readField(fields: Fields, proto3: boolean): ProtoField {
  const [name = ''] = texts(fields, 1);
  const [label] = numbers(fields, 4);
  const [type = 0] = numbers(fields, 5);
  const [typeName] = texts(fields, 6);
  const [defaultValue] = texts(fields, 7);
  const [jsonName] = texts(fields, 10);
  const optional = numbers(fields, 17)[0] === 1 || (label === labels.optional && !proto3);
  const word = label === labels.repeated ? 'repeated' : label === labels.required ? 'required' : 'optional';
  const scalar = [...scalarNumbers].find(([, number]) => number === type)?.[0];
  return {
    ...((optional || word !== 'optional') && { label: word }),
    type: typeName ?? scalar ?? '',
    name,
    number: numbers(fields, 3)[0] ?? 0,
    options: readOptions(fields, 8, 'field'),
    ...(defaultValue !== undefined && { defaultValue }),
    ...(jsonName !== undefined && jsonName !== jsonNameOf(name) && { jsonName }),
  };
}

function jsonNameOf(name: string): string {
  return name.replace(/_+(\w?)/g, (_, next: string) => next.toUpperCase());
}

function readEnum(fields: Fields): ProtoEnum {
  return {
    kind: 'enum',
    name: texts(fields, 1)[0] ?? '',
    options: readOptions(fields, 3, 'enum'),
    constants: messages(fields, 2).map((one) => ({
      name: texts(one, 1)[0] ?? '',
      number: numbers(one, 2)[0] ?? 0,
      options: readOptions(one, 3, 'constant'),
    })),
    reserved: readReserved(messages(fields, 4), texts(fields, 5), 0),
  };
}

/** `beyond`: how far the end of a range lies behind its last number. */
function readRange(range: Fields, beyond: number): ProtoReserved {
  const from = numbers(range, 1)[0] ?? 0;
  const to = (numbers(range, 2)[0] ?? 0) - beyond;
  return [from === to ? from : { from, to }];
}

function readReserved(ranges: readonly Fields[], names: readonly string[], beyond: number): ProtoReserved[] {
  return [...ranges.map((range) => readRange(range, beyond)), ...names.map((name) => [name])];
}

function readOptions(fields: Fields, number: number, of: keyof typeof optionNumbers): ProtoOption[] {
  return messages(fields, number).flatMap((options) =>
    Object.entries(optionNumbers[of]).flatMap(([name, at]): ProtoOption[] => {
      const [value] = options.get(at) ?? [];
      if (value === undefined) return [];
      if (name === 'confluent.field_meta') return Buffer.isBuffer(value) ? [readMeta(wireFields(value))] : [];
      if (textOptions.has(name))
        return [{ name, parenthesized: false, value: { kind: 'string', text: String(value) } }];
      const word = booleanOptions.has(name) ? String(value === 1) : String(value);
      const shown =
        name === 'optimize_for' ? (['SPEED', 'CODE_SIZE', 'LITE_RUNTIME'][Number(value) - 1] ?? word) : word;
      return [{ name, parenthesized: false, value: { kind: 'word', text: shown } }];
    }),
  );
}

/** Confluent's option of fields: documentation, parameters, tags. */
function readMeta(meta: Fields): ProtoOption {
  const text = (value: string) => ({ kind: 'string', text: value }) as const;
  const parameters = messages(meta, 2).map((entry) => ({
    kind: 'map' as const,
    entries: [
      ['key', text(texts(entry, 1)[0] ?? '')],
      ['value', text(texts(entry, 2)[0] ?? '')],
    ] as const,
  }));
  const [doc] = texts(meta, 1);
  const tags = texts(meta, 3).map(text);
  return {
    name: 'confluent.field_meta',
    parenthesized: true,
    value: {
      kind: 'map',
      entries: [
        ...(doc === undefined ? [] : [['doc', text(doc)] as const]),
        ...(parameters.length === 0 ? [] : [['params', { kind: 'list', items: parameters }] as const]),
        ...(tags.length === 0 ? [] : [['tags', { kind: 'list', items: tags }] as const]),
      ],
    },
  };
}

// ---- writing

/** The file as a compiler would pass it on; names of types are full. */
export function compiledProtoFile(file: ProtoFile, types: ProtoTypes): Buffer {
  const out = new WireWriter();
  text(out, 1, 'default');
  if (file.packageName !== undefined) text(out, 2, file.packageName);
  for (const name of [...file.imports, ...file.publicImports]) text(out, 3, name);
  const proto3 = file.syntax === 'proto3';
  const scope = file.packageName?.split('.') ?? [];
  for (const type of file.types) if (type.kind === 'message') writeMessage(out, 4, type, { scope, types, proto3 });
  for (const type of file.types) if (type.kind === 'enum') writeEnum(out, 5, type);
  for (const service of file.services) {
    nested(out, 6, (inner) => {
      text(inner, 1, service.name);
      for (const rpc of service.rpcs) {
        nested(inner, 2, (method) => {
          text(method, 1, rpc.name);
          text(method, 2, fullName(rpc.request, scope, types).name);
          text(method, 3, fullName(rpc.response, scope, types).name);
          if (rpc.requestStreaming) number(method, 5, 1);
          if (rpc.responseStreaming) number(method, 6, 1);
        });
      }
    });
  }
  writeOptions(out, 8, file.options, 'file');
  file.publicImports.forEach((_, i) => number(out, 10, file.imports.length + i));
  if (file.syntax !== undefined && file.syntax !== 'proto2') text(out, 12, file.syntax);
  return Buffer.from(out.bytes.subarray(0, out.at));
}

interface Around {
  readonly scope: readonly string[];
  readonly types: ProtoTypes;
  readonly proto3: boolean;
}

function text(out: WireWriter, at: number, value: string): void {
  out.varint(at * 8 + 2);
  out.sized(Buffer.from(value));
}

function number(out: WireWriter, at: number, value: number): void {
  out.varint(at * 8);
  out.long(value);
}

function nested(out: WireWriter, at: number, write: (inner: WireWriter) => void): void {
  out.varint(at * 8 + 2);
  out.nested(write);
}

function fullName(type: string, scope: readonly string[], types: ProtoTypes): { name: string; isEnum: boolean } {
  const found = types.find(type, scope);
  return { name: found === undefined ? type : `.${found.fullName}`, isEnum: found?.element.kind === 'enum' };
}

function writeMessage(out: WireWriter, at: number, message: ProtoMessage, around: Around): void {
  const inside: Around = { ...around, scope: [...around.scope, message.name] };
  const synthetic = message.fields.filter(({ label }) => around.proto3 && label === 'optional');
  nested(out, at, (inner) => {
    text(inner, 1, message.name);
    for (const field of message.fields) {
      const own = synthetic.indexOf(field);
      const oneof = own < 0 ? undefined : message.oneofs.length + own;
      writeField(inner, field, inside, { oneof, optional: own >= 0 });
    }
    message.oneofs.forEach((oneof, i) => {
      for (const field of oneof.fields) writeField(inner, field, inside, { oneof: i, optional: false });
    });
    for (const type of message.nested) if (type.kind === 'message') writeMessage(inner, 3, type, inside);
    for (const field of message.fields) if (field.type.startsWith('map<')) writeMapEntry(inner, field, inside);
    for (const type of message.nested) if (type.kind === 'enum') writeEnum(inner, 4, type);
    for (const { ranges } of message.extensions) writeRanges(inner, 5, ranges, 1);
    writeOptions(inner, 7, message.options, 'message');
    for (const name of [...message.oneofs.map((one) => one.name), ...synthetic.map((one) => `_${one.name}`)])
      nested(inner, 8, (oneof) => text(oneof, 1, name));
    for (const reserved of message.reserved) writeRanges(inner, 9, reserved, 1);
    for (const name of message.reserved.flat()) if (typeof name === 'string') text(inner, 10, name);
  });
}

function writeRanges(out: WireWriter, at: number, ranges: ProtoReserved, beyond: number): void {
  for (const range of ranges) {
    if (typeof range === 'string') continue;
    const { from, to } = typeof range === 'number' ? { from: range, to: range } : range;
    nested(out, at, (inner) => {
      number(inner, 1, from);
      number(inner, 2, to + beyond);
    });
  }
}

function entryName(field: ProtoField): string {
  const camel = jsonNameOf(field.name);
  return `${camel.slice(0, 1).toUpperCase()}${camel.slice(1)}Entry`;
}

function writeMapEntry(out: WireWriter, field: ProtoField, around: Around): void {
  const [, key = '', value = ''] = /^map<(.+), (.+)>$/.exec(field.type) ?? [];
  const part = (name: string, at: number, type: string): ProtoField => ({ name, number: at, type, options: [] });
  nested(out, 3, (inner) => {
    text(inner, 1, entryName(field));
    writeField(inner, part('key', 1, key), around, { oneof: undefined, optional: false });
    writeField(inner, part('value', 2, value), around, { oneof: undefined, optional: false });
    nested(inner, 7, (options) => number(options, 7, 1));
  });
}

function writeField(
  out: WireWriter,
  field: ProtoField,
  around: Around,
  { oneof, optional }: { readonly oneof: number | undefined; readonly optional: boolean },
): void {
  const map = field.type.startsWith('map<');
  const type = map ? `.${[...around.scope, entryName(field)].join('.')}` : field.type;
  nested(out, 2, (inner) => {
    text(inner, 1, field.name);
    number(inner, 3, field.number);
    number(inner, 4, map ? labels.repeated : labels[field.label ?? 'optional']);
    if (protoScalars.has(type)) number(inner, 5, scalarNumbers.get(type) ?? 0);
    else {
      const found = map ? { name: type, isEnum: false } : fullName(type, around.scope, around.types);
      number(inner, 5, found.isEnum ? 14 : 11);
      text(inner, 6, found.name);
    }
    if (field.defaultValue !== undefined) text(inner, 7, field.defaultValue);
    writeOptions(inner, 8, field.options, 'field');
    if (oneof !== undefined) number(inner, 9, oneof);
    if (field.jsonName !== undefined) text(inner, 10, field.jsonName);
    if (optional) number(inner, 17, 1);
  });
}

function writeEnum(out: WireWriter, at: number, type: ProtoEnum): void {
  nested(out, at, (inner) => {
    text(inner, 1, type.name);
    for (const constant of type.constants) {
      nested(inner, 2, (one) => {
        text(one, 1, constant.name);
        number(one, 2, constant.number);
        writeOptions(one, 3, constant.options, 'constant');
      });
    }
    writeOptions(inner, 3, type.options, 'enum');
    for (const reserved of type.reserved) writeRanges(inner, 4, reserved, 0);
    for (const name of type.reserved.flat()) if (typeof name === 'string') text(inner, 5, name);
  });
}

function writeOptions(
  out: WireWriter,
  at: number,
  options: readonly ProtoOption[],
  of: keyof typeof optionNumbers,
): void {
  const known = options.flatMap((option) => {
    const number = optionNumbers[of][option.name];
    return number === undefined ? [] : [{ option, number }];
  });
  if (known.length === 0) return;
  nested(out, at, (inner) => {
    for (const { option, number: place } of known) {
      const { value } = option;
      if (option.name === 'confluent.field_meta') writeMeta(inner, place, value);
      else if (value.kind === 'string') text(inner, place, value.text);
      else if (value.kind === 'word') {
        const speed = ['SPEED', 'CODE_SIZE', 'LITE_RUNTIME'].indexOf(value.text);
        const word = value.text === 'true' ? 1 : value.text === 'false' ? 0 : Number(value.text);
        number(inner, place, speed >= 0 ? speed + 1 : Number.isInteger(word) ? word : 0);
      }
    }
  });
}

function writeMeta(out: WireWriter, at: number, value: ProtoOption['value']): void {
  if (value.kind !== 'map') return;
  const textOf = (one: ProtoOption['value'] | undefined): string =>
    one?.kind === 'string' || one?.kind === 'word' ? one.text : '';
  const list = (one: ProtoOption['value']): readonly ProtoOption['value'][] =>
    one.kind === 'list' ? one.items : [one];
  nested(out, at, (inner) => {
    for (const [name, one] of value.entries) {
      if (name === 'doc') text(inner, 1, textOf(one));
      if (name === 'tags') for (const tag of list(one)) text(inner, 3, textOf(tag));
      if (name !== 'params') continue;
      for (const entry of list(one)) {
        if (entry.kind !== 'map') continue;
        const part = (key: string): string => textOf(entry.entries.find(([own]) => own === key)?.[1]);
        nested(inner, 2, (pair) => {
          text(pair, 1, part('key'));
          text(pair, 2, part('value'));
        });
      }
    }
  });
}
