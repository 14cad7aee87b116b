/**
 * Functions as compiled plans call them, by id: `name:type,type` with the types of the arguments, or an operator's id.
 *
 *   const functions = functionLookup({ now, random, uuid });
 *   functions('ucase:string');   // { nulls, neverNull, inline, call } or undefined
 */
import type { FunctionBody, FunctionContext } from './declaration.ts';
import { parseFunctionId } from './function-id.ts';
import { operator } from './operators.ts';
import { chooseOverload, FunctionRegistry, NoOverload } from './registry.ts';

/** A function with every default settled: assignable to the compiler's `CompilableFunction`. */
export interface ResolvedFunction {
  readonly nulls: 'propagate' | 'handles';
  readonly neverNull: boolean;
  readonly inline?: (args: readonly string[], exact: boolean) => string;
  readonly call?: (...args: never[]) => unknown;
}

/** The look-up of one query. Bodies are made once per id. */
export function functionLookup(
  context: FunctionContext,
  registry: FunctionRegistry = FunctionRegistry.builtIn,
): (id: string) => ResolvedFunction | undefined {
  const made = new Map<string, ResolvedFunction | undefined>();
  return (id) => {
    if (!made.has(id)) made.set(id, settle(find(id, context, registry)));
    return made.get(id);
  };
}

function find(id: string, context: FunctionContext, registry: FunctionRegistry): FunctionBody | undefined {
  const parsed = parseFunctionId(id);
  const own = operator(id.slice(0, id.indexOf(':')), id.slice(id.indexOf(':') + 1));
  if (own !== undefined || parsed === undefined) return own;
  const fn = registry.scalar(parsed.name) ?? registry.table(parsed.name);
  if (fn === undefined) return undefined;
  const chosen = chooseOverload<(typeof fn.overloads)[number]>(fn, parsed.args, () => '');
  if (chosen instanceof NoOverload) return undefined;
  const { body } = chosen.overload;
  const types = parsed.args.flatMap((arg) => (arg.kind === 'typed' ? [arg.type] : []));
  return typeof body === 'function' ? body(types, context) : body;
}

function settle(body: FunctionBody | undefined): ResolvedFunction | undefined {
  if (body === undefined) return undefined;
  return { ...body, nulls: body.nulls ?? 'propagate', neverNull: body.neverNull ?? false };
}
