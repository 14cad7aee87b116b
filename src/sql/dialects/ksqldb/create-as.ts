/** CREATE … AS SELECT and INSERT INTO … SELECT: a query with a sink. */
import type { DataSource, FormatSpec, SourceColumn } from '../../catalog/source.ts';
import type { LogicalSink } from '../../logical/sink.ts';
import { rewrite } from '../../logical/rules/rewrite.ts';
import { planPhysical } from '../../physical/planner.ts';
import { FunctionRegistry } from '../../functions/registry.ts';
import { invalid, within } from '../../sql-error.ts';
import { sameType } from '../../types.ts';
import { StackError } from '../../../core/errors.ts';
import type { Expression } from '../../syntax/ast.ts';
import type { Query, SelectItem, StatementOf } from './ast.ts';
import { checkFormat, formatName, inheritedFormat } from './formats.ts';
import type { FormatColumn } from './formats.ts';
import { place } from './names.ts';
import { printStatement } from './print-statement.ts';
import type { PlanContext, SchemaRegistration, StatementPlan, TopicNeed } from './plan.ts';
import type { ProjectedColumn } from './projection.ts';
import { checkFormatSettings, readProperties, singleValue } from './properties.ts';
import type { SourceProperties } from './properties.ts';
import { lowerQuery } from './query.ts';
import type { LoweredQuery } from './query.ts';
import { inferColumns, registrationFor, writerOf } from './schemas.ts';
import { readSettings } from './settings.ts';
import type { PlanningSettings } from './settings.ts';
import { checkTimestamp } from './source-ddl.ts';
import { checkReplaceable, schemaText } from './upgrade.ts';

export function planCreateAs(statement: StatementOf<'create-as'>, context: PlanContext): StatementPlan {
  const settings = readSettings(context.session);
  const { catalog } = context;
  const { name, query } = statement;
  const type = statement.source === 'STREAM' ? 'stream' : 'table';
  const properties = readProperties(statement.properties, 'sink');
  if (query.limit !== undefined)
    throw invalid(`CREATE ${statement.source} AS SELECT statements don't support LIMIT clause.`, query.span);
  const lowered = within(query.span, () =>
    lowerQuery(
      query,
      { kind: 'persistent', sink: name },
      { catalog, functions: context.functions ?? FunctionRegistry.builtIn, settings },
    ),
  );
  if (lowered.kind !== statement.source) {
    throw invalid(
      lowered.kind === 'TABLE'
        ? 'Invalid result type. Your SELECT query produces a TABLE. Please use CREATE TABLE AS SELECT statement instead.'
        : 'Invalid result type. Your SELECT query produces a STREAM. Please use CREATE STREAM AS SELECT statement instead.',
      statement.span,
    );
  }
  const existing = catalog.sources.get(name);
  if (existing !== undefined && !statement.orReplace) {
    const kind = existing.kind.toLowerCase();
    if (statement.ifNotExists)
      return { do: 'nothing', message: `Cannot add ${type} \`${name}\`: A ${kind} with the same name already exists.` };
    throw invalid(`Cannot add ${type} '${name}': A ${kind} with the same name already exists`, statement.span);
  }
  if (existing?.readOnly === true)
    throw invalid(
      `Cannot add ${type} '${name}': CREATE OR REPLACE is not supported on source ${type}s.`,
      statement.span,
    );
  const { timestamp } = properties;
  if (timestamp !== undefined)
    within(statement.properties.get('TIMESTAMP')?.span, () =>
      checkTimestamp(timestamp, [...lowered.key, ...lowered.value]),
    );
  within(query.span, () => lowered.checkKey());
  const formats = sinkFormats(properties, lowered, settings);
  const topic = properties.topic ?? `${settings.topicPrefix}${name}`;
  const columns: SourceColumn[] = [
    ...lowered.key.map((column): SourceColumn => ({ name: column.name, type: column.type, place: 'key' })),
    ...lowered.value.map((column): SourceColumn => ({ name: column.name, type: column.type, place: 'value' })),
  ];
  const queryId =
    existing?.queryId ?? `C${statement.source === 'STREAM' ? 'S' : 'T'}AS_${name}_${context.nextQueryNumber}`;
  const window = lowered.node.window;
  const sink: DataSource = {
    kind: statement.source,
    name,
    columns,
    topic,
    keyFormat: formats.key,
    valueFormat: formats.value,
    ...(window &&
      lowered.windowBounds && {
        window: { type: window.type, ...(window.sizeMs !== undefined && { sizeMs: window.sizeMs }) },
      }),
    ...(properties.timestamp && { timestamp: properties.timestamp }),
    readOnly: false,
    sqlText: context.text,
    queryId,
  };
  withStatement(
    () => {
      checkFormat(sink.keyFormat, lowered.key, 'key');
      checkFormat(sink.valueFormat, lowered.value, 'value');
    },
    statement,
    lowered,
  );
  if (existing !== undefined) checkReplaceable(existing, sink);
  const { registrations, ...planned } = planSink(sink, lowered, queryId, settings, context);
  return {
    do: 'start-query',
    changes: [
      { change: 'put-source', source: sink },
      {
        change: 'put-query',
        query: { id: queryId, kind: 'CREATE_AS', sources: lowered.sources.map((source) => source.name), sink: name },
      },
    ],
    topic: sinkTopic(sink, properties, lowered),
    registrations,
    query: planned,
    ...(existing !== undefined && existing.queryId !== undefined && { replaces: existing.queryId }),
    unchanged: existing !== undefined && plainText(existing.sqlText) === plainText(context.text),
    message: `Created query with ID ${queryId}`,
    entity: { type, name, action: 'create' },
  };
}

export function planInsertQuery(statement: StatementOf<'insert-query'>, context: PlanContext): StatementPlan {
  const settings = readSettings(context.session);
  const { catalog } = context;
  const properties = readProperties(statement.properties, 'insert');
  const target = catalog.sources.get(statement.target);
  if (target === undefined) {
    const { line, column } = statement.span;
    throw invalid(
      `${place({ span: { line, column: column + 'INSERT INTO '.length } })}Source \`${statement.target}\` does not exist.`,
      statement.span,
    );
  }
  if (target.kind !== 'STREAM')
    throw invalid(`INSERT INTO can only be used to insert into a stream. ${target.name} is a table.`, statement.span);
  if (target.columns.some((column) => column.place === 'headers'))
    throw invalid(`Cannot insert into ${target.name} because it has header columns`, statement.span);
  if (target.readOnly) throw invalid(`Cannot insert into read-only stream: ${target.name}`, statement.span);
  if (statement.query.limit !== undefined)
    throw invalid("INSERT INTO statements don't support LIMIT clause.", statement.query.span);
  const lowered = within(statement.query.span, () => {
    const made = lowerQuery(
      statement.query,
      { kind: 'persistent', sink: target.name, target },
      { catalog, functions: context.functions ?? FunctionRegistry.builtIn, settings },
    );
    made.checkKey();
    return made;
  });
  if (lowered.kind !== target.kind) {
    throw invalid(
      `Incompatible data sink and query result. Data sink (${target.name}) type is KSTREAM but select query result is KTABLE.`,
      statement.span,
    );
  }
  const result: SourceColumn[] = [
    ...lowered.key.map((column): SourceColumn => ({ name: column.name, type: column.type, place: 'key' })),
    ...lowered.value.map((column): SourceColumn => ({ name: column.name, type: column.type, place: 'value' })),
  ];
  const compatible =
    result.length === target.columns.length &&
    result.every((column, i) => {
      const other = target.columns[i];
      return (
        other !== undefined &&
        other.place === column.place &&
        other.name === column.name &&
        sameType(other.type, column.type)
      );
    });
  if (!compatible) {
    throw invalid(
      `Incompatible schema between results and sink.\nResult schema is ${schemaText(result)}\nSink schema is ${schemaText(target.columns)}`,
      statement.span,
    );
  }
  const queryId = properties.queryId?.toUpperCase() ?? `INSERTQUERY_${context.nextQueryNumber}`;
  if (catalog.queries.has(queryId)) throw invalid(`Query ID '${queryId}' already exists.`, statement.span);
  const { registrations, ...planned } = planSink(target, lowered, queryId, settings, context);
  return {
    do: 'start-query',
    changes: [
      {
        change: 'put-query',
        query: {
          id: queryId,
          kind: 'INSERT',
          sources: lowered.sources.map((source) => source.name),
          sink: target.name,
        },
      },
    ],
    registrations,
    query: planned,
    unchanged: false,
    message: `Created query with ID ${queryId}`,
    entity: { type: 'stream', name: target.name, action: 'create' },
  };
}

function planSink(
  sink: DataSource,
  lowered: LoweredQuery,
  queryId: string,
  settings: PlanningSettings,
  context: PlanContext,
) {
  const side = (which: 'key' | 'value'): SchemaRegistration | undefined => {
    const columns: readonly ProjectedColumn[] = which === 'key' ? lowered.key : lowered.value;
    const spec = which === 'key' ? sink.keyFormat : sink.valueFormat;
    const fields = columns.map(({ name, type }) => ({ name, type }));
    if (spec.schemaId !== undefined) return registeredSide(spec, fields, sink.topic, which, context);
    return registrationFor(spec, fields, sink.topic, which, sink.name);
  };
  const [key, value] = [side('key'), side('value')];
  const [keyWriter, valueWriter] = [writerOf(key), writerOf(value)];
  const at =
    sink.timestamp &&
    [...lowered.key, ...lowered.value].find((column) => column.name === sink.timestamp?.column)?.column;
  const logical: LogicalSink = rewrite({
    node: 'topic-sink',
    input: lowered.node,
    topic: sink.topic,
    keyFormat: sink.keyFormat,
    valueFormat: sink.valueFormat,
    ...(keyWriter && { keyWriter }),
    ...(valueWriter && { valueWriter }),
    key: lowered.key,
    value: lowered.value,
    ...(at !== undefined && { timestamp: at }),
    ...(sink.timestamp?.format !== undefined && { timestampFormat: sink.timestamp.format }),
    ...(lowered.windowBounds && { windowBounds: lowered.windowBounds }),
  });
  return {
    registrations: [key, value].filter((one) => one !== undefined),
    queryId,
    plan: planPhysical(logical, settings),
    logical,
    sources: lowered.sources,
    sink,
  };
}

/** A sink with KEY_SCHEMA_ID or VALUE_SCHEMA_ID: the schema is given, and the columns have to fit it. */
function registeredSide(
  spec: FormatSpec,
  columns: readonly FormatColumn[],
  topic: string,
  side: 'key' | 'value',
  context: PlanContext,
): SchemaRegistration | undefined {
  const known = inferColumns(spec, topic, side, context.schemas);
  const odd = columns.filter(({ name, type }, i) => {
    const other = known[i];
    return other === undefined || other.name !== name || !sameType(other.type, type);
  });
  if (odd.length > 0) {
    const list = (all: readonly FormatColumn[]): string =>
      schemaText(all.map(({ name, type }) => ({ name, type, place: side })));
    throw invalid(
      `The following ${side} columns are changed, missing or reordered: [${list(odd)}]. Schema from schema registry is [${list(known)}]`,
    );
  }
  const registered = context.schemas.get(`${topic}-${side}`);
  const own = registrationFor(spec, columns, topic, side, '');
  if (own === undefined || registered === undefined) return own;
  const { references = [] } = registered;
  return { ...own, id: registered.id, schema: registered.schema, ...(references.length > 0 && { references }) };
}

function sinkFormats(
  properties: SourceProperties,
  lowered: LoweredQuery,
  settings: PlanningSettings,
): { key: FormatSpec; value: FormatSpec } {
  const from = lowered.sources[0] as DataSource;
  if (lowered.keyless && properties.keyFormat !== undefined && properties.keyFormat !== 'NONE') {
    throw invalid('Key format specified for stream without key columns.');
  }
  const inherited = lowered.keyless ? 'NONE' : from.keyFormat.format;
  const keyName =
    properties.keyFormat ??
    (inherited === 'NONE' && lowered.key.length > 0 ? formatName(settings.defaultKeyFormat) : inherited);
  const key = inheritedFormat(keyName, from.keyFormat, properties.key);
  const value = inheritedFormat(properties.valueFormat ?? from.valueFormat.format, from.valueFormat, properties.value);
  for (const spec of [key, value]) checkFormatSettings(spec);
  return { key, value: singleValue(value, lowered.value.length, settings.wrapSingleValues) };
}

function sinkTopic(sink: DataSource, properties: SourceProperties, lowered: LoweredQuery): TopicNeed {
  const { partitions, replicas } = properties;
  const table = sink.kind === 'TABLE' && !('cleanup.policy' in properties.config);
  const policy = table ? { 'cleanup.policy': sink.window === undefined ? 'compact' : 'compact,delete' } : {};
  return {
    topic: sink.topic,
    ...(partitions !== undefined && { partitions }),
    ...(replicas !== undefined && { replicas }),
    ...(lowered.sources[0] && { likeTopic: lowered.sources[0].topic }),
    config: { ...policy, ...properties.config },
    mustExist: false,
  };
}

/** ksqlDB's errors of this kind tell the statement as it understood it: every column with its source, every item with its name. */
function withStatement(check: () => void, statement: StatementOf<'create-as'>, { names }: LoweredQuery): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const { query } = statement;
    const qualified = (one: Expression): Expression => names.qualify(one);
    const list = (clause: Query['groupBy']): Query['groupBy'] =>
      clause && { ...clause, expressions: clause.expressions.map(qualified) };
    const { where, groupBy, partitionBy, having, ...rest } = query;
    const understood: Query = {
      ...rest,
      select: query.select.map((item): SelectItem => {
        if (item.kind === 'all') return item;
        const { expression } = item;
        const alias = item.alias ?? (expression.kind === 'column' ? expression.name : undefined);
        return { ...item, expression: qualified(expression), ...(alias !== undefined && { alias }) };
      }),
      ...(where && { where: qualified(where) }),
      ...(groupBy && { groupBy: list(groupBy) as NonNullable<Query['groupBy']> }),
      ...(partitionBy && { partitionBy: list(partitionBy) as NonNullable<Query['groupBy']> }),
      ...(having && { having: qualified(having) }),
    };
    const statementText = printStatement({ ...statement, query: understood }).replace(/;$/, '');
    throw new StackError(error.code, error.message, { cause: error, details: { ...error.details, statementText } });
  }
}

/** A statement without its layout. */
function plainText(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/;\s*$/, '').trim();
}
