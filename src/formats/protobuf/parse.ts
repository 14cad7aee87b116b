/** The grammar of .proto files: proto2, proto3 and editions. */
import { fieldNumberMax } from './file.ts';
import type {
  ProtoEnum,
  ProtoExtend,
  ProtoExtensions,
  ProtoField,
  ProtoFile,
  ProtoGroup,
  ProtoMessage,
  ProtoOneof,
  ProtoOption,
  ProtoOptionValue,
  ProtoReserved,
  ProtoRpc,
  ProtoService,
} from './file.ts';
import { ProtoTokens } from './tokens.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer U)[] ? U[] : T[K] };

const labels = new Set(['optional', 'required', 'repeated']);

/** @throws StackError MILLRACE_SCHEMA_INVALID with line and column */
export function parseProtoFile(text: string): ProtoFile {
  return new Parser(new ProtoTokens(text)).file();
}

class Parser {
  private readonly tokens: ProtoTokens;

  constructor(tokens: ProtoTokens) {
    this.tokens = tokens;
  }

  file(): ProtoFile {
    const { tokens } = this;
    const file: Mutable<ProtoFile> = {
      imports: [],
      publicImports: [],
      options: [],
      types: [],
      extends: [],
      services: [],
    };
    while (!tokens.ended) {
      const word = tokens.next();
      switch (word) {
        case ';':
          break;
        case 'syntax':
        case 'edition':
          tokens.expect('=');
          file[word] = tokens.string();
          tokens.expect(';');
          break;
        case 'package':
          file.packageName = tokens.name();
          tokens.expect(';');
          break;
        case 'import':
          if (tokens.take('public')) file.publicImports.push(tokens.string());
          else {
            tokens.take('weak');
            file.imports.push(tokens.string());
          }
          tokens.expect(';');
          break;
        case 'option':
          file.options.push(this.option());
          tokens.expect(';');
          break;
        case 'message':
          file.types.push(this.message(tokens.name(), file.extends));
          break;
        case 'enum':
          file.types.push(this.enumeration());
          break;
        case 'extend':
          file.extends.push(this.extend());
          break;
        case 'service':
          file.services.push(this.service());
          break;
        default:
          throw tokens.unexpected(word);
      }
    }
    return file;
  }

  private message(name: string, extendsOf: ProtoExtend[]): ProtoMessage {
    const { tokens } = this;
    const message: Mutable<Omit<ProtoMessage, 'kind'>> = {
      name,
      reserved: [],
      options: [],
      fields: [],
      oneofs: [],
      groups: [],
      extensions: [],
      nested: [],
    };
    tokens.expect('{');
    while (!tokens.take('}')) {
      if (tokens.take(';')) continue;
      const declaration = tokens.declaration();
      if (declaration === 'message') message.nested.push(this.message(tokens.name(), extendsOf));
      else if (declaration === 'enum') message.nested.push(this.enumeration());
      else if (declaration === 'extend') extendsOf.push(this.extend());
      else if (declaration === 'oneof') message.oneofs.push(this.oneof());
      else if (declaration === 'reserved') message.reserved.push(this.reserved());
      else if (declaration === 'extensions') message.extensions.push(this.extensions());
      else if (declaration === 'option') {
        message.options.push(this.option());
        tokens.expect(';');
      } else {
        const label = this.label();
        if (tokens.peek() === 'group') message.groups.push(this.group(label));
        else message.fields.push(this.field(label));
      }
    }
    return { kind: 'message', ...message };
  }

  private label(): ProtoField['label'] {
    const word = this.tokens.peek();
    if (!labels.has(word)) return undefined;
    this.tokens.next();
    return word as ProtoField['label'];
  }

  private field(label: ProtoField['label']): ProtoField {
    const { tokens } = this;
    const type = this.type();
    const name = tokens.name();
    tokens.expect('=');
    const number = tokens.integer();
    const all = this.bracketedOptions();
    tokens.expect(';');
    const special = (of: string): string | undefined => {
      const found = all.find((option) => !option.parenthesized && option.name === of)?.value;
      return found?.kind === 'string' || found?.kind === 'word' ? found.text : undefined;
    };
    const defaultValue = special('default');
    const jsonName = special('json_name');
    const options = all.filter(
      (option) => option.parenthesized || (option.name !== 'default' && option.name !== 'json_name'),
    );
    return {
      ...(label !== undefined && { label }),
      type,
      name,
      number,
      options,
      ...(defaultValue !== undefined && { defaultValue }),
      ...(jsonName !== undefined && { jsonName }),
    };
  }

  private type(): string {
    const { tokens } = this;
    const name = tokens.typeName();
    if (name !== 'map' || !tokens.take('<')) return name;
    const key = tokens.typeName();
    tokens.expect(',');
    const value = tokens.typeName();
    tokens.expect('>');
    return `map<${key}, ${value}>`;
  }

  private oneof(): ProtoOneof {
    const { tokens } = this;
    const oneof: Mutable<ProtoOneof> = { name: tokens.name(), options: [], fields: [], groups: [] };
    tokens.expect('{');
    while (!tokens.take('}')) {
      if (tokens.take(';')) continue;
      if (tokens.declaration() === 'option') {
        oneof.options.push(this.option());
        tokens.expect(';');
      } else if (tokens.peek() === 'group') oneof.groups.push(this.group(undefined));
      else oneof.fields.push(this.field(undefined));
    }
    return oneof;
  }

  private group(label: ProtoField['label']): ProtoGroup {
    const { tokens } = this;
    tokens.expect('group');
    const name = tokens.name();
    tokens.expect('=');
    const number = tokens.integer();
    this.bracketedOptions();
    const fields: ProtoField[] = [];
    tokens.expect('{');
    while (!tokens.take('}')) if (!tokens.take(';')) fields.push(this.field(this.label()));
    return { ...(label !== undefined && { label }), name, number, fields };
  }

  private enumeration(): ProtoEnum {
    const { tokens } = this;
    const found: Mutable<Omit<ProtoEnum, 'kind'>> = { name: tokens.name(), options: [], constants: [], reserved: [] };
    tokens.expect('{');
    while (!tokens.take('}')) {
      if (tokens.take(';')) continue;
      const declaration = tokens.declaration();
      if (declaration === 'option') {
        found.options.push(this.option());
        tokens.expect(';');
      } else if (declaration === 'reserved') found.reserved.push(this.reserved());
      else {
        const name = tokens.name();
        tokens.expect('=');
        const number = tokens.integer();
        found.constants.push({ name, number, options: this.bracketedOptions() });
        tokens.expect(';');
      }
    }
    return { kind: 'enum', ...found };
  }

  private extend(): ProtoExtend {
    const { tokens } = this;
    const name = tokens.typeName();
    const fields: ProtoField[] = [];
    tokens.expect('{');
    while (!tokens.take('}')) if (!tokens.take(';')) fields.push(this.field(this.label()));
    return { name, fields };
  }

  private ranges(): ProtoReserved {
    const { tokens } = this;
    const values: (number | string | { from: number; to: number })[] = [];
    do {
      if (tokens.isString) values.push(tokens.string());
      else if (/^[A-Za-z_]/.test(tokens.peek())) values.push(tokens.name());
      else {
        const from = tokens.integer();
        if (!tokens.take('to')) values.push(from);
        else values.push({ from, to: tokens.take('max') ? fieldNumberMax : tokens.integer() });
      }
    } while (tokens.take(','));
    return values;
  }

  private reserved(): ProtoReserved {
    const ranges = this.ranges();
    this.tokens.expect(';');
    return ranges;
  }

  private extensions(): ProtoExtensions {
    const ranges = this.ranges();
    this.bracketedOptions();
    this.tokens.expect(';');
    return { ranges };
  }

  private service(): ProtoService {
    const { tokens } = this;
    const service: Mutable<ProtoService> = { name: tokens.name(), options: [], rpcs: [] };
    tokens.expect('{');
    while (!tokens.take('}')) {
      const word = tokens.next();
      if (word === 'option') {
        service.options.push(this.option());
        tokens.expect(';');
      } else if (word === 'rpc') service.rpcs.push(this.rpc());
      else if (word !== ';') throw tokens.unexpected(word);
    }
    return service;
  }

  private rpc(): ProtoRpc {
    const { tokens } = this;
    const name = tokens.name();
    const side = (): { type: string; streaming: boolean } => {
      tokens.expect('(');
      const first = tokens.typeName();
      const streaming = first === 'stream' && tokens.peek() !== ')';
      const type = streaming ? tokens.typeName() : first;
      tokens.expect(')');
      return { type, streaming };
    };
    const request = side();
    tokens.expect('returns');
    const response = side();
    const options: ProtoOption[] = [];
    if (tokens.take('{')) {
      while (!tokens.take('}')) {
        if (tokens.take(';')) continue;
        tokens.expect('option');
        options.push(this.option());
        tokens.expect(';');
      }
      tokens.take(';');
    } else tokens.expect(';');
    return {
      name,
      request: request.type,
      requestStreaming: request.streaming,
      response: response.type,
      responseStreaming: response.streaming,
      options,
    };
  }

  /** `[a = 1, (b) = 2]`; nothing when there is no bracket. */
  private bracketedOptions(): ProtoOption[] {
    const { tokens } = this;
    const options: ProtoOption[] = [];
    if (!tokens.take('[')) return options;
    if (tokens.take(']')) return options;
    do options.push(this.option());
    while (tokens.take(','));
    tokens.expect(']');
    return options;
  }

  /** `name = value`, where the name may have parts in parentheses. */
  private option(): ProtoOption {
    const { tokens } = this;
    const parenthesized = tokens.take('(');
    let name = tokens.typeName();
    if (parenthesized) tokens.expect(')');
    // `(a).b.c` is an option of the option, `a.b` is one name with a part.
    let rest: string[] = [];
    if (parenthesized) while (tokens.peek().startsWith('.')) rest.push(...tokens.typeName().split('.').slice(1));
    else {
      const [first = '', ...more] = name.split('.');
      name = first;
      rest = more;
      while (tokens.peek() === '.') {
        tokens.next();
        rest.push(tokens.take('(') ? this.extensionName() : tokens.name());
      }
    }
    tokens.expect('=');
    const value = rest.reduceRight<ProtoOptionValue>(
      (inner, part) => ({ kind: 'option', option: { name: part, parenthesized: false, value: inner } }),
      this.value(),
    );
    return { name, parenthesized, value };
  }

  private extensionName(): string {
    const name = this.tokens.typeName();
    this.tokens.expect(')');
    return name;
  }

  private value(): ProtoOptionValue {
    const { tokens } = this;
    if (tokens.isString) {
      let text = tokens.string();
      while (tokens.isString) text += tokens.string();
      return { kind: 'string', text };
    }
    if (tokens.take('{')) return { kind: 'map', entries: this.entries('}') };
    if (tokens.take('<')) return { kind: 'map', entries: this.entries('>') };
    if (tokens.take('[')) {
      const items: ProtoOptionValue[] = [];
      while (!tokens.take(']')) {
        items.push(this.value());
        tokens.take(',');
      }
      return { kind: 'list', items };
    }
    return { kind: 'word', text: tokens.word() };
  }

  /** The text format of messages. A name that comes again makes a list. */
  private entries(end: string): (readonly [string, ProtoOptionValue])[] {
    const { tokens } = this;
    const entries = new Map<string, ProtoOptionValue>();
    while (!tokens.take(end)) {
      const name = tokens.take('[') ? `[${this.bracketedName()}]` : tokens.name();
      tokens.take(':');
      const value = this.value();
      const before = entries.get(name);
      const items = (one: ProtoOptionValue): readonly ProtoOptionValue[] => (one.kind === 'list' ? one.items : [one]);
      entries.set(name, before === undefined ? value : { kind: 'list', items: [...items(before), ...items(value)] });
      if (!tokens.take(',')) tokens.take(';');
    }
    return [...entries];
  }

  private bracketedName(): string {
    let name = this.tokens.typeName();
    while (this.tokens.take('/')) name += `/${this.tokens.typeName()}`;
    this.tokens.expect(']');
    return name;
  }
}
