/**
 * Signatures of functions: written as text in the declarations, matched against argument types.
 *
 *   (input: ARRAY<T>, separator: STRING) STRING       generics are single capital letters
 *   (first: T, others: T...) T                         one parameter may repeat
 *   (array: ARRAY<T>, function: LAMBDA<T, R>) ARRAY<R>  a lambda of the first types to the last one
 *   (unit: UNIT, interval: INTEGER, date: DATE) DATE    a unit of time
 */
import { AssertionError, assert } from '../../core/assert.ts';
import { isNumeric, sameType } from '../types.ts';
import type { SqlType } from '../types.ts';

export type ParamType =
  | { readonly kind: 'scalar'; readonly name: SqlType['kind'] }
  | { readonly kind: 'generic'; readonly name: string }
  | { readonly kind: 'array'; readonly element: ParamType }
  | { readonly kind: 'map'; readonly key: ParamType; readonly value: ParamType }
  | { readonly kind: 'struct'; readonly fields: readonly { readonly name: string; readonly type: ParamType }[] }
  | { readonly kind: 'lambda'; readonly inputs: readonly ParamType[]; readonly result: ParamType }
  | { readonly kind: 'unit' | 'any' };

export interface Parameter {
  readonly name: string;
  readonly type: ParamType;
  readonly variadic: boolean;
}

export interface Signature {
  readonly parameters: readonly Parameter[];
  readonly result: ParamType;
}

/** What is known of an argument before a function is chosen. */
export type Argument =
  | { readonly kind: 'typed'; readonly type: SqlType }
  /** The literal NULL. */
  | { readonly kind: 'null' }
  | { readonly kind: 'lambda'; readonly inputs: number }
  | { readonly kind: 'unit' };

const scalars = new Set([
  'BOOLEAN',
  'INTEGER',
  'BIGINT',
  'DOUBLE',
  'STRING',
  'BYTES',
  'DATE',
  'TIME',
  'TIMESTAMP',
  'DECIMAL',
]);

export function parseSignature(text: string): Signature {
  let at = 0;
  const space = (): void => {
    while (text[at] === ' ') at++;
  };
  const eat = (token: string): boolean => {
    space();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const need = (token: string): void => assert(eat(token), `the signature ${text} has no ${token} at ${at}`);
  const word = (): string => {
    space();
    const from = at;
    while (/\w/.test(text[at] ?? '')) at++;
    return text.slice(from, at);
  };
  const list = (): ParamType[] => {
    const types = [type()];
    while (eat(',')) types.push(type());
    need('>');
    return types;
  };
  const type = (): ParamType => {
    const name = word();
    if (scalars.has(name)) return { kind: 'scalar', name: name as SqlType['kind'] };
    if (/^[A-Z]$/.test(name)) return { kind: 'generic', name };
    switch (name) {
      case 'UNIT':
        return { kind: 'unit' };
      case 'ANY':
        return { kind: 'any' };
      case 'ARRAY': {
        need('<');
        const [element] = list();
        return { kind: 'array', element: element as ParamType };
      }
      case 'MAP': {
        need('<');
        const [key, value] = list();
        return { kind: 'map', key: key as ParamType, value: value as ParamType };
      }
      case 'LAMBDA': {
        need('<');
        const types = list();
        return { kind: 'lambda', inputs: types.slice(0, -1), result: types.at(-1) as ParamType };
      }
      case 'STRUCT': {
        need('<');
        const fields: { name: string; type: ParamType }[] = [];
        while (!eat('>')) {
          fields.push({ name: word(), type: type() });
          eat(',');
        }
        return { kind: 'struct', fields };
      }
      default:
        throw new AssertionError(`the signature ${text} names the type ${name}`);
    }
  };
  need('(');
  const parameters: Parameter[] = [];
  while (!eat(')')) {
    const name = word();
    need(':');
    const of = type();
    parameters.push({ name, type: of, variadic: eat('...') });
    eat(',');
  }
  return { parameters, result: type() };
}

const scalarNames: Readonly<Record<string, string>> = { INTEGER: 'INT', STRING: 'VARCHAR' };

/** A parameter's type as messages and DESCRIBE FUNCTION name it. */
export function paramTypeText(type: ParamType): string {
  switch (type.kind) {
    case 'scalar':
      return scalarNames[type.name] ?? type.name;
    case 'generic':
      return type.name;
    case 'array':
      return `ARRAY<${paramTypeText(type.element)}>`;
    case 'map':
      return `MAP<${paramTypeText(type.key)}, ${paramTypeText(type.value)}>`;
    case 'struct':
      return `STRUCT<${type.fields.map((field) => `${field.name} ${paramTypeText(field.type)}`).join(', ')}>`;
    case 'lambda':
      return `LAMBDA (${type.inputs.map(paramTypeText).join(', ')}) => ${paramTypeText(type.result)}`;
    case 'unit':
      return 'INTERVAL UNIT';
    case 'any':
      return 'ANY';
  }
}

/** `name(TYPE a, TYPE b...)`. */
export function signatureText(name: string, signature: Signature): string {
  const parameters = signature.parameters.map(
    ({ name: parameter, type, variadic }) =>
      `${paramTypeText(type)}${variadic ? '...' : ''}${parameter === '' ? '' : ` ${parameter}`}`,
  );
  return `${name}(${parameters.join(', ')})`;
}

/** The parameter that each of `count` arguments meets; undefined when there are too few or too many. */
export function alignParameters(signature: Signature, count: number): readonly Parameter[] | undefined {
  const { parameters } = signature;
  const at = parameters.findIndex((parameter) => parameter.variadic);
  if (at < 0) return parameters.length === count ? parameters : undefined;
  const repeats = count - (parameters.length - 1);
  if (repeats < 0) return undefined;
  const variadic = parameters[at] as Parameter;
  return [...parameters.slice(0, at), ...Array.from({ length: repeats }, () => variadic), ...parameters.slice(at + 1)];
}

export type Generics = Map<string, SqlType>;

/** May a value of the type stand where a `target` is wanted? Numbers widen: INTEGER, BIGINT, DECIMAL, DOUBLE; text is parsed. */
export function widensTo(from: SqlType, target: SqlType['kind']): boolean {
  if (from.kind === target) return true;
  if (from.kind === 'STRING') return ['TIME', 'DATE', 'TIMESTAMP', 'BYTES'].includes(target);
  const order = ['INTEGER', 'BIGINT', 'DECIMAL', 'DOUBLE'];
  return isNumeric(from) && order.includes(target) && order.indexOf(from.kind) <= order.indexOf(target);
}

/** Does the argument fit the parameter? Generics are bound on the way. */
export function accepts(parameter: ParamType, argument: Argument, generics: Generics, casts: boolean): boolean {
  if (parameter.kind === 'any' || argument.kind === 'null') return true;
  if (argument.kind === 'lambda') {
    return parameter.kind === 'lambda' && parameter.inputs.length === argument.inputs;
  }
  if (argument.kind === 'unit' || parameter.kind === 'unit') return argument.kind === parameter.kind;
  return acceptsType(parameter, argument.type, generics, casts);
}

function acceptsType(parameter: ParamType, type: SqlType, generics: Generics, casts: boolean): boolean {
  switch (parameter.kind) {
    case 'any':
      return true;
    case 'generic': {
      const bound = generics.get(parameter.name);
      if (bound === undefined) {
        generics.set(parameter.name, type);
        return true;
      }
      return sameType(bound, type);
    }
    case 'scalar':
      return parameter.name === type.kind || (casts && widensTo(type, parameter.name));
    case 'array':
      return type.kind === 'ARRAY' && acceptsType(parameter.element, type.element, generics, casts);
    case 'map':
      return (
        type.kind === 'MAP' &&
        acceptsType(parameter.key, type.key, generics, casts) &&
        acceptsType(parameter.value, type.value, generics, casts)
      );
    case 'struct':
      return (
        type.kind === 'STRUCT' &&
        (parameter.fields.length === 0 ||
          (parameter.fields.length === type.fields.length &&
            parameter.fields.every((field) => {
              const own = type.fields.find(({ name }) => name === field.name);
              return own !== undefined && acceptsType(field.type, own.type, generics, false);
            })))
      );
    default:
      return false;
  }
}

/** The type that a parameter stands for; undefined while a generic is not bound, and for an unspecific DECIMAL. */
export function concrete(type: ParamType, generics: ReadonlyMap<string, SqlType>): SqlType | undefined {
  switch (type.kind) {
    case 'scalar':
      return type.name === 'DECIMAL' ? undefined : ({ kind: type.name } as SqlType);
    case 'generic':
      return generics.get(type.name);
    case 'array': {
      const element = concrete(type.element, generics);
      return element && { kind: 'ARRAY', element };
    }
    case 'map': {
      const key = concrete(type.key, generics);
      const value = concrete(type.value, generics);
      return key && value && { kind: 'MAP', key, value };
    }
    case 'struct': {
      const fields = type.fields.map((field) => ({ name: field.name, type: concrete(field.type, generics) }));
      return fields.every((field) => field.type !== undefined)
        ? { kind: 'STRUCT', fields: fields as { name: string; type: SqlType }[] }
        : undefined;
    }
    default:
      return undefined;
  }
}

/** How many of the parameters hold a generic: the fewer, the better the match. */
export function genericCount(signature: Signature): number {
  const has = (type: ParamType): boolean => {
    switch (type.kind) {
      case 'generic':
        return true;
      case 'array':
        return has(type.element);
      case 'map':
        return has(type.key) || has(type.value);
      case 'lambda':
        return type.inputs.some(has) || has(type.result);
      default:
        return false;
    }
  };
  return signature.parameters.filter(
    (parameter) => has(parameter.type) || (parameter.variadic && parameter.type.kind === 'any'),
  ).length;
}
