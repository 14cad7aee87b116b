/** INSERT INTO … VALUES: constant expressions as values of the source's columns. */
import type { DataSource } from '../../catalog/source.ts';
import type { PlanExpression, PlanLiteral } from '../../expression.ts';
import { evaluate as evaluateConstant } from '../../functions/evaluate.ts';
import type { FunctionContext } from '../../functions/declaration.ts';
import { functionLookup } from '../../functions/lookup.ts';
import { messageOf } from '../../../core/errors.ts';
import { FunctionRegistry } from '../../functions/registry.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { isNumeric, isTime, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import type { StatementOf } from './ast.ts';
import { castTo, convertLiteral, literal } from './bound.ts';
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
  const constant = build(bound, type);
  if (constant === undefined) throw fail();
  try {
    return insertValue(
      evaluateConstant(constant, { functions: functionLookup(planning.world ?? noWorld), cast: castConstant }),
      type,
    );
  } catch (error) {
    throw failed(messageOf(error));
  }
}

const noWorld: FunctionContext = { now: refuse, random: refuse, uuid: refuse };

function refuse(): never {
  throw invalid('A value that is different each time cannot be inserted here.');
}

/** A cast of a constant. @throws when the value is none of the type */
function castConstant(value: unknown, from: SqlType, to: SqlType): unknown {
  const literalOf = typeof value === 'bigint' ? String(value) : (value as PlanLiteral);
  if (to.kind === 'BYTES') return Buffer.from(String(value), 'base64');
  const converted = convertLiteral(literalOf, from, to);
  if (converted === undefined)
    throw invalid(`${typeText(from)} ${String(value)} cannot be converted to ${typeText(to)}`);
  return to.kind === 'BIGINT' && typeof converted === 'string' ? BigInt(converted) : converted;
}

/** A plain value as plans keep it. */
function insertValue(value: unknown, type: SqlType): InsertValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return type.kind === 'ARRAY' ? value.map((item) => insertValue(item, type.element)) : null;
  if (typeof value !== 'object') return value as PlanLiteral;
  const typeOf = (name: string): SqlType =>
    (type.kind === 'MAP'
      ? type.value
      : type.kind === 'STRUCT'
        ? type.fields.find((field) => field.name === name)?.type
        : undefined) ?? sqlTypes.string;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, insertValue(item, typeOf(name))]));
}

/** What may be inserted into what: the same, a narrower number, text for times and numbers. */
function fits({ type: from, expression }: Bound, to: SqlType): boolean {
  if (from === undefined || sameType(from, to)) return true;
  if (isNumeric(from) && isNumeric(to)) return true;
  if (from.kind === 'STRING') return isTime(to) || isNumeric(to) || to.kind === 'BYTES' || to.kind === 'BOOLEAN';
  return from.kind === to.kind && ['ARRAY', 'MAP', 'STRUCT'].includes(to.kind) && expression.kind !== 'column';
}

/** The expression in the column's type, also inside of structures; undefined when a structure is not spelled out. */
function build(bound: Bound, type: SqlType): PlanExpression | undefined {
  const { expression } = bound;
  if (bound.type === undefined || sameType(bound.type, type)) return castTo(bound, type);
  const part = (one: PlanExpression, of: SqlType): PlanExpression | undefined =>
    build({ expression: one, type: one.type }, of);
  if (type.kind === 'STRUCT') {
    if (expression.kind !== 'struct') return undefined;
    const fields = type.fields.map((field) => {
      const own = expression.fields.find(({ name }) => name === field.name);
      return { name: field.name, value: own === undefined ? literal(null, field.type) : part(own.value, field.type) };
    });
    return fields.every((field) => field.value !== undefined)
      ? { kind: 'struct', fields: fields as { name: string; value: PlanExpression }[], type }
      : undefined;
  }
  if (type.kind !== 'ARRAY' && type.kind !== 'MAP') return castTo(bound, type);
  if (expression.kind !== 'call' || !/^new-(array|map):/.test(expression.function)) return undefined;
  const args = expression.args.map((arg, i) =>
    part(arg, type.kind === 'ARRAY' ? type.element : i % 2 === 0 ? type.key : type.value),
  );
  return args.includes(undefined) ? undefined : { ...expression, args: args as PlanExpression[], type };
}
