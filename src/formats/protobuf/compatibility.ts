/**
 * What changed between two versions of a Protobuf schema, and the Schema Registry's text for what breaks. A version can read what
 * another one wrote when only harmless changes lie between them: fields are known by their numbers.
 */
import { protoScalars } from './file.ts';
import type { ProtoField, ProtoFile, ProtoMessage, ProtoOneof, ProtoType } from './file.ts';
import { isMapEntry } from './print.ts';
import type { NamedType, ProtoTypes } from './type-index.ts';

export interface ProtoDifference {
  readonly type: keyof typeof descriptions;
  readonly path: string;
}

/** Changes that break; `%` stands for the path, and the words for the two schemas follow. */
const descriptions = {
  PACKAGE_CHANGED: "The package at '%' in the $ schema does not match the package in the & schema",
  MESSAGE_REMOVED: "The $ schema is missing a MESSAGE type at path '%' in the & schema",
  FIELD_KIND_CHANGED: "The type of a field at path '%' in the $ schema does not match the & schema",
  FIELD_SCALAR_KIND_CHANGED:
    "The kind of a SCALAR field at path '%' in the $ schema does not match its kind in the & schema",
  FIELD_NAMED_TYPE_CHANGED:
    "The type of a MESSAGE field at path '%' in the $ schema does not match its type in the & schema",
  REQUIRED_FIELD_ADDED: "A required field  at path '%' in the $ schema is missing in the & schema",
  REQUIRED_FIELD_REMOVED: "The $ schema is missing a required field at path: '%' in the & schema",
  ONEOF_FIELD_REMOVED: "The $ schema is missing a oneof field at path '%' in the & schema",
  MULTIPLE_FIELDS_MOVED_TO_ONEOF:
    "Multiple fields in the oneof at path '%' in the $ schema are outside a oneof in the & schema",
  FIELD_MOVED_TO_EXISTING_ONEOF:
    "A field in the oneof at path '%' in the $ schema is outside an existing oneof in the & schema",
} as const;

export function describeProtoDifference({ type, path }: ProtoDifference, thisIs: 'new' | 'old'): string {
  const other = thisIs === 'new' ? 'old' : 'new';
  const text = descriptions[type].replace('%', path).replace('$', thisIs).replace('&', other);
  return `{errorType:"${type}", description:"${text}"}`;
}

interface Side {
  readonly file: ProtoFile;
  readonly types: ProtoTypes;
}

/** The changes from `original` to `update` that keep the update from reading what the original wrote. */
export function protoDifferences(original: Side, update: Side): ProtoDifference[] {
  const found: ProtoDifference[] = [];
  const add = (type: ProtoDifference['type'], path: readonly string[]): void =>
    void found.push({ type, path: `#/${path.join('/')}` });
  if ((original.file.packageName ?? '') !== (update.file.packageName ?? '')) add('PACKAGE_CHANGED', []);
  const scopeOf = ({ file }: Side): string[] => file.packageName?.split('.') ?? [];
  new Comparison(original.types, update.types, add).types(original.file.types, update.file.types, {
    path: [],
    original: scopeOf(original),
    update: scopeOf(update),
  });
  return found;
}

/** Where the comparison stands: the path of messages, and the scopes in which names are looked up. */
interface Place {
  readonly path: readonly string[];
  readonly original: readonly string[];
  readonly update: readonly string[];
}

class Comparison {
  private readonly originals: ProtoTypes;
  private readonly updates: ProtoTypes;
  private add: (type: ProtoDifference['type'], path: readonly string[]) => void;
  /** Messages that are being compared, so that one that contains itself ends. */
  private readonly open = new Set<ProtoMessage>();

  constructor(originals: ProtoTypes, updates: ProtoTypes, add: Comparison['add']) {
    this.originals = originals;
    this.updates = updates;
    this.add = add;
  }

  types(original: readonly ProtoType[], update: readonly ProtoType[], place: Place): void {
    const messages = (types: readonly ProtoType[]): Map<string, ProtoMessage> =>
      new Map(types.flatMap((type) => (type.kind === 'message' ? [[type.name, type]] : [])));
    const next = messages(update);
    for (const [name, message] of messages(original)) {
      const inner = into(place, name);
      const other = next.get(name);
      if (other !== undefined) this.messages(message, other, inner);
      else if (!isMapEntry(message)) this.add('MESSAGE_REMOVED', inner.path);
    }
  }

  private messages(original: ProtoMessage, update: ProtoMessage, place: Place): void {
    if (!this.open.has(original)) {
      this.open.add(original);
      this.members(original, update, place);
      this.open.delete(original);
    }
    this.types(original.nested, update.nested, place);
  }

  private members(original: ProtoMessage, update: ProtoMessage, place: Place): void {
    const fields = byNumber(original.fields);
    const inOneofs = byNumber(original.oneofs.flatMap((oneof) => oneof.fields));
    const before = new Map([...fields, ...inOneofs]);
    const after = byNumber([...update.fields, ...update.oneofs.flatMap((oneof) => oneof.fields)]);
    for (const oneof of update.oneofs) {
      let moved = 0;
      let existing = 0;
      for (const { number } of oneof.fields) {
        if (fields.delete(number)) moved++;
        else if (inOneofs.has(number)) existing++;
      }
      if (moved > 1) this.add('MULTIPLE_FIELDS_MOVED_TO_ONEOF', [...place.path, oneof.name]);
      else if (moved === 1 && existing > 0) this.add('FIELD_MOVED_TO_EXISTING_ONEOF', [...place.path, oneof.name]);
    }
    for (const oneof of original.oneofs) {
      const other = update.oneofs.find(({ name }) => name === oneof.name);
      if (other !== undefined) this.oneofs(oneof, other, after, place);
    }
    const next = byNumber(update.fields);
    for (const number of sortedNumbers(fields, next)) {
      const path = [...place.path, String(number)];
      const [was, is] = [fields.get(number), next.get(number)];
      if (was !== undefined && is !== undefined) this.fields(was, is, { ...place, path });
      else if (was?.label === 'required') this.add('REQUIRED_FIELD_REMOVED', path);
      else if (is?.label === 'required') this.add('REQUIRED_FIELD_ADDED', path);
    }
    this.moved(original, update, { before, after }, place);
  }

  /** Fields that went into, out of, or to another oneof: what they hold has to fit all the same. */
  private moved(
    original: ProtoMessage,
    update: ProtoMessage,
    { before, after }: Readonly<Record<'before' | 'after', ReadonlyMap<number, ProtoField>>>,
    place: Place,
  ): void {
    const oneofOf = (message: ProtoMessage, number: number): string | undefined =>
      message.oneofs.find(({ fields }) => fields.some((field) => field.number === number))?.name;
    for (const number of [...before.keys()].sort((a, b) => a - b)) {
      const [was, is] = [before.get(number), after.get(number)];
      if (was === undefined || is === undefined) continue;
      if (oneofOf(original, number) === oneofOf(update, number)) continue;
      this.fields(was, is, { ...place, path: [...place.path, String(number)] });
    }
  }

  private oneofs(original: ProtoOneof, update: ProtoOneof, all: ReadonlyMap<number, ProtoField>, place: Place): void {
    const next = byNumber(update.fields);
    for (const field of [...original.fields].sort((a, b) => a.number - b.number)) {
      const path = [...place.path, original.name, String(field.number)];
      const other = next.get(field.number);
      if (other !== undefined) this.fields(field, other, { ...place, path });
      else if (!all.has(field.number)) this.add('ONEOF_FIELD_REMOVED', path);
    }
  }

  private fields(original: ProtoField, update: ProtoField, place: Place): void {
    this.fieldTypes(original.type, update.type, place);
  }

  private fieldTypes(originalType: string, updateType: string, place: Place): void {
    const [was, is] = [
      readType(originalType, this.originals, place.original),
      readType(updateType, this.updates, place.update),
    ];
    if (was.kind !== is.kind) this.add('FIELD_KIND_CHANGED', place.path);
    else if (was.kind === 'scalar' && is.kind === 'scalar') {
      if (was.group !== is.group) this.add('FIELD_SCALAR_KIND_CHANGED', place.path);
    } else if (was.kind === 'map' && is.kind === 'map') {
      this.fieldTypes(was.key, is.key, place);
      this.fieldTypes(was.value, is.value, place);
    } else if (was.kind === 'message' && is.kind === 'message') this.named(was, is, place);
  }

  private named(
    { name: oldName, type: was }: { readonly name: string; readonly type: NamedType | undefined },
    { name: newName, type: is }: { readonly name: string; readonly type: NamedType | undefined },
    place: Place,
  ): void {
    if (was === undefined || is === undefined) {
      if (oldName !== newName) this.add('FIELD_NAMED_TYPE_CHANGED', place.path);
      return;
    }
    const local = ({ fullName, packageName }: NamedType): string =>
      packageName !== '' && fullName.startsWith(`${packageName}.`) ? fullName.slice(packageName.length + 1) : fullName;
    if (local(was) !== local(is)) {
      this.add('FIELD_NAMED_TYPE_CHANGED', place.path);
      return;
    }
    // Both in the file itself are compared where they stand; those of imports here.
    if (was.from === undefined && is.from === undefined) return;
    if (was.element.kind !== 'message' || is.element.kind !== 'message') return;
    let broken = false;
    const outer = this.add;
    this.add = (type, path) => {
      broken = true;
      outer(type, path);
    };
    this.messages(was.element, is.element, {
      path: local(was).split('.'),
      original: was.fullName.split('.'),
      update: is.fullName.split('.'),
    });
    this.add = outer;
    if (broken) this.add('FIELD_NAMED_TYPE_CHANGED', place.path);
  }
}

function into(place: Place, name: string): Place {
  return {
    path: [...place.path, name],
    original: [...place.original, name],
    update: [...place.update, name],
  };
}

function byNumber(fields: readonly ProtoField[]): Map<number, ProtoField> {
  return new Map(fields.map((field) => [field.number, field]));
}

function sortedNumbers(...maps: readonly ReadonlyMap<number, ProtoField>[]): number[] {
  return [...new Set(maps.flatMap((map) => [...map.keys()]))].sort((a, b) => a - b);
}

type ReadType =
  | { readonly kind: 'scalar'; readonly group: string }
  | { readonly kind: 'map'; readonly key: string; readonly value: string }
  | { readonly kind: 'message'; readonly name: string; readonly type: NamedType | undefined };

/** Scalars of one group can be read as each other. */
const groups: Readonly<Record<string, string>> = {
  sint32: 'signed',
  sint64: 'signed',
  string: 'text',
  bytes: 'text',
  fixed32: 'fixed32',
  sfixed32: 'fixed32',
  fixed64: 'fixed64',
  sfixed64: 'fixed64',
  float: 'float',
  double: 'double',
};

function readType(type: string, types: ProtoTypes, scope: readonly string[]): ReadType {
  const map = /^map<(.+), (.+)>$/.exec(type);
  if (map !== null) return { kind: 'map', key: map[1] ?? '', value: map[2] ?? '' };
  if (protoScalars.has(type)) return { kind: 'scalar', group: groups[type] ?? 'number' };
  const found = types.find(type, scope);
  if (found?.element.kind === 'enum') return { kind: 'scalar', group: 'number' };
  if (found?.element.kind === 'message' && isMapEntry(found.element)) {
    const of = (name: string): string => {
      const { fields } = found.element as ProtoMessage;
      return fields.find((field) => field.name === name)?.type ?? '';
    };
    return { kind: 'map', key: of('key'), value: of('value') };
  }
  return { kind: 'message', name: type, type: found };
}
