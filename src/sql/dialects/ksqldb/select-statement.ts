/** SELECT as a statement: push queries, which go on, and pull queries, which read what there is. */
import { StackError } from '../../../core/errors.ts';
import type { DataSource } from '../../catalog/source.ts';
import { keyColumns, valueColumns } from '../../catalog/source.ts';
import type { PlanExpression, PlanLiteral } from '../../expression.ts';
import { FunctionRegistry } from '../../functions/registry.ts';
import { expressionText, printLogical } from '../../logical/print.ts';
import { rewrite } from '../../logical/rules/rewrite.ts';
import { planPhysical } from '../../physical/planner.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { sqlTypes } from '../../types.ts';
import type { Query, StatementOf } from './ast.ts';
import { bindExpression, newBindContext } from './expressions.ts';
import type { BindContext } from './expressions.ts';
import { magicTimestamps } from './magic-timestamps.ts';
import { QueryNames } from './names.ts';
import type { PlanContext, ResultColumn, StatementPlan } from './plan.ts';
import { printExpression } from './print.ts';
import { untypedNull } from './projection.ts';
import { checkKeyLists, scanReason } from './pull-where.ts';
import { alternatives, inClause } from './clauses.ts';
import { lowerQuery } from './query.ts';
import type { ScopeColumn } from './scope.ts';
import { starOrder } from './relation.ts';
import { readSettings } from './settings.ts';
import type { PlanningSettings } from './settings.ts';
import { visit } from './walk.ts';

export function planSelect({ query }: StatementOf<'query'>, context: PlanContext): StatementPlan {
  const settings = readSettings(context.session);
  if (query.emit !== undefined) return planPush(query, settings, context);
  checkPull(query, settings);
  const source = context.catalog.sources.get(query.from.name);
  if (source === undefined) {
    throw invalid(
      `Failed to prepare statement: ${query.from.name} does not exist.${alternatives(query.from.name, context.catalog)}`,
      query.from.span,
    );
  }
  return source.kind === 'STREAM'
    ? planPullStream(query, source, settings, context)
    : planPull(query, source, settings, context);
}

function planPush(query: Query, settings: PlanningSettings, context: PlanContext): StatementPlan {
  const lowered = lowerQuery(
    query,
    { kind: 'transient' },
    { catalog: context.catalog, functions: context.functions ?? FunctionRegistry.builtIn, settings },
  );
  const logical = rewrite({
    node: 'result-sink',
    input: lowered.node,
    columns: lowered.columns.map(({ name, type, column }) => ({ name, type, column })),
    ...(query.limit !== undefined && { limit: query.limit }),
  });
  // A push query shows every change, whatever the cache of persistent queries is.
  return {
    do: 'push',
    plan: planPhysical(logical, settings),
    logical: printLogical(logical),
    columns: lowered.columns.map(({ name, type, key }) => ({ name, type, key })),
    sources: lowered.sources,
  };
}

const help = ' See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.';

function checkPull(query: Query, settings: PlanningSettings): void {
  if (!settings.pullQueriesEnabled) {
    throw invalid(
      `Pull queries are disabled.${help}\nPlease set ksql.pull.queries.enable=true to enable this feature.`,
      query.span,
    );
  }
  const refuse = (what: string): never => {
    throw invalid(`Pull queries don't support ${what} clauses.${help}`, query.span);
  };
  if (query.joins.length > 0) refuse('JOIN');
  if (query.window !== undefined) refuse('WINDOW');
  if (query.groupBy !== undefined) refuse('GROUP BY');
  if (query.partitionBy !== undefined) refuse('PARTITION BY');
  if (query.having !== undefined) refuse('HAVING');
  if (query.limit !== undefined && !settings.pullLimitEnabled) {
    throw invalid(
      `LIMIT clause in pull queries is currently disabled. You can enable them by setting ksql.query.pull.limit.clause.enabled=true.${help}`,
      query.span,
    );
  }
  if (query.limit !== undefined && query.limit < 0) {
    throw invalid(`Pull queries don't support negative integers in the LIMIT clause.${help}`, query.span);
  }
  const refused = (clause: string, expressions: readonly Expression[]): void => {
    const found = new Set<string>();
    for (const one of expressions) {
      visit(one, (part) => {
        if (part.kind === 'column' && (part.name === 'ROWPARTITION' || part.name === 'ROWOFFSET'))
          found.add(`\`${part.name}\``);
        return undefined;
      });
    }
    if (found.size > 0) {
      throw invalid(
        `Pull queries don't support the following columns in ${clause} clauses: ${[...found].join(', ')}\n${help}`,
        query.span,
      );
    }
  };
  refused(
    'SELECT',
    query.select.flatMap((item) => (item.kind === 'expression' ? [item.expression] : [])),
  );
  refused('WHERE', query.where === undefined ? [] : [query.where]);
}

function planPullStream(
  query: Query,
  source: DataSource,
  settings: PlanningSettings,
  context: PlanContext,
): StatementPlan {
  if (!settings.pullStreamsEnabled) {
    throw invalid(
      `Pull queries on streams are disabled. To create a push query on the stream, add EMIT CHANGES to the end. To enable pull queries on streams, set the ksql.query.pull.stream.enabled config to 'true'.`,
      query.span,
    );
  }
  const fromStart = { ...settings, autoOffsetReset: 'earliest' as const };
  const lowered = lowerQuery(
    query,
    { kind: 'transient' },
    { catalog: context.catalog, functions: context.functions ?? FunctionRegistry.builtIn, settings: fromStart },
  );
  const logical = rewrite({
    node: 'result-sink',
    input: lowered.node,
    columns: lowered.columns.map(({ name, type, column }) => ({ name, type, column })),
    ...(query.limit !== undefined && { limit: query.limit }),
  });
  return {
    do: 'pull-stream',
    plan: planPhysical(logical, { emit: 'change' }),
    logical: printLogical(logical),
    columns: lowered.columns.map(({ name, type, key }) => ({ name, type, key })),
    source,
  };
}

function planPull(query: Query, source: DataSource, settings: PlanningSettings, context: PlanContext): StatementPlan {
  const { catalog } = context;
  const names = new QueryNames(query, () => source);
  const { queryId } = source;
  const columns: ScopeColumn[] = [
    ...keyColumns(source).map(({ name, type }): ScopeColumn => ({ name, type, role: 'key' })),
    ...valueColumns(source).map(({ name, type }): ScopeColumn => ({ name, type, role: 'value' })),
    ...(source.window === undefined
      ? []
      : ['WINDOWSTART', 'WINDOWEND'].map((name): ScopeColumn => ({ name, type: sqlTypes.bigint, role: 'window' }))),
    { name: 'ROWTIME', type: sqlTypes.bigint, role: 'pseudo' },
  ];
  const scope = { columns };
  const bind = newBindContext(scope, context.functions ?? FunctionRegistry.builtIn, catalog.types, 'Select', settings);
  if (query.where !== undefined) names.check(names.qualify(query.where), 'WHERE');
  const items = query.select.flatMap((item): { name: string; flat: Expression }[] => {
    if (item.kind === 'all') {
      return starOrder(scope).map((name) => ({ name, flat: { kind: 'column', name, span: item.span } }));
    }
    const qualified = names.qualify(item.expression);
    names.check(qualified, 'SELECT');
    return [{ name: item.alias ?? names.aliasFor(qualified), flat: names.flatten(qualified) }];
  });
  for (const { flat } of items) {
    visit(flat, (part) => {
      if (part.kind === 'call' && bind.functions.aggregate(part.name) !== undefined) {
        throw invalid(`Pull queries don't support GROUP BY clauses.${help}`, part.span);
      }
      return undefined;
    });
  }
  const bound = items.map(({ name, flat }) => {
    const value = bindExpression(flat, bind);
    if (value.type === undefined) throw untypedNull();
    const key =
      flat.kind === 'column' &&
      columns.some((column) => column.name === flat.name && (column.role === 'key' || column.role === 'window'));
    return { name, type: value.type, key, expression: value.expression };
  });
  const twice = bound.find(({ name }, i) => bound.findIndex((one) => one.name === name) !== i);
  if (twice !== undefined)
    throw invalid(`Duplicate value columns found in schema: \`${twice.name}\` ${twice.type.kind}`, query.span);
  if (queryId === undefined || !catalog.queries.has(queryId)) {
    throw invalid(
      `The \`${source.name}\` table isn't queryable. To derive a queryable table, you can do 'CREATE TABLE QUERYABLE_${source.name} AS SELECT * FROM ${source.name}'. See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.`,
      query.span,
    );
  }
  const where = query.where && names.flatten(magicTimestamps(names.qualify(query.where)));
  const inWhere: BindContext = { ...bind, clause: 'Predicate' };
  if (where !== undefined) {
    checkKeyLists(where, keyColumns(source));
    checkBetween(where, inWhere);
  }
  const predicate = where && inClause('WHERE', where, inWhere);
  const keys = predicate && lookupKeys(predicate, keyColumns(source).length);
  const why = settings.tableScanEnabled ? undefined : scanReason(where, keyColumns(source), settings.rangeScanEnabled);
  if (why !== undefined) {
    throw invalid(
      `${why} See https://cnfl.io/queries for more info.\nAdd EMIT CHANGES if you intended to issue a push query.\nPull queries require a WHERE clause that:\n - includes a key equality expression, e.g. \`SELECT * FROM X WHERE <key-column> = Y;\`.\nIf more flexible queries are needed, table scans can be enabled by setting ksql.query.pull.table.scan.enabled=true.`,
      query.span,
    );
  }
  const lines = [
    `Result (${bound.map(({ name, expression }) => `${name} := ${expressionText(expression, columns)}`).join(', ')})${query.limit === undefined ? '' : ` limit=${query.limit}`}`,
    ...(predicate ? [`  Filter ${expressionText(predicate, columns)}`] : []),
    `    ${keys === undefined ? 'TableScan' : `KeyLookup ${JSON.stringify(keys)}`} ${source.name} query=${queryId}`,
  ];
  return {
    do: 'pull',
    queryId,
    source,
    ...(keys && { keys }),
    ...(predicate && { predicate }),
    select: bound.map(({ expression }) => expression),
    columns: bound.map(({ name, type, key }): ResultColumn => ({ name, type, key })),
    ...(query.limit !== undefined && { limit: query.limit }),
    logical: lines.join('\n'),
  };
}

/** BETWEEN is compiled late in ksqlDB, and its faults are told differently. @throws */
function checkBetween(where: Expression, context: BindContext): void {
  visit(where, (part) => {
    if (part.kind !== 'between') return undefined;
    try {
      bindExpression(part, context);
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      throw invalid(`Invalid expression: ${error.message}. expression: ${printExpression(part)}`, part.span);
    }
    return undefined;
  });
}

/** The keys that a condition asks for, when it can be true for no others; undefined when all rows have to be looked at. */
function lookupKeys(predicate: PlanExpression, count: number): PlanLiteral[][] | undefined {
  if (predicate.kind === 'or') {
    const [left, right] = [lookupKeys(predicate.left, count), lookupKeys(predicate.right, count)];
    return left && right && unique([...left, ...right]);
  }
  const conjuncts = flatten(predicate);
  const disjunction = conjuncts.find((one) => one.kind === 'or');
  const values = Array.from({ length: count }, (_, index) => {
    for (const one of conjuncts) {
      const literals = equalTo(one, index);
      if (literals !== undefined) return literals;
    }
    return undefined;
  });
  if (values.every((one) => one !== undefined) && count > 0) {
    return unique(
      (values as PlanLiteral[][]).reduce<PlanLiteral[][]>(
        (rows, of) => rows.flatMap((row) => of.map((value) => [...row, value])),
        [[]],
      ),
    );
  }
  return disjunction === undefined || conjuncts.length === 0 ? undefined : lookupKeys(disjunction, count);
}

function flatten(expression: PlanExpression): PlanExpression[] {
  return expression.kind === 'and' ? [...flatten(expression.left), ...flatten(expression.right)] : [expression];
}

/** The literals that the key column `index` must equal one of. */
function equalTo(expression: PlanExpression, index: number): PlanLiteral[] | undefined {
  if (expression.kind === 'or') {
    const [left, right] = [equalTo(expression.left, index), equalTo(expression.right, index)];
    return left && right && [...left, ...right];
  }
  if (expression.kind !== 'call' || !expression.function.startsWith('compare-eq:')) return undefined;
  const [a, b] = expression.args as [PlanExpression, PlanExpression];
  const [column, literal] = a.kind === 'column' ? [a, b] : [b, a];
  return column.kind === 'column' && column.index === index && literal.kind === 'literal' && literal.value !== null
    ? [literal.value]
    : undefined;
}

function unique(rows: readonly PlanLiteral[][]): PlanLiteral[][] {
  const seen = new Set<string>();
  return rows.filter((row) => {
    const text = JSON.stringify(row);
    return !seen.has(text) && seen.add(text);
  });
}
