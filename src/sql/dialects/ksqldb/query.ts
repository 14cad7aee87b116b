/**
 * A SELECT lowered to the logical plan: FROM, WHERE, PARTITION BY, table functions, then either a projection or an
 * aggregation. The order of the checks is ksqlDB's, so that a statement with several faults is told of the same one.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import type { DataSource } from '../../catalog/source.ts';
import type { PlanExpression } from '../../expression.ts';
import { functionId } from '../../functions/function-id.ts';
import { chooseOverload, NoOverload, resultType } from '../../functions/registry.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import { logicalFilter } from '../../logical/filter.ts';
import { logicalFlatMap } from '../../logical/flat-map.ts';
import type { LogicalTableFunction } from '../../logical/flat-map.ts';
import { logicalProject } from '../../logical/project.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression, ExpressionOf } from '../../syntax/ast.ts';
import type { SqlType } from '../../types.ts';
import { lowerAggregation } from './aggregation.ts';
import { alternatives, inClause } from './clauses.ts';
import type { QueryContext, QueryPurpose, SelectExpression } from './clauses.ts';
import type { Query, Relation as RelationName } from './ast.ts';
import { bindArguments, describeArgument, finishArguments } from './calls.ts';
import { bindExpression, newBindContext } from './expressions.ts';
import type { BindContext } from './expressions.ts';
import { newKeyFailure, predicateFailure } from './failures.ts';
import { joinRelation, withKeyNamed } from './joins.ts';
import { magicTimestamps } from './magic-timestamps.ts';
import { AliasGenerator, QueryNames } from './names.ts';
import { printExpression } from './print.ts';
import { project } from './projection.ts';
import type { Projected } from './projection.ts';
import { keysMissing, noSpan, sameExpression, sourceRelation } from './relation.ts';
import type { KeyColumn, Projection, Relation } from './relation.ts';
import type { ScopeColumn } from './scope.ts';
import { isSystemColumn } from './scope.ts';
import { rewriteExpression, visit } from './walk.ts';

export interface LoweredQuery extends Projected {
  readonly kind: 'STREAM' | 'TABLE';
  readonly sources: readonly DataSource[];
  readonly names: QueryNames;
  /** PARTITION BY NULL: the result has no key. */
  readonly keyless: boolean;
  /** What is checked last: the key is in the projection of a persistent query. */
  readonly checkKey: () => void;
}

export function lowerQuery(query: Query, purpose: QueryPurpose, context: QueryContext): LoweredQuery {
  const { functions, settings, catalog } = context;
  const names = new QueryNames(query, (relation) => findSource(relation, catalog));
  const clauses = analyse(query, names, purpose, context);
  const { types } = catalog;
  const bindIn = (relation: Relation, clause: BindContext['clause']): BindContext =>
    newBindContext(relation.scope, functions, types, clause, settings);
  let relation = names.isJoin
    ? joinRelation(query, { names, functions, types, settings })
    : sourceRelation(names.sources[0] as (typeof names.sources)[number], settings);
  // Of several equal join columns the first that is selected by itself gives the key its name, else the first in a star.
  const direct = (flat: string): boolean =>
    clauses.items.some((item) => item.kind === 'expression' && item.flat.kind === 'column' && item.flat.name === flat);
  const { star, keys } = relation;
  const starred = (flat: string): boolean =>
    clauses.items.some((item) => item.kind === 'star' && star(item.source).includes(flat));
  relation = withKeyNamed(
    relation,
    (flat) => direct(flat) || (!keys.some(({ name }) => direct(name)) && starred(flat)),
  );
  if (query.where !== undefined) {
    const where = names.flatten(magicTimestamps(names.qualify(query.where)));
    const predicate = inClause('WHERE', where, bindIn(relation, 'Predicate'));
    relation = { ...relation, node: logicalFilter(relation.node, predicate, predicateFailure(where)) };
  }
  let keyless = false;
  if (query.partitionBy !== undefined) {
    keyless = clauses.partitionBy.some((one) => one.kind === 'null');
    relation = partitioned(relation, clauses.partitionBy, keyless, names, bindIn(relation, 'Partition By'));
  }
  if (clauses.tableFunctions.length > 0)
    relation = exploded(relation, clauses.tableFunctions, names, bindIn(relation, 'Select'));
  const projection: Projection = {
    contains: (qualified) =>
      clauses.items.some((item) =>
        item.kind === 'star'
          ? item.source === undefined || (qualified.kind === 'column' && qualified.source === item.source)
          : sameExpression(item.qualified, qualified) || sameExpression(item.flat, names.flatten(qualified)),
      ),
  };
  const select = expand(clauses.items, relation, names, bindIn(relation, 'Select'));
  const grouped = query.groupBy !== undefined || clauses.dummyGroup;
  const sources = names.sources.map(({ source }) => source);
  if (grouped) {
    const lowered = lowerAggregation(
      {
        query,
        select,
        groupBy: clauses.groupBy,
        dummy: clauses.dummyGroup,
        relation,
        purpose,
        names,
        having: clauses.having,
      },
      context,
    );
    checkFinal(query, context);
    return { ...lowered, kind: 'TABLE', sources, names, keyless: false };
  }
  if (query.window !== undefined) {
    throw invalid(`${lineOf(query.window.span)}WINDOW clause requires a GROUP BY clause.`, query.window.span);
  }
  if (query.having !== undefined) throw invalid('HAVING requires a GROUP BY clause.', query.having.span);
  const projected = project(select, relation, purpose, bindIn(relation, 'Select'));
  checkFinal(query, context);
  const checkKey = (): void => {
    if (purpose.kind === 'persistent') relation.checkKey(purpose.sink, projection);
  };
  return { ...projected, kind: relation.kind, sources, names, keyless, checkKey };
}

function lineOf({ line, column }: { readonly line: number; readonly column: number }): string {
  return `Line: ${line}, Col: ${column}: `;
}

function findSource(relation: RelationName, catalog: Catalog): DataSource {
  const found = catalog.sources.get(relation.name);
  if (found === undefined) {
    throw invalid(
      `Failed to prepare statement: ${relation.name} does not exist.${alternatives(relation.name, catalog)}`,
      relation.span,
    );
  }
  return found;
}

type Item =
  | ({ readonly kind: 'expression' } & SelectExpression)
  | { readonly kind: 'star'; readonly source: string | undefined }
  | { readonly kind: 'fields'; readonly qualified: Expression; readonly flat: Expression };

interface Clauses {
  readonly items: readonly Item[];
  readonly groupBy: readonly { readonly qualified: Expression; readonly flat: Expression }[];
  readonly partitionBy: readonly Expression[];
  readonly having: Expression | undefined;
  /** Aggregates without GROUP BY: everything is one group. */
  readonly dummyGroup: boolean;
  readonly tableFunctions: readonly ExpressionOf<'call'>[];
}

/** Names, aliases and everything that can be checked before types. */
function analyse(
  query: Query,
  names: QueryNames,
  purpose: QueryPurpose,
  { functions, settings }: QueryContext,
): Clauses {
  const items = query.select.map((item): Item => {
    if (item.kind === 'all') {
      if (item.source !== undefined && names.source(item.source) === undefined) {
        throw invalid(
          `Failed to prepare statement: '${item.source}' is not a valid stream/table name or alias.`,
          item.span,
        );
      }
      return { kind: 'star', source: item.source };
    }
    const qualified = names.qualify(item.expression);
    if (qualified.kind === 'all-fields') return { kind: 'fields', qualified, flat: names.flatten(qualified) };
    return {
      kind: 'expression',
      name: item.alias ?? names.aliasFor(qualified),
      qualified,
      flat: names.flatten(qualified),
    };
  });
  if (!settings.lambdasEnabled) {
    for (const item of items) {
      if (item.kind !== 'star')
        visit(item.qualified, (part) => {
          if (part.kind === 'lambda') throw invalid('Lambdas are not enabled at this time.', part.span);
          return undefined;
        });
    }
  }
  const group = (query.groupBy?.expressions ?? []).map((one) => {
    const qualified = names.qualify(one);
    return { qualified, flat: names.flatten(qualified) };
  });
  const partitions = (query.partitionBy?.expressions ?? []).map((one) => names.qualify(one));
  if (query.partitionBy !== undefined && partitions.length === 0)
    throw invalid('PARTITION BY requires at least one expression', query.partitionBy.span);
  if (query.groupBy !== undefined && group.length === 0)
    throw invalid('GROUP BY requires at least one expression', query.groupBy.span);
  duplicates(
    'GROUP BY',
    group.map(({ qualified }) => qualified),
  );
  duplicates('PARTITION BY', partitions);
  const having = query.having === undefined ? undefined : names.qualify(query.having);
  // SELECT comes before the other clauses: what it may not be called, aggregates, table functions.
  const persistent = purpose.kind === 'persistent';
  let dummyGroup = false;
  const tableFunctions: ExpressionOf<'call'>[] = [];
  for (const item of items) {
    if (item.kind !== 'expression') continue;
    checkAlias(item, persistent);
    visit(item.qualified, (part) => {
      if (part.kind === 'call' && functions.aggregate(part.name) !== undefined && query.groupBy === undefined)
        dummyGroup = true;
      return undefined;
    });
    collectTableFunctions(item.qualified, functions, query.groupBy !== undefined || dummyGroup, tableFunctions);
  }
  if (tableFunctions.length > 0 && names.sources[0]?.source.kind === 'TABLE') {
    throw invalid('Table source is not supported with table functions', query.span);
  }
  const synthetic = { synthetic: query.groupBy === undefined };
  if (query.where !== undefined) names.check(names.qualify(query.where), 'WHERE');
  for (const { qualified } of group) names.check(qualified, 'GROUP BY');
  for (const one of partitions) {
    names.check(one, 'PARTITION BY', {
      more: "'{}' must be a column in the source schema since PARTITION BY is applied on the input.",
    });
  }
  if (having !== undefined) names.check(having, 'HAVING');
  for (const item of items) {
    if (item.kind === 'expression') names.check(item.qualified, 'SELECT', synthetic);
  }
  checkKafkaFormat(query, names);
  return { items, groupBy: group, partitionBy: partitions, having, dummyGroup, tableFunctions };
}

function duplicates(clause: string, expressions: readonly Expression[]): void {
  const seen = new Set<string>();
  for (const one of expressions) {
    const text = printExpression(one);
    if (seen.has(text)) throw invalid(`Duplicate ${clause} expression: ${text}`, one.span);
    seen.add(text);
  }
}

function checkAlias(item: SelectExpression, persistent: boolean): void {
  const name = item.name.toUpperCase();
  if (!isSystemColumn(name)) return;
  const text = printExpression(item.qualified);
  const own = text.slice(text.indexOf('.') + 1).toUpperCase() === name;
  if (!own) {
    throw invalid(
      `\`${name}\` is a reserved column name. You cannot use it as an alias for a column.`,
      item.qualified.span,
    );
  }
  if (persistent) {
    throw invalid(
      `Reserved column name in select: \`${name}\`. Please remove or alias the column.`,
      item.qualified.span,
    );
  }
}

function collectTableFunctions(
  expression: Expression,
  functions: FunctionRegistry,
  grouped: boolean,
  found: ExpressionOf<'call'>[],
): void {
  const walk = (part: Expression, inside: string | undefined, choice: Expression | undefined): void => {
    visit(part, (one) => {
      if (one === part) return undefined;
      enter(one, inside, choice);
      return false;
    });
  };
  const enter = (one: Expression, inside: string | undefined, choice: Expression | undefined): void => {
    const within = one.kind === 'case' ? one : choice;
    if (one.kind !== 'call' || functions.table(one.name) === undefined) {
      walk(one, inside, within);
      return;
    }
    if (inside !== undefined) throw invalid(`Table functions cannot be nested: ${inside}(${one.name}())`, one.span);
    if (grouped) throw invalid('Table functions cannot be used with aggregations.', one.span);
    if (choice !== undefined)
      throw invalid(`Table functions cannot be used in CASE: ${printExpression(choice)}`, one.span);
    found.push(one);
    walk(one, one.name, within);
  };
  enter(expression, undefined, undefined);
}

function checkKafkaFormat(query: Query, names: QueryNames): void {
  const kafka = names.sources.filter(({ source }) => source.valueFormat.format === 'KAFKA').map(({ alias }) => alias);
  if (kafka.length === 0) return;
  const what = names.isJoin ? 'JOIN' : query.groupBy === undefined ? undefined : 'GROUP BY';
  if (what === undefined) return;
  throw invalid(
    `Source(s) ${kafka.join(', ')} are using the 'KAFKA' value format. This format does not yet support ${what}.\n` +
      'The KAFKA format is primarily intended for use as a key format. It can be used as a value format, but can not be used in any operation that requires a repartition or changelog topic.',
    query.span,
  );
}

type PartitionedColumn = ScopeColumn & { readonly expression: PlanExpression; readonly failure?: string };

/** PARTITION BY: the same columns, another key; the old key columns become values at the end. */
function partitioned(
  relation: Relation,
  expressions: readonly Expression[],
  byNull: boolean,
  names: QueryNames,
  context: BindContext,
): Relation {
  if (byNull && expressions.length > 1)
    throw invalid('Cannot PARTITION BY multiple columns including NULL', expressions[0]?.span);
  if (relation.kind === 'TABLE') {
    throw invalid(
      `Cannot repartition a TABLE source. If this is a join, make sure that the criteria uses the TABLE's key column ${relation.keys[0]?.name ?? ''} instead of ${expressions.map(printExpression).join(', ')}`,
      expressions[0]?.span,
    );
  }
  if (relation.node.window !== undefined) {
    throw invalid(
      'Implicit repartitioning of windowed sources is not supported. See https://github.com/confluentinc/ksql/issues/4385.',
      expressions[0]?.span,
    );
  }
  const aliases = new AliasGenerator(relation.scope.columns.map(({ name }) => name));
  const columns = relation.scope.columns.map(
    (column, index): PartitionedColumn => ({
      ...column,
      role: column.role === 'key' ? 'value' : column.role,
      expression: { kind: 'column', index, type: column.type },
    }),
  );
  const flats = byNull ? [] : expressions.map((one) => names.flatten(one));
  const keys = flats.map((flat): KeyColumn => {
    if (flat.kind === 'column') {
      const index = relation.scope.columns.findIndex(({ name }) => name === flat.name);
      const found = relation.scope.columns[index];
      if (found !== undefined) return { name: found.name, type: found.type, index };
    }
    const value = bindExpression(flat, context);
    const name = aliases.next(flat);
    if (value.type === undefined) throw invalid('Cannot PARTITION BY NULL together with other columns', flat.span);
    const failure = newKeyFailure(flat);
    columns.push({ name, type: value.type, role: 'value', expression: value.expression, failure });
    return { name, type: value.type, index: columns.length - 1 };
  });
  const scopeColumns = columns.map(
    ({ name, type, role }, index): ScopeColumn => ({
      name,
      type,
      role: keys.some((key) => key.index === index) ? 'key' : role,
    }),
  );
  const oldKeys = relation.keys.map(({ name }) => name);
  const node = logicalProject(
    relation.node,
    columns.map(({ role: _, ...column }) => column),
    keys.map(({ index }) => index),
  );
  return {
    node,
    scope: { columns: scopeColumns },
    kind: relation.kind,
    keys,
    star: (alias) => {
      const keyNames = keys.map(({ name }) => name);
      const before = relation.star(alias).filter((name) => !keyNames.includes(name));
      const own = alias === undefined ? keyNames : keyNames.filter((name) => relation.star(alias).includes(name));
      return [
        ...own,
        ...before.filter((name) => !oldKeys.includes(name)),
        ...before.filter((name) => oldKeys.includes(name)),
      ];
    },
    resolve: (flat) => {
      const at = flats.findIndex((one) => sameExpression(one, flat));
      return at < 0 ? undefined : { kind: 'column', name: (keys[at] as KeyColumn).name, span: flat.span };
    },
    checkKey: (sink, projection) => {
      if (!byNull && !expressions.every((one) => projection.contains(one))) {
        throw keysMissing(sink, 'partitioning expression', expressions.map(printExpression), 'all');
      }
    },
  };
}

/** Table functions: their results become columns that the SELECT list names. */
function exploded(
  relation: Relation,
  calls: readonly ExpressionOf<'call'>[],
  names: QueryNames,
  context: BindContext,
): Relation {
  const flats = calls.map((call) => names.flatten(call) as ExpressionOf<'call'>);
  const functions = flats.map((call, i): LogicalTableFunction => {
    const fn = context.functions.table(call.name);
    if (fn === undefined) throw invalid(`Can't find any functions with the name '${call.name}'`, call.span);
    const { args, argumentsOf } = bindArguments(call.args, context, bindExpression);
    const chosen = chooseOverload(fn, argumentsOf, describeArgument);
    if (chosen instanceof NoOverload) throw invalid(chosen.message, call.span);
    const values = finishArguments(call, args, chosen.parameters, chosen.generics, context, bindExpression);
    const types = values.map(({ type }) => type);
    const type = resultType(chosen.overload, types, chosen.generics) as SqlType;
    return { name: `KSQL_SYNTH_${i}`, type, function: functionId(fn.name, types), args: values };
  });
  const results = functions.map(({ name, type }): ScopeColumn => ({ name, type, role: 'pseudo' }));
  return {
    ...relation,
    node: logicalFlatMap(relation.node, functions),
    scope: { columns: [...relation.scope.columns, ...results] },
    resolve: (flat) =>
      relation.resolve?.(flat) ??
      rewriteExpression(flat, (part) => {
        const at = flats.findIndex((one) => sameExpression(one, part));
        return at < 0 ? undefined : { kind: 'column', name: `KSQL_SYNTH_${at}`, span: part.span };
      }),
  };
}

/** Stars and `struct->*` become columns; what the relation computed already is named. */
function expand(
  items: readonly Item[],
  relation: Relation,
  names: QueryNames,
  context: BindContext,
): SelectExpression[] {
  return items.flatMap((item): SelectExpression[] => {
    if (item.kind === 'star') {
      return relation.star(item.source).map((name) => {
        const column: Expression = { kind: 'column', name, span: noSpan };
        return { name, qualified: column, flat: column };
      });
    }
    if (item.kind === 'fields') {
      const { base } = item.flat as ExpressionOf<'all-fields'>;
      const { type } = bindExpression(base, context);
      if (type?.kind !== 'STRUCT') {
        const text =
          base.kind === 'column'
            ? `Column \`${base.name}\``
            : `Field ${base.kind === 'field' ? base.name : printExpression(base)}`;
        throw invalid(`${text} is not a STRUCT type.`, base.span);
      }
      return type.fields.map(({ name }) => {
        const field: Expression = { kind: 'field', base, name, span: item.flat.span };
        return { name, qualified: field, flat: field };
      });
    }
    return [{ ...item, flat: relation.resolve?.(item.flat) ?? item.flat }];
  });
}

function checkFinal(query: Query, { settings }: QueryContext): void {
  if (query.emit !== 'FINAL') return;
  if (!settings.suppressEnabled) {
    throw invalid(
      'Suppression is currently disabled. You can enable it by setting ksql.suppress.enabled to true',
      query.span,
    );
  }
  if (query.groupBy === undefined || query.window === undefined) {
    throw invalid('EMIT FINAL is only supported for windowed aggregations.', query.span);
  }
}
