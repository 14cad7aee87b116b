/** CREATE STREAM and CREATE TABLE over a topic: columns declared or inferred, formats, topic, schemas. */
import type { DataSource, FormatSpec, SourceColumn } from '../../catalog/source.ts';
import type { LogicalSink } from '../../logical/sink.ts';
import { planPhysical } from '../../physical/planner.ts';
import { invalid, within } from '../../sql-error.ts';
import { sameType, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import type { ColumnElement, StatementOf } from './ast.ts';
import { checkFormat, formatName, infersSchema, sideColumns } from './formats.ts';
import { place } from './names.ts';
import type { PlanContext, SchemaRegistration, StatementPlan, TopicNeed } from './plan.ts';
import { checkKeyType } from './projection.ts';
import { checkFormatSettings, readProperties, singleValue } from './properties.ts';
import type { SourceProperties } from './properties.ts';
import { sourceRelation } from './relation.ts';
import { inferColumns, registrationFor } from './schemas.ts';
import { isSystemColumn } from './scope.ts';
import { readSettings } from './settings.ts';
import type { PlanningSettings } from './settings.ts';
import { checkReplaceable } from './upgrade.ts';
import { resolveType } from './types.ts';

type CreateSource = StatementOf<'create-source'>;

/** The formats of a CREATE, with the session's defaults put in. */
export function sourceFormats(
  properties: SourceProperties,
  settings: PlanningSettings,
): { readonly key: FormatSpec; readonly value: FormatSpec } {
  if (properties.valueFormat === undefined && settings.defaultValueFormat === undefined) {
    throw invalid(
      "Statement is missing the 'VALUE_FORMAT' property from the WITH clause. Either provide one or set a default via the 'ksql.persistence.default.format.value' config.",
    );
  }
  return {
    key: { format: properties.keyFormat ?? formatName(settings.defaultKeyFormat), ...properties.key },
    value: { format: properties.valueFormat ?? formatName(settings.defaultValueFormat ?? ''), ...properties.value },
  };
}

/** Which sides of a CREATE take their columns from a registered schema. @throws when that cannot be */
export function inferredSides(
  statement: CreateSource,
  formats: { readonly key: FormatSpec; readonly value: FormatSpec },
): ('key' | 'value')[] {
  const isKey = ({ constraint }: ColumnElement): boolean =>
    constraint?.kind === 'KEY' || constraint?.kind === 'PRIMARY KEY';
  const isHeader = ({ constraint }: ColumnElement): boolean =>
    constraint?.kind === 'HEADERS' || constraint?.kind === 'HEADER';
  const has = {
    key: statement.columns.some(isKey),
    value: statement.columns.some((one) => !isKey(one) && !isHeader(one)),
  };
  return (['key', 'value'] as const).filter((side) => {
    const spec = formats[side];
    const upper = side.toUpperCase();
    if (spec.schemaId !== undefined) {
      if (!infersSchema(spec.format)) {
        throw invalid(
          `${upper}_FORMAT should support schema inference when ${upper}_SCHEMA_ID is provided. Current format is ${spec.format}.`,
        );
      }
      if (has[side]) throw invalid(`Table elements and ${upper}_SCHEMA_ID cannot both exist for create statement.`);
      return true;
    }
    return !has[side] && infersSchema(spec.format);
  });
}

export function planCreateSource(statement: CreateSource, context: PlanContext): StatementPlan {
  const { catalog } = context;
  const settings = readSettings(context.session);
  const properties = readProperties(statement.properties, 'source');
  const type = statement.source === 'STREAM' ? 'stream' : 'table';
  const { name } = statement;
  checkElements(statement, settings);
  const formats = sourceFormats(properties, settings);
  const topic = properties.topic as string;
  const inferred = inferredSides(statement, formats);
  for (const spec of [formats.key, formats.value]) checkFormatSettings(spec);
  const existing = catalog.sources.get(name);
  const columns = sourceColumns(statement, inferred, formats, topic, context);
  if (columns.length === 0) throw invalid('No columns supplied.');
  if (existing !== undefined && !statement.orReplace) {
    if (statement.ifNotExists) {
      return {
        do: 'nothing',
        message: `Cannot add ${type} \`${name}\`: A ${existing.kind.toLowerCase()} with the same name already exists.`,
      };
    }
    throw invalid(
      `Cannot add ${type} '${name}': A ${existing.kind.toLowerCase()} with the same name already exists`,
      statement.span,
    );
  }
  checkColumns(statement, columns);
  if (statement.orReplace && (statement.readOnly || existing?.readOnly === true)) {
    throw invalid(
      `Cannot add ${type} '${name}': CREATE OR REPLACE is not supported on source ${type}s.`,
      statement.span,
    );
  }
  const valueCount = columns.filter((column) => column.place === 'value').length;
  const source: DataSource = {
    kind: statement.source,
    name,
    columns,
    topic,
    keyFormat: formats.key,
    valueFormat: singleValue(formats.value, valueCount, settings.wrapSingleValues),
    ...(properties.window && { window: properties.window }),
    ...(properties.timestamp && { timestamp: checkedTimestamp(statement, properties.timestamp, columns) }),
    readOnly: statement.readOnly,
    sqlText: context.text,
  };
  checkFormat(source.keyFormat, sideColumns(source, 'key'), 'key');
  checkFormat(source.valueFormat, sideColumns(source, 'value'), 'value');
  if (existing !== undefined) checkReplaceable(existing, source);
  const registrations = (['key', 'value'] as const).flatMap((side): SchemaRegistration[] => {
    if (inferred.includes(side)) return [];
    const one = registrationFor(
      side === 'key' ? source.keyFormat : source.valueFormat,
      sideColumns(source, side),
      topic,
      side,
      name,
    );
    return one === undefined ? [] : [{ ...one, onlyIfAbsent: true }];
  });
  const need = topicNeed(statement, properties, topic);
  if (statement.readOnly && statement.source === 'TABLE' && settings.sourceTablesRead)
    return planSourceTable(source, need, registrations, settings, context);
  return {
    do: 'ddl',
    changes: [{ change: 'put-source', source }],
    topic: need,
    registrations,
    terminate: [],
    message: statement.source === 'STREAM' ? 'Stream created' : 'Table created',
    entity: { type, name, action: 'create' },
  };
}

/** CREATE SOURCE TABLE: with a query that keeps its rows for pull queries. */
function planSourceTable(
  declared: DataSource,
  topic: TopicNeed,
  registrations: readonly SchemaRegistration[],
  settings: PlanningSettings,
  context: PlanContext,
): StatementPlan {
  const { name } = declared;
  const queryId = `CST_${name}_${context.nextQueryNumber}`;
  const source: DataSource = { ...declared, queryId };
  const { node } = sourceRelation({ alias: name, source }, { ...settings, autoOffsetReset: 'earliest' });
  const side = (place: 'key' | 'value') =>
    source.columns.flatMap((column, at) =>
      column.place === place ? [{ name: column.name, type: column.type, column: at }] : [],
    );
  const start = node.columns.findIndex((column) => column.name === 'WINDOWSTART');
  const logical: LogicalSink = {
    node: 'topic-sink',
    input: node,
    topic: source.topic,
    keyFormat: source.keyFormat,
    valueFormat: source.valueFormat,
    key: side('key'),
    value: side('value'),
    ...(source.window && { windowBounds: { start, end: start + 1 } }),
  };
  const plan = planPhysical(logical, { emit: 'change' });
  return {
    do: 'start-query',
    changes: [
      { change: 'put-source', source },
      { change: 'put-query', query: { id: queryId, kind: 'CREATE_SOURCE', sources: [name], sink: name } },
    ],
    topic,
    registrations,
    query: {
      queryId,
      plan: plan.root.node === 'topic-sink' ? { ...plan, root: { ...plan.root, silent: true } } : plan,
      logical,
      sources: [source],
      sink: source,
    },
    unchanged: false,
    message: `Created query with ID ${queryId}`,
    entity: { type: 'table', name, action: 'create' },
  };
}

function topicNeed(statement: CreateSource, properties: SourceProperties, topic: string): TopicNeed {
  const { partitions, replicas } = properties;
  const compacted = statement.source === 'TABLE' && !('cleanup.policy' in properties.config);
  const policy = compacted ? { 'cleanup.policy': properties.window === undefined ? 'compact' : 'compact,delete' } : {};
  return {
    topic,
    ...(partitions !== undefined && { partitions }),
    ...(replicas !== undefined && { replicas }),
    config: { ...policy, ...properties.config },
    mustExist: partitions === undefined,
  };
}

/** What the declared columns may be, before anything is looked up. */
function checkElements(statement: CreateSource, settings: PlanningSettings): void {
  const stream = statement.source === 'STREAM';
  for (const element of statement.columns) {
    const { constraint, name } = element;
    if (stream && constraint?.kind === 'PRIMARY KEY') {
      throw invalid(
        `${place(element)}Column \`${name}\` is a 'PRIMARY KEY' column: please use 'KEY' for streams.\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.`,
        element.span,
      );
    }
    if (!stream && constraint?.kind === 'KEY') {
      throw invalid(
        `${place(element)}Column \`${name}\` is a 'KEY' column: please use 'PRIMARY KEY' for tables.\nTables have PRIMARY KEYs, which are unique and NON NULL.\nStreams have KEYs, which have no uniqueness or NON NULL constraints.`,
        element.span,
      );
    }
    if ((constraint?.kind === 'HEADERS' || constraint?.kind === 'HEADER') && !settings.headerColumnsEnabled) {
      throw invalid('Cannot create Stream because schema with headers columns is disabled.', element.span);
    }
  }
  const names = statement.columns.map(({ name }) => name);
  const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
  if (twice.length > 0)
    throw invalid(`Duplicate column names: ${twice.map((name) => `\`${name}\``).join(', ')}`, statement.span);
  const headers = statement.columns.filter(({ constraint }) => constraint?.kind === 'HEADERS');
  const keyed = statement.columns.filter(({ constraint }) => constraint?.kind === 'HEADER');
  if (headers.length > 1 || (headers.length > 0 && keyed.length > 0)) {
    throw invalid(`Schema already contains a HEADERS column.`, statement.span);
  }
}

const headersType: SqlType = {
  kind: 'ARRAY',
  element: {
    kind: 'STRUCT',
    fields: [
      { name: 'KEY', type: { kind: 'STRING' } },
      { name: 'VALUE', type: { kind: 'BYTES' } },
    ],
  },
};

function sourceColumns(
  statement: CreateSource,
  inferred: readonly ('key' | 'value')[],
  formats: { readonly key: FormatSpec; readonly value: FormatSpec },
  topic: string,
  context: PlanContext,
): SourceColumn[] {
  const declared = statement.columns.map((element): SourceColumn => {
    const { name, constraint } = element;
    const type = resolveType(element.type, context.catalog.types);
    if (constraint?.kind === 'HEADERS' || constraint?.kind === 'HEADER') {
      const wanted: SqlType = constraint.kind === 'HEADERS' ? headersType : { kind: 'BYTES' };
      if (!sameType(type, wanted)) {
        const what = constraint.kind === 'HEADER' ? `HEADER('${constraint.key}')` : 'HEADERS';
        throw invalid(
          `Invalid type for ${what} column: expected ${typeText(wanted)}, got ${typeText(type)}`,
          element.span,
        );
      }
      return { name, type, place: 'headers', ...(constraint.kind === 'HEADER' && { header: constraint.key }) };
    }
    return { name, type, place: constraint === undefined ? 'value' : 'key' };
  });
  const of = (side: 'key' | 'value'): SourceColumn[] =>
    inferred.includes(side)
      ? inferColumns(formats[side], topic, side, context.schemas).map(({ name, type }) => ({ name, type, place: side }))
      : declared.filter((column) => column.place === side);
  const keys = of('key');
  // Values and headers keep the order in which they were declared, unless values were inferred.
  const rest = inferred.includes('value')
    ? [...declared.filter((column) => column.place === 'headers'), ...of('value')]
    : declared.filter((column) => column.place !== 'key');
  return [...keys, ...rest];
}

function checkColumns(statement: CreateSource, columns: readonly SourceColumn[]): void {
  for (const { name } of columns) {
    if (isSystemColumn(name.toUpperCase()) && isSystemColumn(name)) {
      throw invalid(`'${name}' is a reserved column name. You cannot use it as a name for a column.`, statement.span);
    }
  }
  const names = columns.map(({ name }) => name);
  const twice = columns.find(({ name }, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw invalid(`Duplicate column names: \`${twice.name}\``, statement.span);
  if (statement.source === 'TABLE' && !columns.some((column) => column.place === 'key')) {
    throw invalid(
      `Tables require a PRIMARY KEY. Please define the PRIMARY KEY.\nUse a partial schema to define the primary key and still load the value columns from the Schema Registry, for example:\n\tCREATE TABLE ${statement.name} (ID INT PRIMARY KEY) WITH (...);`,
      statement.span,
    );
  }
  for (const { name, type, place: where } of columns) if (where === 'key') checkKeyType(name, type);
}

function checkedTimestamp(
  { properties }: CreateSource,
  timestamp: NonNullable<SourceProperties['timestamp']>,
  columns: readonly SourceColumn[],
): NonNullable<SourceProperties['timestamp']> {
  return within(properties.get('TIMESTAMP')?.span, () => checkTimestamp(timestamp, columns));
}

/** The column of a TIMESTAMP property must be there and be a time. */
export function checkTimestamp<T extends { readonly column: string; readonly format?: string }>(
  timestamp: T,
  columns: readonly { readonly name: string; readonly type: SqlType }[],
): T {
  const found = columns.find(({ name }) => name === timestamp.column);
  if (found === undefined) {
    throw invalid(`The TIMESTAMP column set in the WITH clause does not exist in the schema: '${timestamp.column}'`);
  }
  if (found.type.kind === 'STRING') {
    if (timestamp.format === undefined) {
      throw invalid('A String timestamp field has been specified without also specifying the timestamp_format');
    }
    return timestamp;
  }
  if (timestamp.format !== undefined) {
    throw invalid(
      "'TIMESTAMP_FORMAT' set in the WITH clause can only be used when the timestamp column is of type STRING.",
    );
  }
  if (found.type.kind !== 'BIGINT' && found.type.kind !== 'TIMESTAMP') {
    throw invalid(
      `Timestamp column, \`${found.name}\`, should be LONG(INT64), TIMESTAMP, or a String with a timestamp_format specified.`,
    );
  }
  return timestamp;
}
