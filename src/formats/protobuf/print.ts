/**
 * A .proto file as the Schema Registry writes it: the text that is stored and compared. `normalize` gives the one spelling of all
 * files that mean the same: sorted imports, options, fields and constants, types by their full names, maps as maps.
 */
import type {
  ProtoEnum,
  ProtoExtend,
  ProtoField,
  ProtoFile,
  ProtoGroup,
  ProtoMessage,
  ProtoOneof,
  ProtoOption,
  ProtoOptionValue,
  ProtoReserved,
  ProtoService,
} from './file.ts';
import { protoScalars } from './file.ts';
import type { ProtoTypes } from './type-index.ts';

export interface NormalizeOptions {
  /** Every type that can be named. */
  readonly types: ProtoTypes;
}

export function printProtoFile(file: ProtoFile, normalize?: NormalizeOptions): string {
  return new Printer(normalize?.types).file(file);
}

class Printer {
  private readonly types: ProtoTypes | undefined;
  /** The message at hand, from the file's package on. */
  private scope: string[] = [];

  constructor(types: ProtoTypes | undefined) {
    this.types = types;
  }

  file(file: ProtoFile): string {
    this.scope = file.packageName === undefined ? [] : file.packageName.split('.');
    const imports = (list: readonly string[], word: string): string[] =>
      (this.types === undefined ? list : [...new Set(list)].sort()).map((name) => `${word} "${name}";\n`);
    const head = [
      file.edition === undefined ? '' : `edition = "${file.edition}";\n`,
      file.syntax === undefined ? '' : `syntax = "${file.syntax}";\n`,
      file.packageName === undefined ? '' : `package ${file.packageName};\n`,
    ].join('');
    const sections = [
      [...imports(file.imports, 'import'), ...imports(file.publicImports, 'import public')],
      this.sorted(file.options).map((option) => this.optionLine(option)),
      this.nestedTypes(file.types),
      file.extends.map((one) => this.extend(one)),
      file.services.map((one) => this.service(one)),
    ];
    return head + sections.map((section) => (section.length === 0 ? '' : `\n${section.join('')}`)).join('');
  }

  /** Messages before enums: the order of messages is what indexes count. */
  private nestedTypes(types: readonly (ProtoMessage | ProtoEnum)[]): string[] {
    const inside = (name: string, print: () => string): string => {
      this.scope.push(name);
      const text = print();
      this.scope.pop();
      return text;
    };
    return [
      ...types.flatMap((type) =>
        type.kind !== 'message' || (this.types !== undefined && isMapEntry(type))
          ? []
          : [inside(type.name, () => this.message(type))],
      ),
      ...types.flatMap((type) => (type.kind === 'enum' ? [this.enumeration(type)] : [])),
    ];
  }

  private message(message: ProtoMessage): string {
    const normal = this.types !== undefined;
    const reserved = normal ? sortedReserved(message.reserved) : message.reserved;
    const fields = normal ? byNumber(message.fields) : message.fields;
    const oneofs = normal
      ? message.oneofs
          .filter((one) => one.fields.length > 0)
          .map((one) => ({ ...one, fields: byNumber(one.fields) }))
          .sort((a, b) => (a.fields[0]?.number ?? 0) - (b.fields[0]?.number ?? 0))
      : message.oneofs;
    return block(`message ${message.name}`, [
      reserved.map((one) => `reserved ${printReserved(one)};\n`),
      this.sorted(message.options).map((option) => this.optionLine(option)),
      fields.map((field) => this.field(field)),
      oneofs.map((one) => this.oneof(one)),
      message.groups.map((group) => this.group(group)),
      message.extensions.map(({ ranges }) => `extensions ${printReserved(ranges)};\n`),
      this.nestedTypes(message.nested),
    ]);
  }

  private oneof(oneof: ProtoOneof): string {
    return block(`oneof ${oneof.name}`, [
      this.sorted(oneof.options).map((option) => this.optionLine(option)),
      oneof.fields.map((field) => this.field(field)),
      oneof.groups.map((group) => this.group(group)),
    ]);
  }

  private group({ label, name, number, fields }: ProtoGroup): string {
    const word = label === undefined ? '' : `${label} `;
    return block(`${word}group ${name} = ${number}`, [fields.map((field) => this.field(field))]);
  }

  private field(field: ProtoField): string {
    let { label, type } = field;
    if (this.types !== undefined) {
      type = this.fullType(type);
      const entry = this.types.find(type, [])?.element;
      if (entry?.kind === 'message' && isMapEntry(entry)) {
        const [key, value] = ['key', 'value'].map((name) => entry.fields.find((one) => one.name === name)?.type ?? '');
        this.scope.push(...type.slice(1).split('.').slice(this.scope.length));
        type = `map<${key}, ${this.fullType(value ?? '')}>`;
        this.scope = this.scope.slice(0, this.scope.length - 1);
      }
      if (type.startsWith('map<')) label = undefined;
    }
    const special: ProtoOption[] = [];
    const of = (name: string, text: string, isText: boolean): ProtoOption => ({
      name,
      parenthesized: false,
      value: { kind: isText ? 'string' : 'word', text },
    });
    if (field.defaultValue !== undefined) special.push(of('default', field.defaultValue, field.type === 'string'));
    if (field.jsonName !== undefined) special.push(of('json_name', field.jsonName, true));
    const options = this.sorted([...field.options, ...special]);
    const word = label === undefined ? '' : `${label} `;
    return `${word}${type} ${field.name} = ${field.number}${this.bracketed(options)};\n`;
  }

  /** With a point in front. @throws Error when there is no such type */
  private fullType(type: string): string {
    const map = /^map<(.+), (.+)>$/.exec(type);
    if (map !== null) return `map<${map[1]}, ${this.fullType(map[2] ?? '')}>`;
    if (protoScalars.has(type)) return type;
    const found = this.types?.find(type, this.scope);
    if (found === undefined) throw new Error(`Could not resolve type: ${type}`);
    return `.${found.fullName}`;
  }

  private enumeration(type: ProtoEnum): string {
    const normal = this.types !== undefined;
    const constants = normal
      ? [...type.constants].sort((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1))
      : type.constants;
    const lines = [
      ...this.sorted(type.options).map((option) => this.optionLine(option)),
      ...constants.map(({ name, number, options }) => `${name} = ${number}${this.bracketed(this.sorted(options))};\n`),
    ];
    return block(`enum ${type.name}`, [lines]);
  }

  private extend({ name, fields }: ProtoExtend): string {
    return block(`extend ${name}`, [fields.map((field) => this.field(field))]);
  }

  private service({ name, options, rpcs }: ProtoService): string {
    const side = (type: string, streaming: boolean): string =>
      `${streaming ? 'stream ' : ''}${this.types === undefined ? type : this.fullType(type)}`;
    return block(`service ${name}`, [
      this.sorted(options).map((option) => this.optionLine(option)),
      rpcs.map((rpc) => {
        const own = this.sorted(rpc.options).map((option) => indented(this.optionLine(option)));
        const body = own.length === 0 ? '' : ` {\n${own.join('')}}`;
        return `rpc ${rpc.name} (${side(rpc.request, rpc.requestStreaming)}) returns (${side(rpc.response, rpc.responseStreaming)})${body};\n`;
      }),
    ]);
  }

  private sorted(options: readonly ProtoOption[]): readonly ProtoOption[] {
    return this.types === undefined
      ? options
      : [...options].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  }

  private optionLine(option: ProtoOption): string {
    return `option ${this.option(option)};\n`;
  }

  private bracketed(options: readonly ProtoOption[]): string {
    if (options.length === 0) return '';
    const texts = options.map((option) => this.option(option));
    if (texts.length === 1) return ` [${texts[0]}]`;
    return ` [\n${texts.map((text, i) => indented(`${text}${i < texts.length - 1 ? ',' : ''}\n`)).join('')}]`;
  }

  private option({ name, parenthesized, value }: ProtoOption): string {
    const shown = parenthesized ? `(${name})` : name;
    if (value.kind === 'option') return `${shown}.${this.option({ ...value.option, parenthesized: false })}`;
    if (value.kind === 'map') return `${shown} = {\n${this.entries(value.entries)}}`;
    return `${shown} = ${this.value(value)}`;
  }

  private value(value: ProtoOptionValue): string {
    switch (value.kind) {
      case 'string':
        return `"${escaped(value.text)}"`;
      case 'word':
        return value.text;
      case 'map':
        return `{\n${this.entries(value.entries)}}`;
      case 'list':
        return `[\n${value.items
          .map((item, i) => indented(`${this.value(item)}${i < value.items.length - 1 ? ',' : ''}\n`))
          .join('')}]`;
      case 'option':
        return this.option(value.option);
    }
  }

  private entries(entries: readonly (readonly [string, ProtoOptionValue])[]): string {
    const list = this.types === undefined ? entries : [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return list
      .map(([name, value], i) => indented(`${name}: ${this.value(value)}${i < list.length - 1 ? ',' : ''}\n`))
      .join('');
  }
}

/** Each section begins on a line of its own, behind the brace or an empty line. */
function block(head: string, sections: readonly (readonly string[])[]): string {
  const body = sections.map((lines) => (lines.length === 0 ? '' : `\n${lines.map(indented).join('')}`)).join('');
  return `${head} {${body}}\n`;
}

function indented(text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `  ${line}\n`)
    .join('');
}

function byNumber(fields: readonly ProtoField[]): ProtoField[] {
  return [...fields].sort((a, b) => a.number - b.number);
}

/** Is the message what a map is made of? */
export function isMapEntry({ options }: ProtoMessage): boolean {
  return options.some(({ name, value }) => name === 'map_entry' && value.kind === 'word' && value.text === 'true');
}

function printReserved(values: ProtoReserved): string {
  return values
    .map((one) =>
      typeof one === 'string' ? `"${one}"` : typeof one === 'number' ? String(one) : `${one.from} to ${one.to}`,
    )
    .join(', ');
}

/** One value each, numbers first. */
function sortedReserved(reserved: readonly ProtoReserved[]): ProtoReserved[] {
  const start = (one: ProtoReserved[number]): number =>
    typeof one === 'string' ? Number.MAX_SAFE_INTEGER : typeof one === 'number' ? one : one.from;
  return reserved
    .flat()
    .sort((a, b) => start(a) - start(b) || (printReserved([a]) < printReserved([b]) ? -1 : 1))
    .map((one) => [one]);
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\u0007', '\\a'],
  ['\b', '\\b'],
  ['\f', '\\f'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\v', '\\v'],
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
]);

function escaped(text: string): string {
  return Array.from(text, (one) => escapes.get(one) ?? one).join('');
}
