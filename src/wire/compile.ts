/**
 * Compiles the schema of a message and one version into a decoder and an encoder: straight-line JavaScript without a single
 * check of the version. Compiled on first use; a broker uses some forty of the several hundred pairs there are.
 */
import type { FieldSchema, MessageSchema, StructSchema } from './schemas.ts';
import type { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface Codec {
  /** Reads one message; fields that the version does not have get their defaults. */
  decode(reader: Reader): unknown;
  /** Writes one message; fields that are missing in `message` are their defaults, fields that the version does not have are left out. */
  encode(writer: Writer, message: unknown): void;
}

export function compileCodec(schema: MessageSchema, version: number): Codec {
  const source = new Source(version, version >= schema.flexibleFrom);
  const root = source.struct(schema);
  const build = new Function(
    'Writer',
    `'use strict';\n${source.text()}\nreturn { decode: decode${root}, encode: encode${root} };`,
  ) as (writer: typeof Writer) => Codec;
  return build(Writer);
}

class Source {
  private readonly version: number;
  private readonly flexible: boolean;
  private readonly functions: string[] = [];
  private readonly numbers = new Map<StructSchema, number>();

  constructor(version: number, flexible: boolean) {
    this.version = version;
    this.flexible = flexible;
  }

  text(): string {
    return this.functions.join('\n');
  }

  /** Adds the functions of a struct once and returns its number. */
  struct(schema: StructSchema): number {
    const known = this.numbers.get(schema);
    if (known !== undefined) return known;
    const number = this.numbers.size;
    this.numbers.set(schema, number);
    const present = schema.fields.filter((field) => this.has(field));
    const tagged = present.filter((field) => field.tag !== undefined).sort((a, b) => (a.tag ?? 0) - (b.tag ?? 0));
    this.functions.push(
      this.decoder(number, schema, tagged),
      this.encoder(number, present, tagged),
      this.defaultCheck(number, schema),
    );
    return number;
  }

  private has(field: FieldSchema): boolean {
    return this.version >= field.versions.from && this.version <= field.versions.to;
  }

  private decoder(number: number, schema: StructSchema, tagged: readonly FieldSchema[]): string {
    const fields = schema.fields.map((field) => {
      const read = this.has(field) && field.tag === undefined ? this.read(field) : this.defaultOf(field);
      return `${JSON.stringify(field.name)}: ${read}`;
    });
    const lines = [`function decode${number}(r) {`, `const o = { ${fields.join(', ')} };`];
    if (this.flexible) {
      const cases = tagged.map(
        (field) => `case ${field.tag}: o.${field.name} = ${this.read(field)}; r.endTag(start, size); break;`,
      );
      lines.push(
        cases.length === 0
          ? 'r.skipTags();'
          : `for (let n = r.uvarint(); n > 0; n--) { const tag = r.uvarint(), size = r.uvarint(), start = r.position;
switch (tag) { ${cases.join('\n')} default: r.take(size); } }`,
      );
    }
    return `${lines.join('\n')}\nreturn o; }`;
  }

  private encoder(number: number, present: readonly FieldSchema[], tagged: readonly FieldSchema[]): string {
    const lines = [`function encode${number}(w, o) {`];
    for (const field of present) if (field.tag === undefined) lines.push(this.write(field));
    if (this.flexible && tagged.length === 0) lines.push('w.uvarint(0);');
    else if (this.flexible) {
      const isSet = (field: FieldSchema): string =>
        `(o.${field.name} !== undefined && !(${this.isDefault(field, `o.${field.name}`)}))`;
      lines.push(`w.uvarint(${tagged.map((field) => `(${isSet(field)} ? 1 : 0)`).join(' + ')});`, 'const outer = w;');
      for (const field of tagged) {
        lines.push(
          `if (${isSet(field)}) { outer.uvarint(${field.tag}); const w = new Writer(64); ${this.write(field)} outer.uvarint(w.length); outer.append(w); }`,
        );
      }
    }
    return `${lines.join('\n')} }`;
  }

  /** Is a struct all defaults? A tagged struct that is, is not written. */
  private defaultCheck(number: number, schema: StructSchema): string {
    const checks = schema.fields
      .filter((field) => this.has(field))
      .map((field) => `(o.${field.name} === undefined || ${this.isDefault(field, `o.${field.name}`)})`);
    return `function isDefault${number}(o) { return ${checks.length === 0 ? 'true' : checks.join(' && ')}; }`;
  }

  private isDefault(field: FieldSchema, value: string): string {
    if (field.default === null) return `${value} === null`;
    if (field.array) return `(${value} !== null && ${value}.length === 0)`;
    if (typeof field.type !== 'string') return `(${value} !== null && isDefault${this.struct(field.type)}(${value}))`;
    if (field.type === 'bytes' || field.type === 'records') return `(${value} !== null && ${value}.length === 0)`;
    return `${value} === ${this.defaultOf(field)}`;
  }

  private defaultOf(field: FieldSchema): string {
    if (field.default === null) return 'null';
    if (field.array) return '[]';
    if (typeof field.default === 'bigint') return `${field.default}n`;
    if (field.default !== undefined) return JSON.stringify(field.default);
    if (typeof field.type !== 'string')
      return `{ ${field.type.fields.map((inner) => `${JSON.stringify(inner.name)}: ${this.defaultOf(inner)}`).join(', ')} }`;
    if (field.type === 'string') return "''";
    if (field.type === 'uuid') return "'AAAAAAAAAAAAAAAAAAAAAA'";
    if (field.type === 'bool') return 'false';
    return field.type === 'bytes' || field.type === 'records' ? 'Buffer.alloc(0)' : '0';
  }

  private nullable(field: FieldSchema): boolean {
    return this.version >= field.nullableFrom;
  }

  private compact(field: FieldSchema): boolean {
    return this.flexible && !field.plain;
  }

  private read(field: FieldSchema): string {
    if (!field.array) return this.readOne(field, this.nullable(field));
    const length = this.compact(field) ? 'r.uvarint() - 1' : 'r.int32()';
    const element = this.readOne({ ...field, array: false }, false);
    const loop = `(n => { r.count(n); const a = new Array(n); for (let i = 0; i < n; i++) a[i] = ${element}; return a; })`;
    return this.nullable(field) ? `(n => n < 0 ? null : ${loop}(n))(${length})` : `${loop}(${length})`;
  }

  private readOne(field: FieldSchema, nullable: boolean): string {
    const { type } = field;
    if (typeof type !== 'string') {
      const decode = `decode${this.struct(type)}(r)`;
      return nullable ? `(r.int8() < 0 ? null : ${decode})` : decode;
    }
    if (type !== 'string' && type !== 'bytes' && type !== 'records') return `r.${type}()`;
    const length = this.compact(field) ? 'r.uvarint() - 1' : type === 'string' ? 'r.int16()' : 'r.int32()';
    const read = type === 'string' ? 'string' : 'bytes';
    return nullable ? `(n => n < 0 ? null : r.${read}(n))(${length})` : `r.${read}(r.notNull(${length}))`;
  }

  private write(field: FieldSchema): string {
    const value = `o.${field.name}`;
    const given = `const v = ${value} === undefined ? ${this.defaultOf(field)} : ${value};`;
    if (!field.array) return `{ ${given} ${this.writeOne(field, 'v', this.nullable(field))} }`;
    const length = (n: string): string => (this.compact(field) ? `w.uvarint(${n} + 1);` : `w.int32(${n});`);
    const whole = `${length('v.length')} for (let i = 0; i < v.length; i++) { const e = v[i]; ${this.writeOne({ ...field, array: false }, 'e', false)} }`;
    return this.nullable(field)
      ? `{ ${given} if (v === null) { ${length('-1')} } else { ${whole} } }`
      : `{ ${given} ${whole} }`;
  }

  private writeOne(field: FieldSchema, value: string, nullable: boolean): string {
    const { type } = field;
    if (typeof type !== 'string') {
      const encode = `encode${this.struct(type)}(w, ${value});`;
      return nullable ? `if (${value} === null) w.int8(-1); else { w.int8(1); ${encode} }` : encode;
    }
    if (type !== 'string' && type !== 'bytes' && type !== 'records') return `w.${type}(${value});`;
    const length = (n: string): string =>
      this.compact(field) ? `w.uvarint(${n} + 1);` : type === 'string' ? `w.int16(${n});` : `w.int32(${n});`;
    const whole =
      type === 'string'
        ? `const n = Buffer.byteLength(${value}); ${length('n')} w.string(${value}, n);`
        : `${length(`${value}.length`)} w.${type}(${value});`;
    return nullable ? `if (${value} === null) { ${length('-1')} } else { ${whole} }` : `{ ${whole} }`;
  }
}
