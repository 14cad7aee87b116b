/** The binder of function calls: which function, which overload, arguments in its types, lambdas last. */
import type { PlanExpression } from '../../expression.ts';
import { functionId } from '../../functions/function-id.ts';
import { bindResult, chooseOverload, NoOverload, resultType } from '../../functions/registry.ts';
import { concrete } from '../../functions/signature.ts';
import type { Argument, Generics, Parameter, ParamType } from '../../functions/signature.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import { isNumeric, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import { bound, castTo, literal } from './bound.ts';
import type { Bound } from './bound.ts';
import type { BindContext } from './expressions.ts';

type Bind = (expression: Expression, context: BindContext) => Bound;

/** A call of a scalar function. Aggregates and table functions were replaced by columns before. */
export function bindCall(expression: ExpressionOf<'call'>, context: BindContext, bind: Bind): Bound {
  const fn = context.functions.find(expression.name);
  if (fn === undefined) throw unknownFunction(expression);
  if (fn.kind !== 'scalar') {
    // What is wrong with the arguments is told first.
    bindArguments(expression.args, context, bind);
    throw invalid(
      `${fn.name.toUpperCase()} is ${fn.kind === 'aggregate' ? 'an aggregate' : 'a table'} function and cannot be used here`,
      expression.span,
    );
  }
  const { args, argumentsOf } = bindArguments(expression.args, context, bind);
  const chosen = chooseOverload(fn, argumentsOf, describeArgument);
  if (chosen instanceof NoOverload) throw invalid(chosen.message, expression.span);
  const { overload, parameters, generics } = chosen;
  const values = finishArguments(expression, args, parameters, generics, context, bind);
  const types = values.map((value) => value.type);
  const type = resultType(overload, types, generics);
  if (type === undefined) {
    throw invalid(
      `Function '${fn.name}' cannot be resolved: the type of its result does not follow from its arguments.`,
      expression.span,
    );
  }
  const marks = values.map((value, i): SqlType | Argument => {
    const argument = argumentsOf[i] as Argument;
    return argument.kind === 'lambda' || argument.kind === 'unit' ? argument : value.type;
  });
  return bound({ kind: 'call', function: functionId(fn.name, marks), args: values, type });
}

export function unknownFunction(expression: ExpressionOf<'call'>): Error {
  return invalid(`Can't find any functions with the name '${expression.name}'`, expression.span);
}

/** How messages name an argument. */
export function describeArgument(argument: Argument): string {
  switch (argument.kind) {
    case 'typed':
      return typeText(argument.type);
    case 'null':
      return 'null';
    case 'lambda':
      return 'LAMBDA';
    case 'unit':
      return 'INTERVALUNIT';
  }
}

/** All arguments but the lambdas, which wait for the types of their parameters. */
export function bindArguments(
  expressions: readonly Expression[],
  context: BindContext,
  bind: Bind,
): { readonly args: readonly (Bound | undefined)[]; readonly argumentsOf: readonly Argument[] } {
  const args = expressions.map((one) => {
    if (one.kind === 'lambda') return undefined;
    return one.kind === 'unit' ? bound(literal(one.unit, sqlTypes.string)) : bind(one, context);
  });
  const argumentsOf = expressions.map((one, i): Argument => {
    if (one.kind === 'lambda') return { kind: 'lambda', inputs: one.parameters.length };
    if (one.kind === 'unit') return { kind: 'unit' };
    const type = args[i]?.type;
    return type === undefined ? { kind: 'null' } : { kind: 'typed', type };
  });
  return { args, argumentsOf };
}

/** Arguments in the types of the chosen overload's parameters. */
export function finishArguments(
  call: ExpressionOf<'call'>,
  args: readonly (Bound | undefined)[],
  parameters: readonly Parameter[],
  generics: Generics,
  context: BindContext,
  bind: Bind,
): PlanExpression[] {
  const decimal = args.find((arg) => arg?.type?.kind === 'DECIMAL')?.type;
  return args.map((arg, i): PlanExpression => {
    const parameter = (parameters[i] as Parameter).type;
    const expression = call.args[i] as Expression;
    if (arg === undefined)
      return lambda(call, expression as ExpressionOf<'lambda'>, parameter, generics, context, bind);
    if (expression.kind === 'unit') return arg.expression;
    const wanted = wantedType(parameter, arg.type ?? decimal, generics);
    return castTo(arg, wanted ?? sqlTypes.string);
  });
}

function wantedType(parameter: ParamType, own: SqlType | undefined, generics: Generics): SqlType | undefined {
  if (parameter.kind === 'any' || (own !== undefined && parameter.kind === 'generic')) return own;
  if (parameter.kind === 'scalar' && parameter.name === 'DECIMAL') {
    if (own === undefined || !isNumeric(own)) return { kind: 'DECIMAL', precision: 38, scale: 0 };
    if (own.kind === 'INTEGER') return { kind: 'DECIMAL', precision: 10, scale: 0 };
    return own.kind === 'BIGINT' ? { kind: 'DECIMAL', precision: 19, scale: 0 } : own;
  }
  return concrete(parameter, generics) ?? own;
}

function lambda(
  call: ExpressionOf<'call'>,
  expression: ExpressionOf<'lambda'>,
  parameter: ParamType,
  generics: Generics,
  context: BindContext,
  bind: Bind,
): PlanExpression {
  if (parameter.kind !== 'lambda')
    throw invalid(`Function '${call.name}' does not take a lambda here.`, expression.span);
  const parameters = expression.parameters.map((name, i) => {
    const type = concrete(parameter.inputs[i] as ParamType, generics);
    if (type === undefined) throw invalid(`Could not resolve type for the lambda parameter ${name}.`, expression.span);
    return { id: context.nextParameter(), name, type };
  });
  const inner: BindContext = {
    ...context,
    parameters: new Map([
      ...(context.parameters ?? []),
      ...parameters.map((one): [string, { id: number; type: SqlType }] => [one.name, one]),
    ]),
  };
  const body = bind(expression.body, inner);
  const wanted = concrete(parameter.result, generics);
  const type = body.type ?? wanted ?? sqlTypes.string;
  if (body.type !== undefined && !bindResult(parameter, body.type, generics)) {
    throw invalid(
      `Function '${call.name}': the lambda gives ${typeText(body.type)} where ${wanted === undefined ? 'another type' : typeText(wanted)} is needed.`,
      expression.span,
    );
  }
  return { kind: 'lambda', parameters, body: castTo(body, wanted ?? type), type: wanted ?? type };
}
