/** INSERT INTO … VALUES: constant expressions as values of the source's columns. */
import type { DataSource } from '../../catalog/source.ts';
import type { PlanExpression } from '../../expression.ts';
import { FunctionRegistry } from '../../functions/registry.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { isNumeric, isTime, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import type { StatementOf } from './ast.ts';
import { castTo } from './bound.ts';
import type { Bound } from './bound.ts';
import { bindExpression, newBindContext } from './expressions.ts';
import { sideColumns } from './formats.ts';
import type { InsertValue, PlanContext, SchemaRegistration, StatementPlan } from './plan.ts';
import { printExpression } from './print.ts';
import { alternatives } from './clauses.ts';
import { registrationFor } from './schemas.ts';
import { visit } from './walk.ts';

export function planInsertValues(statement: StatementOf<'insert-values'>, context: PlanContext): StatementPlan {
  const source = target(statement, context);
  const failed = (why: string): Error =>
    invalid(`Failed to insert values into '${source.name}'. ${why}`, statement.span);
  const headers = source.columns.filter((column) => column.place === 'headers').map(({ name }) => name);
  const named = statement.columns.length === 0 ? headers : statement.columns.filter((name) => headers.includes(name));
  if (named.length > 0) throw invalid(`Cannot insert into HEADER columns: ${named.join(', ')}`, statement.span);
  const writable = source.columns.filter((column) => column.place !== 'headers');
  const columns = statement.columns.length > 0 ? statement.columns : writable.map(({ name }) => name);
  if (columns.length !== statement.values.length) {
    const list = (parts: readonly string[]): string => `[${parts.join(', ')}]`;
    throw failed(
      `Expected a value for each column. Expected Columns: ${list(columns.map((name) => `\`${name}\``))}. Got ${list(statement.values.map(printExpression))}`,
    );
  }
  let rowtimeMs: number | undefined;
  const values = new Map<string, InsertValue>();
  columns.forEach((name, i) => {
    const expression = statement.values[i] as Expression;
    if (name === 'ROWPARTITION' || name === 'ROWOFFSET')
      throw failed(`Inserting into column \`${name}\` is not allowed.`);
    const column = writable.find((one) => one.name === name);
    if (column === undefined && name !== 'ROWTIME') throw failed(`Column name \`${name}\` does not exist.`);
    const value = evaluate(expression, column?.type ?? sqlTypes.bigint, name, context, failed);
    if (column === undefined) rowtimeMs = value === null ? undefined : Number(value);
    else values.set(name, value);
  });
  const of = (place: 'key' | 'value'): InsertValue[] =>
    source.columns.filter((column) => column.place === place).map(({ name }) => values.get(name) ?? null);
  const key = of('key');
  if (source.kind === 'TABLE' && key.includes(null)) {
    const missing = source.columns.filter((column) => column.place === 'key').map(({ name }) => name);
    throw failed(
      `Failed to insert values into '${source.name}'. Value for primary key column(s) ${missing.join(', ')} is required for tables`.replace(
        `Failed to insert values into '${source.name}'. `,
        '',
      ),
    );
  }
  const registrations = (['key', 'value'] as const).flatMap((side): SchemaRegistration[] => {
    const one = registrationFor(
      side === 'key' ? source.keyFormat : source.valueFormat,
      sideColumns(source, side),
      source.topic,
      side,
      source.name,
    );
    return one === undefined ? [] : [{ ...one, onlyIfAbsent: true }];
  });
  return {
    do: 'insert-values',
    source,
    key,
    value: of('value'),
    ...(rowtimeMs !== undefined && { rowtimeMs }),
    registrations,
  };
}

function target(statement: StatementOf<'insert-values'>, { catalog }: PlanContext): DataSource {
  const source = catalog.sources.get(statement.target);
  if (source === undefined) {
    throw invalid(
      `Cannot insert values into an unknown stream/table: \`${statement.target}\`${alternatives(statement.target, catalog)}`,
      statement.span,
    );
  }
  if (source.window !== undefined) throw invalid('Cannot insert values into windowed stream/table!', statement.span);
  if (source.readOnly)
    throw invalid(`Cannot insert values into read-only ${source.kind.toLowerCase()}: ${source.name}`, statement.span);
  return source;
}

function evaluate(
  expression: Expression,
  type: SqlType,
  column: string,
  planning: PlanContext,
  failed: (why: string) => Error,
): InsertValue {
  visit(expression, (part) => {
    if (part.kind === 'column')
      throw failed(`Only constants can be inserted, but got the column ${printExpression(part)}`);
    return undefined;
  });
  const context = newBindContext(
    { columns: [] },
    planning.functions ?? FunctionRegistry.builtIn,
    planning.catalog.types,
    'Select',
  );
  const bound = bindExpression(expression, context);
  const fail = (): Error =>
    failed(
      `Expected type ${typeText(type)} for field \`${column}\` but got ${bound.type === undefined ? 'NULL' : typeText(bound.type)}(${printExpression(expression)})`,
    );
  if (!fits(bound, type)) throw fail();
  const value = constant(castTo(bound, type), type);
  if (value === undefined) throw fail();
  return value;
}

/** What may be inserted into what: the same, a narrower number, text for times and numbers. */
function fits({ type: from, expression }: Bound, to: SqlType): boolean {
  if (from === undefined || sameType(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (from.kind === 'STRING') return isTime(to) || isNumeric(to) || to.kind === 'BYTES' || to.kind === 'BOOLEAN';
  return from.kind === to.kind && ['ARRAY', 'MAP', 'STRUCT'].includes(to.kind) && expression.kind !== 'column';
}

/** The value of an expression of literals; undefined when it has to be computed. */
function constant(expression: PlanExpression, type: SqlType): InsertValue | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'cast':
      if (type.kind === 'BYTES' && expression.operand.kind === 'literal') return expression.operand.value;
      return constant(expression.operand, type);
    case 'struct': {
      if (type.kind !== 'STRUCT') return undefined;
      const out: Record<string, InsertValue> = {};
      for (const field of type.fields) {
        const own = expression.fields.find(({ name }) => name === field.name);
        const value =
          own === undefined
            ? null
            : constant(castTo({ expression: own.value, type: own.value.type }, field.type), field.type);
        if (value === undefined) return undefined;
        out[field.name] = value;
      }
      return out;
    }
    case 'call': {
      const part = (one: PlanExpression, of: SqlType): InsertValue | undefined =>
        constant(castTo({ expression: one, type: one.type }, of), of);
      if (expression.function.startsWith('new-array:') && type.kind === 'ARRAY') {
        const items = expression.args.map((arg) => part(arg, type.element));
        return items.includes(undefined) ? undefined : (items as InsertValue[]);
      }
      if (expression.function.startsWith('new-map:') && type.kind === 'MAP') {
        const out: Record<string, InsertValue> = {};
        for (let i = 0; i < expression.args.length; i += 2) {
          const key = part(expression.args[i] as PlanExpression, type.key);
          const value = part(expression.args[i + 1] as PlanExpression, type.value);
          if (key === undefined || value === undefined) return undefined;
          out[String(key)] = value;
        }
        return out;
      }
      return undefined;
    }
    default:
      return undefined;
  }
}
