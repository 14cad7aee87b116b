/**
 * A .proto file as it stands: what the parser reads, the printer writes and the registry compares. Names are not resolved here;
 * `message-type.ts` makes message types out of it.
 */

export interface ProtoFile {
  /** `proto2`, `proto3`; absent when the file does not say. */
  readonly syntax?: string;
  readonly edition?: string;
  readonly packageName?: string;
  readonly imports: readonly string[];
  readonly publicImports: readonly string[];
  readonly options: readonly ProtoOption[];
  /** Messages and enums in the order in which they stand: message indexes count the messages. */
  readonly types: readonly ProtoType[];
  readonly extends: readonly ProtoExtend[];
  readonly services: readonly ProtoService[];
}

export type ProtoType = ProtoMessage | ProtoEnum;

export interface ProtoMessage {
  readonly kind: 'message';
  readonly name: string;
  readonly reserved: readonly ProtoReserved[];
  readonly options: readonly ProtoOption[];
  readonly fields: readonly ProtoField[];
  readonly oneofs: readonly ProtoOneof[];
  readonly groups: readonly ProtoGroup[];
  readonly extensions: readonly ProtoExtensions[];
  readonly nested: readonly ProtoType[];
}

export interface ProtoField {
  readonly label?: 'optional' | 'required' | 'repeated';
  /** As it is written: `int32`, `.a.B`, `map<string, B>`. */
  readonly type: string;
  readonly name: string;
  readonly number: number;
  readonly options: readonly ProtoOption[];
  readonly defaultValue?: string;
  readonly jsonName?: string;
}

export interface ProtoOneof {
  readonly name: string;
  readonly options: readonly ProtoOption[];
  readonly fields: readonly ProtoField[];
  readonly groups: readonly ProtoGroup[];
}

export interface ProtoGroup {
  readonly label?: ProtoField['label'];
  readonly name: string;
  readonly number: number;
  readonly fields: readonly ProtoField[];
}

export interface ProtoEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly options: readonly ProtoOption[];
  readonly constants: readonly {
    readonly name: string;
    readonly number: number;
    readonly options: readonly ProtoOption[];
  }[];
  readonly reserved: readonly ProtoReserved[];
}

export interface ProtoExtend {
  readonly name: string;
  readonly fields: readonly ProtoField[];
}

export interface ProtoService {
  readonly name: string;
  readonly options: readonly ProtoOption[];
  readonly rpcs: readonly ProtoRpc[];
}

export interface ProtoRpc {
  readonly name: string;
  readonly request: string;
  readonly requestStreaming: boolean;
  readonly response: string;
  readonly responseStreaming: boolean;
  readonly options: readonly ProtoOption[];
}

/** Numbers, ranges (`to` inclusive) and names. */
export type ProtoReserved = readonly (number | string | { readonly from: number; readonly to: number })[];

/** Ranges of numbers for extensions, and their options. */
export interface ProtoExtensions {
  readonly ranges: ProtoReserved;
}

export interface ProtoOption {
  readonly name: string;
  readonly parenthesized: boolean;
  readonly value: ProtoOptionValue;
}

export type ProtoOptionValue =
  | { readonly kind: 'string'; readonly text: string }
  /** Also enum constants: words and numbers as they are written. */
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, ProtoOptionValue])[] }
  | { readonly kind: 'list'; readonly items: readonly ProtoOptionValue[] }
  /** `(a).b = …` */
  | { readonly kind: 'option'; readonly option: ProtoOption };

/** The highest field number; what `max` means in ranges. */
export const fieldNumberMax = 536870911;

/** Every scalar type. */
export const protoScalars: ReadonlySet<string> = new Set(
  'double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32 sfixed64 bool string bytes'.split(' '),
);
