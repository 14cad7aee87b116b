/** All functions by name, and the choice of an overload. */
import { assert } from '../../core/assert.ts';
import { sameType } from '../types.ts';
import type { SqlType } from '../types.ts';
import { aggregates } from './aggregates.ts';
import type {
  AggregateFunction,
  AggregateOverload,
  AnyFunction,
  Overload,
  ScalarFunction,
  TableFunction,
} from './declaration.ts';
import { scalarFunctions } from './scalars.ts';
import { accepts, alignParameters, concrete, genericCount, signatureText } from './signature.ts';
import type { Argument, Generics, ParamType, Parameter, Signature } from './signature.ts';
import { tableFunctions } from './table-functions.ts';

export interface Chosen<O> {
  readonly overload: O;
  /** One per argument. */
  readonly parameters: readonly Parameter[];
  readonly generics: Generics;
}

/** Functions under their upper-case names. Users' functions, when there are some, are a registry laid over this one. */
export class FunctionRegistry {
  static readonly builtIn: FunctionRegistry = new FunctionRegistry([
    ...scalarFunctions,
    ...tableFunctions,
    ...aggregates,
  ]);

  readonly #functions: ReadonlyMap<string, AnyFunction>;

  constructor(functions: readonly AnyFunction[], base?: FunctionRegistry) {
    this.#functions = new Map([
      ...(base?.list() ?? []).map((fn): [string, AnyFunction] => [fn.name.toUpperCase(), fn]),
      ...functions.map((fn): [string, AnyFunction] => [fn.name.toUpperCase(), fn]),
    ]);
  }

  find(name: string): AnyFunction | undefined {
    return this.#functions.get(name.toUpperCase());
  }

  scalar(name: string): ScalarFunction | undefined {
    const found = this.find(name);
    return found?.kind === 'scalar' ? found : undefined;
  }

  aggregate(name: string): AggregateFunction | undefined {
    const found = this.find(name);
    return found?.kind === 'aggregate' ? found : undefined;
  }

  table(name: string): TableFunction | undefined {
    const found = this.find(name);
    return found?.kind === 'table' ? found : undefined;
  }

  list(): AnyFunction[] {
    return [...this.#functions.values()];
  }
}

/** Why no overload could be chosen, in ksqlDB's words. */
export class NoOverload {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

/**
 * Chooses an overload: first among those that take the arguments as they are, then with numbers widened. The better match has
 * no repeating parameter, more parameters, fewer generics. `describe` gives the arguments' types for the message.
 */
export function chooseOverload<O extends Overload | AggregateOverload>(
  fn: { readonly name: string; readonly overloads: readonly O[] },
  args: readonly Argument[],
  describe: (argument: Argument, index: number) => string,
): Chosen<O> | NoOverload {
  for (const casts of [false, true]) {
    const matches: Chosen<O>[] = [];
    for (const overload of fn.overloads) {
      const parameters = alignParameters(overload.signature, args.length);
      if (parameters === undefined) continue;
      const generics: Generics = new Map();
      if (args.every((arg, i) => accepts((parameters[i] as Parameter).type, arg, generics, casts))) {
        matches.push({ overload, parameters, generics });
      }
    }
    const ranked = matches.sort((a, b) => compare(b.overload.signature, a.overload.signature));
    const [best, next] = ranked;
    if (best === undefined) continue;
    if (next !== undefined && compare(best.overload.signature, next.overload.signature) === 0) {
      return new NoOverload(
        `Function '${fn.name}' cannot be resolved due to ambiguous method parameters (${args.map(describe).join(', ')}).\n` +
          `Use CAST() to explicitly cast your parameters to one of the supported function calls.\nValid function calls are:\n${alternatives(fn)}`,
      );
    }
    return best;
  }
  return new NoOverload(
    `Function '${fn.name}' does not accept parameters (${args.map(describe).join(', ')}).\nValid alternatives are:\n${alternatives(fn)}`,
  );
}

function alternatives(fn: {
  readonly name: string;
  readonly overloads: readonly { readonly signature: Signature }[];
}): string {
  const lines = fn.overloads.map((overload) => signatureText(fn.name, overload.signature));
  return `${lines.join('\n')}\nFor detailed information on a function run: DESCRIBE FUNCTION <Function-Name>;`;
}

function compare(a: Signature, b: Signature): number {
  const variadic = (s: Signature): number => s.parameters.findIndex((parameter) => parameter.variadic);
  return (
    Number(variadic(a) < 0) - Number(variadic(b) < 0) ||
    a.parameters.length - b.parameters.length ||
    genericCount(b) - genericCount(a) ||
    variadic(a) - variadic(b)
  );
}

/** The type of a call's result; undefined when it follows from nothing (only null arguments). */
export function resultType(
  overload: { readonly signature: Signature; readonly returns?: ((args: readonly SqlType[]) => SqlType) | undefined },
  args: readonly SqlType[],
  generics: Generics,
): SqlType | undefined {
  return overload.returns?.(args) ?? concrete(overload.signature.result, generics);
}

/** Binds the generics of a lambda's result. False when it contradicts what is known. */
export function bindResult(parameter: ParamType, type: SqlType, generics: Generics): boolean {
  assert(parameter.kind === 'lambda', 'only lambdas have results');
  const { result } = parameter;
  if (result.kind !== 'generic') return accepts(result, { kind: 'typed', type }, generics, true);
  const bound = generics.get(result.name);
  if (bound !== undefined) return sameType(bound, type);
  generics.set(result.name, type);
  return true;
}
