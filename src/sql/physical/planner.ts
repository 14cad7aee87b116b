/**
 * Logical to physical: formats of bytes, when results come out, where rows have to be brought together.
 *
 * Settings that change a plan come as options; the caller reads them from wherever its dialect keeps them.
 */
import type { FormatSpec } from '../catalog/source.ts';
import type { LogicalAggregate } from '../logical/aggregate.ts';
import type { LogicalJoin } from '../logical/join.ts';
import type { LogicalNode } from '../logical/node.ts';
import type { LogicalSink, LogicalWriter } from '../logical/sink.ts';
import type { LogicalSource } from '../logical/source.ts';
import type { PlanExpression } from '../expression.ts';
import { protobufText } from '../protobuf-text.ts';
import type { SqlField } from '../types.ts';
import type {
  PhysicalJoin,
  PhysicalNode,
  PhysicalPlan,
  PhysicalSink,
  PhysicalSource,
  PlanExchange,
  SerdeFormat,
  SourceColumnOrigin,
} from './plan.ts';

export interface PlannerOptions {
  /** Changed rows come out at once (no cache) or at the commit. */
  readonly emit: 'change' | 'commit';
  /** As in the plan. */
  readonly failsWhole?: boolean;
}

export function planPhysical(sink: LogicalSink, options: PlannerOptions): PhysicalPlan {
  const input = plan(sink.input, options);
  const whole = options.failsWhole === true && { failsWhole: true };
  const { changelog } = sink.input;
  if (sink.node === 'result-sink') {
    const { columns, limit } = sink;
    return {
      version: 1,
      root: { node: 'result-sink', input, columns, changelog, ...(limit !== undefined && { limit }) },
      ...whole,
    };
  }
  const { topic, key, value, timestamp, timestampFormat, windowBounds } = sink;
  const windowed = sink.input.window;
  const root: PhysicalSink = {
    node: 'topic-sink',
    input,
    topic,
    keyFormat: serdeFormat(sink.keyFormat, 'key', key, sink.keyWriter),
    valueFormat: serdeFormat(sink.valueFormat, 'value', value, sink.valueWriter),
    key,
    value,
    changelog,
    ...(timestamp !== undefined && { timestamp }),
    ...(timestampFormat !== undefined && { timestampFormat }),
    ...(windowed && { windowedKey: windowed.type === 'SESSION' ? 'session' : 'time' }),
    ...(windowBounds && { window: windowBounds }),
  };
  return { version: 1, root, ...whole };
}

function plan(node: LogicalNode, options: PlannerOptions): PhysicalNode {
  switch (node.node) {
    case 'source':
      return source(node);
    case 'filter':
      return {
        node: 'filter',
        input: plan(node.input, options),
        predicate: node.predicate,
        ...(node.failure !== undefined && { failure: node.failure }),
        changelog: node.changelog,
      };
    case 'project':
      return { node: 'project', input: plan(node.input, options), columns: node.columns };
    case 'flat-map':
      return { node: 'flat-map', input: plan(node.input, options), functions: node.functions };
    case 'aggregate':
      return aggregate(node, options);
    case 'join':
      return join(node, options);
  }
}

function source(node: LogicalSource): PhysicalSource {
  const { source: of, badRecord, badTime, changelog, autoOffsetReset } = node;
  const side = (place: 'key' | 'value') => of.columns.filter((column) => column.place === place);
  const rowtime = of.timestamp && of.columns.findIndex((column) => column.name === of.timestamp?.column);
  return {
    node: 'source',
    topic: of.topic,
    keyFormat: serdeFormat(of.keyFormat, 'key', side('key')),
    valueFormat: serdeFormat(of.valueFormat, 'value', side('value')),
    columns: node.columns.map(({ name, type, origin }) => ({ name, type, origin: originOf(origin, name) })),
    changelog,
    badRecord,
    autoOffsetReset,
    ...(rowtime !== undefined && {
      rowtime: { column: rowtime, badTime, ...(of.timestamp?.format !== undefined && { format: of.timestamp.format }) },
    }),
    ...(of.window && { window: of.window }),
  };
}

function originOf(origin: LogicalSource['columns'][number]['origin'], name: string): SourceColumnOrigin {
  if (typeof origin === 'object') {
    return origin.header === undefined ? { from: 'headers' } : { from: 'header', name: origin.header };
  }
  return origin === 'key' || origin === 'value' ? { from: origin, name } : { from: origin };
}

/** The format of one side. A single key is a bare value in every format with a choice; a single value only when told. */
export function serdeFormat(
  spec: FormatSpec,
  side: 'key' | 'value',
  columns: readonly SqlField[],
  writer?: LogicalWriter,
): SerdeFormat {
  const wrapped = columns.length !== 1 || (spec.wrapSingle ?? (side === 'value' || !canUnwrap(spec)));
  const written = writer && { writer };
  const nullable = spec.nullableRepresentation && { nullable: spec.nullableRepresentation };
  switch (spec.format) {
    case 'NONE':
    case 'KAFKA':
      return { format: spec.format, wrapped: false };
    case 'DELIMITED':
      return { format: 'DELIMITED', wrapped: true, delimiter: spec.delimiter ?? ',' };
    case 'JSON':
      return { format: 'JSON', wrapped };
    case 'AVRO':
    case 'JSON_SR':
      return { format: spec.format, wrapped, ...written };
    case 'PROTOBUF':
      return {
        format: 'PROTOBUF',
        wrapped: true,
        ...written,
        ...(spec.schemaFullName !== undefined && { message: spec.schemaFullName }),
        ...nullable,
      };
    case 'PROTOBUF_NOSR':
      return { format: 'PROTOBUF_NOSR', wrapped: true, schema: protobufText(columns, nullable), ...nullable };
  }
}

function canUnwrap({ format }: FormatSpec): boolean {
  return format === 'JSON' || format === 'AVRO' || format === 'JSON_SR';
}

function aggregate(node: LogicalAggregate, options: PlannerOptions): PhysicalNode {
  const exchange = exchangeFor(
    node.input,
    node.keys.map(({ expression }) => expression),
    'Aggregate-GroupBy',
    'the group is not the key of the input',
  );
  return {
    node: 'aggregate',
    input: plan(node.input, options),
    keys: node.keys,
    nullKey: node.nullKey,
    ...(node.timeWindow && { window: node.timeWindow }),
    aggregates: node.aggregates.map(({ name, type, id, args, failures, limit }) => ({
      name,
      type,
      aggregate: { id, args, ...(failures && { failures }), ...(limit !== undefined && { limit }) },
    })),
    emit: node.emission === 'final' ? 'close' : options.emit,
    rowtime: 'max',
    ...(node.input.changelog === 'upsert' && { undo: true }),
    ...(exchange && { exchange }),
  };
}

function join(node: LogicalJoin, options: PlannerOptions): PhysicalJoin {
  const [left, right] = [plan(node.left, options), plan(node.right, options)];
  const key = node.columns.at(-1) as LogicalJoin['columns'][number];
  const why = 'the join key is not the key of the input';
  const leftExchange =
    node.kind === 'foreign-key' ? undefined : exchangeFor(node.left, [node.leftKey], 'Join-left', why);
  const rightExchange = exchangeFor(node.right, [node.rightKey], 'Join-right', why);
  const inputs = { left, right, key, ...(leftExchange && { leftExchange }), ...(rightExchange && { rightExchange }) };
  const { leftKey, rightKey } = node;
  const windowed = node.window && { windowedKeys: true };
  switch (node.kind) {
    case 'stream': {
      const { beforeMs, afterMs, graceMs, unmatched } = node.within as NonNullable<LogicalJoin['within']>;
      return {
        node: 'stream-join',
        type: node.type,
        ...inputs,
        leftKey,
        rightKey,
        beforeMs,
        afterMs,
        graceMs,
        unmatched,
        ...windowed,
        rowtime: 'max',
      };
    }
    case 'lookup':
      return {
        node: 'lookup-join',
        type: node.type as 'INNER' | 'LEFT',
        ...inputs,
        leftKey,
        rightKey,
        ...windowed,
        rowtime: 'left',
      };
    case 'table':
      return { node: 'table-join', type: node.type, ...inputs, leftKey, rightKey, ...windowed, rowtime: 'max' };
    case 'foreign-key':
      return {
        node: 'foreign-key-join',
        type: node.type as 'INNER' | 'LEFT',
        ...inputs,
        foreignKey: leftKey,
        rightKey,
        primaryKey: node.left.key,
        rowtime: 'max',
      };
  }
}

/** None when the input's key is just these expressions. */
function exchangeFor(
  input: LogicalNode,
  keys: readonly PlanExpression[],
  name: string,
  reason: string,
): PlanExchange | undefined {
  const same =
    keys.length === input.key.length && keys.every((key, i) => key.kind === 'column' && key.index === input.key[i]);
  return same ? undefined : { name, reason };
}
