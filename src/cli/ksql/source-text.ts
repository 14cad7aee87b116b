/** DESCRIBE as text: fields, and with EXTENDED the topic, the queries around it, statistics and offsets. */
import { byName, heading, line, listOf, objectOf, schemaText, textOf } from './entities.ts';
import type { FieldInfo, Json } from './entities.ts';
import { listTable } from './tables.ts';

export function sourceDescriptionText(source: Json, width: number): string {
  const kind = textOf(source, 'type');
  const fields = fieldsText(
    listOf<FieldInfo>(source, 'fields'),
    textOf(source, 'windowType'),
    kind.toUpperCase() === 'TABLE',
    width,
  );
  const name = line('Name', textOf(source, 'name'));
  if (source['extended'] !== true)
    return `${name}${fields}For runtime statistics and query details run: DESCRIBE <Stream,Table> EXTENDED;\n`;
  return [
    name,
    line('Type', kind),
    topicText(source),
    line('Statement', textOf(source, 'statement')),
    '\n',
    fields,
    constraintsText(listOf<string>(source, 'sourceConstraints')),
    queriesText(listOf(source, 'readQueries'), kind, 'read'),
    queriesText(listOf(source, 'writeQueries'), kind, 'write'),
    statisticsText(source, width),
    `(Statistics of the local KSQL server interaction with the Kafka topic ${textOf(source, 'topic')})\n`,
    groupsText(listOf(source, 'queryOffsetSummaries'), width),
  ].join('');
}

/** The table of fields; nothing when there are none. */
export function fieldsText(fields: readonly FieldInfo[], windowType: string, isTable: boolean, width: number): string {
  if (fields.length === 0) return '';
  const rows = fields.map((field) => [field.name, fieldType(field, windowType, isTable)]);
  return listTable(['Field', 'Type'], rows, width);
}

function fieldType({ schema, type, headerKey }: FieldInfo, windowType: string, isTable: boolean): string {
  const text = schemaText(schema);
  if (type === 'HEADER')
    return `${text.padEnd(16)} ${headerKey === undefined ? '(headers)' : `(header('${headerKey}'))`}`;
  if (type !== 'KEY') return text;
  const window = windowType === '' ? '' : ` (Window type: ${windowType})`;
  return `${text.padEnd(16)} ${isTable ? '(primary key)' : '(key)'}${window}`;
}

function topicText(source: Json): string {
  const topic = textOf(source, 'topic');
  const partitions = Number(source['partitions'] ?? 0);
  const size = partitions === 0 ? '' : ` (partitions: ${partitions}, replication: ${textOf(source, 'replication')})`;
  return [
    line('Timestamp field', textOf(source, 'timestamp') || 'Not set - using <ROWTIME>'),
    line('Key format', textOf(source, 'keyFormat')),
    line('Value format', textOf(source, 'valueFormat')),
    topic === '' ? '' : line('Kafka topic', topic + size),
  ].join('');
}

function constraintsText(names: readonly string[]): string {
  if (names.length === 0) return '';
  return heading('Sources that have a DROP constraint on this source', 50) + names.map((name) => `${name}\n`).join('');
}

function queriesText(queries: readonly Json[], kind: string, operation: 'read' | 'write'): string {
  if (queries.length === 0) return '';
  const lines = queries.map((query) => {
    const text = textOf(query, 'queryString').replaceAll('\n', ' ');
    return `${textOf(query, 'id')} (${textOf(query, 'state') || 'N/A'}) : ${text}\n`;
  });
  const title = heading(`Queries that ${operation} from this ${kind}`, 35);
  return `${title}${lines.join('')}\nFor query topology and execution plan please run: EXPLAIN <QueryId>\n`;
}

function statisticsText(source: Json, width: number): string {
  const stats = [...listOf(source, 'clusterStatistics'), ...listOf(source, 'clusterErrorStats')];
  if (stats.length === 0)
    return `\nLocal runtime statistics\n${'-'.repeat(24)}\n${textOf(source, 'statistics')}\n${textOf(source, 'errorStats')}\n`;
  const rows = stats
    .map((stat) => {
      const host = objectOf(stat, 'host');
      const value = Number(stat['value'] ?? 0).toFixed(0);
      const named = `${textOf(host, 'host')}:${textOf(host, 'port')}`;
      return [named, textOf(stat, 'name'), value.padStart(10), textOf(stat, 'timestamp')];
    })
    .sort((a, b) => byName(a[0] ?? '', b[0] ?? '') || byName(a[1] ?? '', b[1] ?? ''));
  const table = listTable(['Host', 'Metric', 'Value', 'Last Message'], rows, width);
  return `\nRuntime statistics by host\n${'-'.repeat(25)}\n${table}`;
}

/** How far the writing queries have read. */
function groupsText(groups: readonly Json[], width: number): string {
  if (groups.length === 0) return '';
  const texts = groups.map((group) => {
    const topics = listOf(group, 'topicSummaries');
    const none = topics.length === 0 ? '<no offsets committed by this group yet>\n' : '';
    return `\n${line('Consumer Group', textOf(group, 'groupId'))}${none}${topics.map((topic) => topicOffsetsText(topic, width)).join('')}`;
  });
  return `\nConsumer Groups summary:\n${texts.join('')}`;
}

function topicOffsetsText(topic: Json, width: number): string {
  const rows = listOf(topic, 'offsets').map((one) => {
    const lag = Number(one['logEndOffset']) - Number(one['consumerOffset']);
    return [
      ...['partition', 'logStartOffset', 'logEndOffset', 'consumerOffset'].map((name) => textOf(one, name)),
      String(lag),
    ];
  });
  const lags = rows.map((row) => Number(row.at(-1)));
  const lag = lags.length === 0 ? 0 : Math.max(...lags);
  const table = listTable(['Partition', 'Start Offset', 'End Offset', 'Offset', 'Lag'], rows, width);
  return `\n${line('Kafka topic', textOf(topic, 'kafkaTopic'))}${line('Max lag', String(lag))}\n${table}`;
}
