/** GROUP BY, aggregates, HAVING: an aggregate node and the projection of its result. */
import type { PlanExpression } from '../../expression.ts';
import type { AggregateFunction } from '../../functions/declaration.ts';
import { functionId } from '../../functions/function-id.ts';
import { chooseOverload, NoOverload, resultType } from '../../functions/registry.ts';
import { logicalAggregate } from '../../logical/aggregate.ts';
import type { LogicalAggregate, LogicalWindow } from '../../logical/aggregate.ts';
import { logicalFilter } from '../../logical/filter.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import { sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import type { Query, WindowClause } from './ast.ts';
import { literal } from './bound.ts';
import { bindArguments, describeArgument, finishArguments, unknownFunction } from './calls.ts';
import { durationMs } from './durations.ts';
import { bindExpression, newBindContext } from './expressions.ts';
import type { BindContext } from './expressions.ts';
import { columnFailure, mayFail, predicateFailure } from './failures.ts';
import { magicTimestamps } from './magic-timestamps.ts';
import { AliasGenerator, joined } from './names.ts';
import type { QueryNames } from './names.ts';
import { printExpression } from './print.ts';
import { place, untypedNull } from './projection.ts';
import type { Projected, ResultPart } from './projection.ts';
import { inClause } from './clauses.ts';
import type { QueryContext, QueryPurpose, SelectExpression } from './clauses.ts';
import { keysMissing, sameExpression } from './relation.ts';
import type { Relation } from './relation.ts';
import { windowBounds } from './scope.ts';
import { rewriteExpression, visit } from './walk.ts';

export interface Aggregation {
  readonly query: Query;
  readonly select: readonly SelectExpression[];
  readonly groupBy: readonly { readonly qualified: Expression; readonly flat: Expression }[];
  /** No GROUP BY: one group. */
  readonly dummy: boolean;
  readonly relation: Relation;
  readonly purpose: QueryPurpose;
  readonly names: QueryNames;
  readonly having: Expression | undefined;
}

export function lowerAggregation(
  aggregation: Aggregation,
  context: QueryContext,
): Projected & { readonly checkKey: () => void } {
  const { query, select, relation, purpose, names, dummy } = aggregation;
  const { functions, catalog, settings } = context;
  const persistent = purpose.kind === 'persistent';
  const groups = aggregation.groupBy.map(({ flat }) => flat);
  const having = aggregation.having === undefined ? undefined : names.flatten(magicTimestamps(aggregation.having));
  checkRules(aggregation, groups, having, context);
  const input = newBindContext(relation.scope, functions, catalog.types, 'Group By', settings);
  const keyNames = groups.map((group) => groupName(group, select, relation));
  const keys: LogicalAggregate['keys'] = dummy
    ? [{ name: 'KSQL_GROUP', type: sqlTypes.integer, expression: literal(1, sqlTypes.integer) }]
    : groups.map((group, i) => {
        const value = bindExpression(group, input);
        if (value.type === undefined) throw untypedNull();
        return { name: keyNames[i] as string, type: value.type, expression: value.expression };
      });
  const calls = collectCalls([...select.map(({ flat }) => flat), ...(having === undefined ? [] : [having])], context);
  const aggregates = calls.map((call, i) =>
    bindAggregate(call, i, aggregation, context, { ...input, clause: 'Select' }),
  );
  checkCalls(calls, aggregation, context);
  const window = query.window && lowerWindow(query.window, query.emit === 'FINAL');
  const node = logicalAggregate(relation.node, keys, aggregates, {
    ...(window && { window }),
    emission: query.emit === 'FINAL' ? 'final' : 'changes',
  });
  // Behind the aggregate: groups and aggregates have internal names, so that no column of the source can be meant.
  const scope = {
    columns: node.columns.map(({ name, type }, i) => ({
      name: i < keys.length ? `KSQL_GROUP_${i}` : name,
      type,
      role: i < keys.length ? ('key' as const) : windowBounds.has(name) ? ('window' as const) : ('value' as const),
    })),
  };
  const rename = (expression: Expression): Expression =>
    rewriteExpression(expression, (part) => {
      const group = groups.findIndex((one) => sameExpression(one, part));
      if (group >= 0) return { kind: 'column', name: `KSQL_GROUP_${group}`, span: part.span };
      const call = part.kind === 'call' ? calls.findIndex((one) => sameExpression(one, part)) : -1;
      return call < 0 ? undefined : { kind: 'column', name: `KSQL_AGG_VARIABLE_${call}`, span: part.span };
    });
  /** As ksqlDB calls it: groups by their own expressions. */
  const named = (expression: Expression): Expression =>
    rewriteExpression(expression, (part) => {
      const call = part.kind === 'call' ? calls.findIndex((one) => sameExpression(one, part)) : -1;
      return call < 0 ? undefined : { kind: 'column', name: `KSQL_AGG_VARIABLE_${call}`, span: part.span };
    });
  const output = newBindContext(scope, functions, catalog.types, 'Select', settings);
  const parts = select.flatMap(({ name, flat }): ResultPart[] => {
    if (persistent && flat.kind === 'column' && windowBounds.has(flat.name) && flat.name === name) return [];
    const value = bindExpression(rename(flat), output);
    if (value.type === undefined) throw untypedNull();
    const group = groups.findIndex((one) => sameExpression(one, flat));
    const source = named(flat);
    return [{ name, type: value.type, expression: value.expression, source, ...(group >= 0 && { keyIndex: group }) }];
  });
  if (persistent && !parts.some((part) => part.keyIndex === undefined))
    throw invalid('The projection contains no value columns.', query.span);
  // In an aggregation a key may not share a value's name either.
  for (const [i, { name, type }] of parts.entries()) {
    if (parts.findIndex((other) => other.name === name) < i) {
      throw invalid(`Duplicate value columns found in schema: \`${name}\` ${typeText(type)}`, query.span);
    }
  }
  const missing = aggregation.groupBy.filter((_, i) => !parts.some((part) => part.keyIndex === i));
  if (persistent && dummy) {
    throw invalid(
      `CREATE TABLE AS SELECT statement does not support aggregate function [${calls.map(printExpression).join(', ')}] without a GROUP BY clause.`,
      query.span,
    );
  }
  const filtered =
    having === undefined
      ? node
      : logicalFilter(
          node,
          inClause('HAVING', rename(having), { ...output, clause: 'Predicate' }),
          predicateFailure(named(having)),
        );
  const bounds = scope.columns.findIndex(({ name }) => name === 'WINDOWSTART');
  const at = (index: number): PlanExpression => ({ kind: 'column', index, type: sqlTypes.bigint });
  // The window of a windowed source that is grouped without a window of its own is not kept.
  const projected = place(
    filtered,
    parts,
    groups.length,
    persistent,
    window && { start: at(bounds), end: at(bounds + 1) },
  );
  const checkKey = (): void => {
    if (persistent && missing.length > 0) {
      throw keysMissing(
        purpose.sink,
        'grouping expression',
        missing.map(({ flat }) => printExpression(flat)),
        'all',
      );
    }
  };
  return { ...projected, checkKey };
}

function groupName(group: Expression, select: readonly SelectExpression[], relation: Relation): string {
  const found = select.filter(({ flat }) => sameExpression(flat, group)).map(({ name }) => name);
  if (found.length > 1) {
    throw invalid(
      `The projection contains a key column more than once: ${joined(
        found.map((name) => `\`${name}\``),
        'and',
      )}.\n` +
        'Each key column must only be in the projection once. If you intended to copy the key into the value, then consider using the AS_VALUE function to indicate which key reference should be copied.',
      group.span,
    );
  }
  return (
    found[0] ??
    (group.kind === 'column'
      ? group.name
      : new AliasGenerator(relation.scope.columns.map(({ name }) => name)).next(group))
  );
}

/** What may stand where; messages as ksqlDB's. */
function checkRules(
  { query, select, relation, groupBy }: Aggregation,
  groups: readonly Expression[],
  having: Expression | undefined,
  context: QueryContext,
): void {
  const { functions } = context;
  const windowed = query.window !== undefined;
  const noBounds = (part: Expression): void => {
    if (windowed && part.kind === 'column' && windowBounds.has(part.name)) {
      throw invalid(
        `Window bounds column ${part.name} can only be used in the SELECT clause of windowed aggregations and can not be passed to aggregate functions.\nSee https://github.com/confluentinc/ksql/issues/4397`,
        part.span,
      );
    }
  };
  let aggregates = 0;
  /** Calls `loose` for each column that is neither inside an aggregate nor inside a grouping expression. */
  const walk = (
    expression: Expression,
    inside: string | undefined,
    grouped: boolean,
    loose: (column: Expression) => void,
  ): void => {
    const now = grouped || groups.some((group) => sameExpression(group, expression));
    if (expression.kind === 'call') {
      const fn = functions.find(expression.name);
      if (fn === undefined) throw unknownFunction(expression);
      if (fn.kind === 'aggregate') {
        if (inside !== undefined)
          throw invalid(`Aggregate functions can not be nested: ${inside}(${expression.name}())`, expression.span);
        aggregates++;
        for (const arg of expression.args) walk(arg, expression.name, false, noBounds);
        return;
      }
    }
    if (expression.kind === 'column') {
      if (inside !== undefined) noBounds(expression);
      else if (!now && !(windowed && windowBounds.has(expression.name))) loose(expression);
      else if (windowBounds.has(expression.name)) loose(expression);
      return;
    }
    visit(expression, (part) => {
      if (part === expression) return undefined;
      walk(part, inside, now, loose);
      return false;
    });
  };
  for (const { qualified, flat } of groupBy) {
    visit(flat, (part) => {
      if (part.kind === 'call') {
        const fn = functions.find(part.name);
        if (fn === undefined) throw unknownFunction(part);
        if (fn.kind === 'aggregate')
          throw invalid(
            `GROUP BY does not support aggregate functions: ${part.name} is an aggregate function.`,
            qualified.span,
          );
      }
      noBounds(part);
      return undefined;
    });
  }
  const scope = new Set(relation.scope.columns.map(({ name }) => name));
  const isFree = (name: string): boolean => windowed && windowBounds.has(name);
  const unmatched = select.flatMap(({ flat }) => {
    let outside = false;
    walk(flat, undefined, false, (column) => {
      if (column.kind === 'column' && !isFree(column.name))
        outside = outside || !groups.some((group) => sameExpression(group, column)) || !scope.has(column.name);
    });
    return outside ? [printExpression(flat)] : [];
  });
  const havingOnly: string[] = [];
  if (having !== undefined) {
    walk(having, undefined, false, (column) => {
      noBounds(column);
      if (!groups.some((group) => sameExpression(group, column))) havingOnly.push(printExpression(column));
    });
  }
  if (aggregates === 0)
    throw invalid('GROUP BY requires aggregate functions in either the SELECT or HAVING clause.', query.span);
  if (unmatched.length > 0) {
    throw invalid(
      `Non-aggregate SELECT expression(s) not part of GROUP BY: ${unmatched.join(', ')}\nEither add the column(s) to the GROUP BY or remove them from the SELECT.`,
      query.span,
    );
  }
  if (havingOnly.length > 0) {
    throw invalid(
      `Non-aggregate HAVING expression not part of GROUP BY: ${havingOnly.join(', ')}\nConsider switching the HAVING clause to a WHERE clause before the GROUP BY.`,
      query.span,
    );
  }
}

/** Each different aggregate once. */
function collectCalls(expressions: readonly Expression[], { functions }: QueryContext): ExpressionOf<'call'>[] {
  const found = new Map<string, ExpressionOf<'call'>>();
  for (const expression of expressions) {
    visit(expression, (part) => {
      if (part.kind !== 'call' || functions.aggregate(part.name) === undefined) return undefined;
      const text = printExpression(part);
      if (!found.has(text)) found.set(text, part);
      return false;
    });
  }
  return [...found.values()];
}

function bindAggregate(
  call: ExpressionOf<'call'>,
  index: number,
  { names }: Aggregation,
  { functions, settings }: QueryContext,
  context: BindContext,
): LogicalAggregate['aggregates'][number] {
  const fn = functions.aggregate(call.name) as AggregateFunction;
  const name = `KSQL_AGG_VARIABLE_${index}`;
  const star = call.star === true || call.args.length === 0;
  if (fn.name === 'COUNT' && star) return { name, type: sqlTypes.bigint, id: 'count:star', args: [] };
  // An aggregate without argument reads the row's time.
  const [first] = names.sources;
  const rowtime: Expression = { kind: 'column', name: names.flatName(first?.alias ?? '', 'ROWTIME'), span: call.span };
  const given: ExpressionOf<'call'> = star ? { ...call, args: [rowtime] } : call;
  const { args, argumentsOf } = bindArguments(given.args, context, bindExpression);
  const chosen = chooseOverload(fn, argumentsOf, describeArgument);
  if (chosen instanceof NoOverload) throw invalid(chosen.message, call.span);
  const { overload, parameters, generics } = chosen;
  const values = finishArguments(given, args, parameters, generics, context, bindExpression);
  values.slice(values.length - overload.constants).forEach((value, i) => {
    if (overload.constants > 0 && value.kind !== 'literal') {
      throw invalid(
        `Parameter ${values.length - overload.constants + i + 1} passed to function ${fn.name} must be a literal constant, but was expression: '${printExpression(given.args[values.length - overload.constants + i] as Expression)}'`,
        call.span,
      );
    }
  });
  const n = values[1];
  // The function itself refuses the number; ksqlDB's message does not say so.
  if (/_by_offset$/i.test(fn.name) && n?.kind === 'literal' && typeof n.value === 'number' && n.value < 1)
    throw invalid('Failed to invoke UDAF factory method', call.span);
  const types = values.map(({ type }) => type);
  const type = resultType(overload, types, generics) as SqlType;
  const limit = /^collect_(?:list|set)$/i.test(fn.name) ? settings.functionLimit(fn.name) : undefined;
  const id = fn.name === 'COUNT' ? 'count:value' : functionId(fn.name, types);
  const failures = values.some(mayFail) && {
    failures: given.args.map((arg, at) => columnFailure(arg, `KSQL_INTERNAL_COL_${index + at}`, index + at)),
  };
  return { name, type, id, args: values, ...failures, ...(limit !== undefined && { limit }) };
}

/** Aggregates on tables that cannot be undone; intermediate results that the value format cannot hold. */
function checkCalls(
  calls: readonly ExpressionOf<'call'>[],
  { names, relation }: Aggregation,
  { functions }: QueryContext,
): void {
  if (relation.kind === 'TABLE') {
    const refused = [...new Set(calls.map(({ name }) => name))].filter(
      (name) => functions.aggregate(name)?.overloads.every((overload) => !overload.undo) === true,
    );
    if (refused.length > 0) {
      const several = refused.length > 1;
      throw invalid(
        `The aggregation function${several ? 's' : ''} ${joined(refused, 'and')} cannot be applied to a table source, only to a stream source.`,
        calls[0]?.span,
      );
    }
  }
  const format = names.sources[0]?.source.valueFormat.format;
  if (format !== 'DELIMITED' && format !== 'KAFKA') return;
  for (const call of calls) {
    const fn = functions.aggregate(call.name);
    if (fn?.overloads.some((overload) => overload.structured) === true) {
      throw invalid(
        'One of the functions used in the statement has an intermediate type that the value format can not handle. Please remove the function or change the format.',
        call.span,
      );
    }
  }
}

const day = 86_400_000;

/** Without GRACE rows may be a day late, or not at all when only final results come out. */
function lowerWindow(window: WindowClause, final: boolean): LogicalWindow {
  const grace = window.grace && durationMs(window.grace);
  const retention = window.retention && durationMs(window.retention);
  const graceAndRetention = (size: number): { graceMs: number; retentionMs: number } => {
    const graceMs = grace ?? (final ? 0 : Math.max(day - size, 0));
    return { graceMs, retentionMs: retention ?? size + graceMs };
  };
  switch (window.type) {
    case 'TUMBLING': {
      const sizeMs = durationMs(window.size);
      return { type: 'TUMBLING', sizeMs, ...graceAndRetention(sizeMs) };
    }
    case 'HOPPING': {
      const sizeMs = durationMs(window.size);
      return { type: 'HOPPING', sizeMs, advanceMs: durationMs(window.advance), ...graceAndRetention(sizeMs) };
    }
    case 'SESSION': {
      const gapMs = durationMs(window.gap);
      return { type: 'SESSION', gapMs, ...graceAndRetention(gapMs) };
    }
  }
}
