/** Message types with their names resolved: what encoding and inference need of a schema and of those that it imports. */
import { StackError } from '../../core/errors.ts';
import { protoScalars } from './file.ts';
import type { ProtoEnum, ProtoField, ProtoFile, ProtoMessage, ProtoOption, ProtoType } from './file.ts';
import { knownProtoFiles } from './known-files.ts';
import { parseProtoFile } from './parse.ts';

export interface MessageType {
  readonly name: string;
  readonly fullName: string;
  /** In declared order, those of oneofs where they stand in theirs. Filled after construction, as messages may contain themselves. */
  readonly fields: MessageField[];
  readonly oneofs: string[];
  readonly nested: MessageType[];
}

export interface MessageField {
  readonly name: string;
  readonly number: number;
  readonly repeated: boolean;
  /** Scalars of proto3 with `optional`, and of proto2: absent and default differ. */
  readonly presence: boolean;
  readonly type: FieldType;
  /** Index of the oneof that it belongs to. */
  readonly oneof?: number;
  readonly options: readonly ProtoOption[];
}

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: string }
  | { readonly kind: 'enum'; readonly name: string; readonly values: ReadonlyMap<number, string> }
  | { readonly kind: 'message'; readonly message: MessageType }
  /** `map<…>`, or a repeated message of Connect's form for it. */
  | { readonly kind: 'map'; readonly key: MessageField; readonly value: MessageField };

export interface ImportedFile {
  readonly name: string;
  readonly schema: string;
}

/** A schema ready for use. */
export interface ProtoSchema {
  readonly file: ProtoFile;
  /** The file's own messages, in order. */
  readonly messages: readonly MessageType[];
  /** Every message that can be named, by full name. */
  readonly byName: ReadonlyMap<string, MessageType>;
}

/** @throws StackError MILLRACE_SCHEMA_INVALID when a name cannot be resolved or the text is no schema */
export function protoSchema(text: string, references: readonly ImportedFile[] = []): ProtoSchema {
  const file = parseProtoFile(text);
  const linker = new Linker();
  const seen = new Set<string>();
  const load = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const source = references.find((one) => one.name === name)?.schema ?? knownProtoFiles.get(name);
    if (source === undefined) throw invalid(`Could not find the import "${name}"`);
    const imported = parseProtoFile(source);
    for (const next of [...imported.imports, ...imported.publicImports]) load(next);
    linker.declare(imported);
  };
  for (const name of [...file.imports, ...file.publicImports]) load(name);
  // Options of Confluent and the types that sinks write are known without an import.
  const messages = linker.declare(file);
  linker.link();
  return { file, messages, byName: linker.messages };
}

/** The message of a list of indexes, as records name it: positions among the messages of each level. */
export function messageAt(schema: ProtoSchema, indexes: readonly number[]): MessageType | undefined {
  let level: readonly MessageType[] = schema.messages;
  let found: MessageType | undefined;
  for (const index of indexes) {
    found = level[index];
    if (found === undefined) return undefined;
    level = found.nested;
  }
  return found;
}

/** The indexes of a message; undefined when it is not one of the schema's own. */
export function indexesOf(schema: ProtoSchema, fullName: string): number[] | undefined {
  const search = (level: readonly MessageType[]): number[] | undefined => {
    for (const [i, message] of level.entries()) {
      if (message.fullName === fullName) return [i];
      const inner = search(message.nested);
      if (inner !== undefined) return [i, ...inner];
    }
    return undefined;
  };
  return search(schema.messages);
}

class Linker {
  readonly messages = new Map<string, MessageType>();
  private readonly enums = new Map<string, ProtoEnum>();
  private readonly pending: { element: ProtoMessage; message: MessageType; proto3: boolean }[] = [];

  declare(file: ProtoFile): MessageType[] {
    const proto3 = file.syntax === 'proto3';
    return this.types(file.types, file.packageName ?? '', proto3);
  }

  private types(types: readonly ProtoType[], scope: string, proto3: boolean): MessageType[] {
    return types.flatMap((element): MessageType[] => {
      const fullName = scope === '' ? element.name : `${scope}.${element.name}`;
      if (element.kind === 'enum') {
        this.enums.set(fullName, element);
        return [];
      }
      const nested = this.types(element.nested, fullName, proto3);
      const message: MessageType = { name: element.name, fullName, fields: [], oneofs: [], nested };
      this.messages.set(fullName, message);
      this.pending.push({ element, message, proto3 });
      return [message];
    });
  }

  link(): void {
    for (const { element, message, proto3 } of this.pending) {
      message.oneofs.push(...element.oneofs.map(({ name }) => name));
      const add = (field: ProtoField, oneof?: number): void =>
        void message.fields.push(this.field(field, message.fullName, proto3, oneof));
      for (const field of element.fields) add(field);
      element.oneofs.forEach(({ fields }, i) => {
        for (const field of fields) add(field, i);
      });
    }
    // Connect writes maps as repeated messages; they can be told only once all fields are there.
    for (const { message } of this.pending) {
      message.fields.forEach((field, i) => {
        const type = field.repeated && field.type.kind === 'message' ? mapOf(field.type.message) : undefined;
        if (type !== undefined) message.fields[i] = { ...field, repeated: false, type };
      });
    }
  }

  private field(field: ProtoField, scope: string, proto3: boolean, oneof: number | undefined): MessageField {
    const map = /^map<(.+), (.+)>$/.exec(field.type);
    const base = { name: field.name, number: field.number, options: field.options };
    if (map !== null) {
      const [, key = '', value = ''] = map;
      const part = (name: string, number: number, type: string): MessageField =>
        this.field({ type, name, number, options: [] }, scope, true, undefined);
      return {
        ...base,
        repeated: false,
        presence: false,
        type: { kind: 'map', key: part('key', 1, key), value: part('value', 2, value) },
      };
    }
    const type = this.type(field.type, scope);
    const repeated = field.label === 'repeated';
    return {
      ...base,
      repeated,
      presence: !repeated && (type.kind === 'message' || !proto3 || field.label === 'optional' || oneof !== undefined),
      type,
      ...(oneof !== undefined && { oneof }),
    };
  }

  private type(name: string, scope: string): FieldType {
    if (protoScalars.has(name)) return { kind: 'scalar', scalar: name };
    const found = this.resolve(name, scope);
    if (found === undefined) throw invalid(`"${name}" is not defined (in ${scope})`);
    const message = this.messages.get(found);
    if (message !== undefined) return { kind: 'message', message };
    const { constants = [] } = this.enums.get(found) ?? {};
    return {
      kind: 'enum',
      name: found,
      values: new Map([...constants].reverse().map((constant) => [constant.number, constant.name])),
    };
  }

  /** From the innermost scope outwards. */
  private resolve(name: string, scope: string): string | undefined {
    const has = (full: string): boolean => this.messages.has(full) || this.enums.has(full);
    if (name.startsWith('.')) return has(name.slice(1)) ? name.slice(1) : undefined;
    const parts = scope === '' ? [] : scope.split('.');
    for (let length = parts.length; length >= 0; length--) {
      const full = [...parts.slice(0, length), name].join('.');
      if (has(full)) return full;
    }
    return undefined;
  }
}

function mapOf(message: MessageType): FieldType | undefined {
  const [key, value, ...more] = message.fields;
  return message.name.endsWith('Entry') && key?.name === 'key' && value?.name === 'value' && more.length === 0
    ? { kind: 'map', key, value }
    : undefined;
}

function invalid(why: string): StackError {
  return new StackError('MILLRACE_SCHEMA_INVALID', why);
}
