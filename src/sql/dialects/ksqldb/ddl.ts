/** DROP, ALTER, CREATE TYPE and DROP TYPE. */
import type { DataSource } from '../../catalog/source.ts';
import { subjectOf } from '../../catalog/source.ts';
import { invalid } from '../../sql-error.ts';
import { typeText } from '../../types.ts';
import type { StatementOf } from './ast.ts';
import { checkFormat, sideColumns } from './formats.ts';
import type { PlanContext, SchemaRegistration, StatementPlan } from './plan.ts';
import { alternatives } from './clauses.ts';
import { registrationFor } from './schemas.ts';
import { resolveType } from './types.ts';
import { isSystemColumn } from './scope.ts';

export function planDropSource(statement: StatementOf<'drop-source'>, { catalog }: PlanContext): StatementPlan {
  const { name, ifExists } = statement;
  const word = statement.source === 'STREAM' ? 'Stream' : 'Table';
  const source = catalog.sources.get(name);
  if (source === undefined) {
    if (ifExists) return { do: 'nothing', message: `Source \`${name}\` does not exist.` };
    throw invalid(`${word} ${name} does not exist.${alternatives(name, catalog)}`, statement.span);
  }
  if (source.kind !== statement.source) {
    throw invalid(
      `Incompatible data source type is ${source.kind}, but statement was DROP ${statement.source}`,
      statement.span,
    );
  }
  if (source.readOnly && statement.deleteTopic)
    throw invalid(`Cannot delete topic for read-only source: ${name}`, statement.span);
  const own = source.queryId;
  const readers = catalog.readersOf(name).filter(({ id }) => id !== own);
  const writers = catalog.writersOf(name).filter(({ id }) => id !== own);
  // Sources made by a query that reads this one have to go first; so do INSERT queries.
  const children = [...new Set(readers.filter(({ kind }) => kind === 'CREATE_AS').map(({ sink }) => sink))].sort();
  if (children.length > 0) {
    throw invalid(
      `Cannot drop ${name}.\nThe following streams and/or tables read from this source: [${children.join(', ')}].\nYou need to drop them before dropping ${name}.`,
      statement.span,
    );
  }
  const inserts = [...readers, ...writers].filter(({ kind }) => kind === 'INSERT');
  if (inserts.length > 0) {
    const list = (all: readonly { readonly id: string }[]): string =>
      `[${all
        .map(({ id }) => id)
        .sort()
        .join(', ')}]`;
    throw invalid(
      `Cannot drop ${name}.\nThe following queries read from this source: ${list(inserts.filter((one) => readers.includes(one)))}.\nThe following queries write into this source: ${list(inserts.filter((one) => writers.includes(one)))}.\nYou need to terminate them before dropping ${name}.`,
      statement.span,
    );
  }
  const queries = own !== undefined && catalog.queries.has(own) ? [own] : [];
  return {
    do: 'ddl',
    changes: [...queries.map((id) => ({ change: 'drop-query', id }) as const), { change: 'drop-source', name }],
    registrations: [],
    ...(statement.deleteTopic && { deleteTopic: { topic: source.topic, subjects: subjects(source) } }),
    terminate: queries,
    message: `Source \`${name}\` (topic: ${source.topic}) was dropped.`,
    entity: { type: source.kind === 'STREAM' ? 'stream' : 'table', name, action: 'drop' },
  };
}

function subjects(source: DataSource): string[] {
  const registered = ['AVRO', 'JSON_SR', 'PROTOBUF'];
  return (['key', 'value'] as const).flatMap((side) =>
    registered.includes((side === 'key' ? source.keyFormat : source.valueFormat).format)
      ? [subjectOf(source.topic, side)]
      : [],
  );
}

export function planAlterSource(statement: StatementOf<'alter-source'>, context: PlanContext): StatementPlan {
  const { catalog } = context;
  const { name } = statement;
  const type = statement.source === 'STREAM' ? 'stream' : 'table';
  const existing = catalog.sources.get(name);
  if (existing === undefined) throw invalid(`Source ${name} does not exist.`, statement.span);
  if (existing.kind !== statement.source) {
    throw invalid(
      `Incompatible data source type is ${existing.kind}, but statement was ALTER ${statement.source}`,
      statement.span,
    );
  }
  if (existing.readOnly)
    throw invalid(
      `Cannot alter ${type} '${name}': ALTER operations are not supported on source ${type}s.`,
      statement.span,
    );
  if (existing.queryId !== undefined)
    throw invalid('ALTER command is not supported for CREATE ... AS statements.', statement.span);
  const columns = [...existing.columns];
  for (const add of statement.add) {
    if (columns.some((column) => column.name === add.name)) {
      throw invalid(
        `Cannot add column \`${add.name}\` to schema. A column with the same name already exists.`,
        statement.span,
      );
    }
    if (isSystemColumn(add.name))
      throw invalid(
        `'${add.name}' is a reserved column name. You cannot use it as a name for a column.`,
        statement.span,
      );
    columns.push({ name: add.name, type: resolveType(add.type, catalog.types), place: 'value' });
  }
  const source: DataSource = { ...existing, columns, sqlText: `${existing.sqlText}\n${context.text}` };
  checkFormat(source.valueFormat, sideColumns(source, 'value'), 'value');
  const registration = registrationFor(source.valueFormat, sideColumns(source, 'value'), source.topic, 'value', name);
  const registrations: SchemaRegistration[] = registration === undefined ? [] : [registration];
  return {
    do: 'ddl',
    changes: [{ change: 'put-source', source }],
    registrations,
    terminate: [],
    message: `${statement.source === 'STREAM' ? 'Stream' : 'Table'} ${name} altered.`,
    entity: { type, name, action: 'alter' },
  };
}

export function planCreateType(statement: StatementOf<'create-type'>, { catalog }: PlanContext): StatementPlan {
  const { name } = statement;
  const type = resolveType(statement.type, catalog.types);
  const existing = catalog.types.get(name);
  if (existing !== undefined) {
    const message = `${name} is already registered with type ${typeText(existing)}`;
    if (statement.ifNotExists) return { do: 'nothing', message };
    throw invalid(
      `Cannot register custom type '${name}' since it is already registered with type: ${typeText(existing)}`,
      statement.span,
    );
  }
  return {
    do: 'ddl',
    changes: [{ change: 'put-type', name, type }],
    registrations: [],
    terminate: [],
    message: `Registered custom type with name '${name}' and SQL type ${typeText(type)}`,
    entity: { type: 'type', name, action: 'create' },
  };
}

export function planDropType(statement: StatementOf<'drop-type'>, { catalog }: PlanContext): StatementPlan {
  const { name } = statement;
  if (!catalog.types.has(name)) {
    const message = `Type '${name}' does not exist`;
    if (statement.ifExists) return { do: 'nothing', message };
    throw invalid(`Type ${name} does not exist.`, statement.span);
  }
  return {
    do: 'ddl',
    changes: [{ change: 'drop-type', name }],
    registrations: [],
    terminate: [],
    message: `Dropped type '${name}'`,
    entity: { type: 'type', name, action: 'drop' },
  };
}
