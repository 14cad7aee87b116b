/** One answer of the server as text, in the layout that ksqlDB's command line has for its kind. */
import { connectorText, functionText } from './connector-text.ts';
import { byName, listOf, objectOf, schemaText, textOf } from './entities.ts';
import type { Json, SchemaInfo } from './entities.ts';
import { queryDescriptionText } from './query-text.ts';
import { sourceDescriptionText } from './source-text.ts';
import { listTable } from './tables.ts';

type Printer = (entity: Json, width: number) => string;

/** The text with its warnings; JSON when the kind is unknown. Ends with a line break. */
export function entityText(entity: Json, width: number): string {
  const printer = printers[textOf(entity, '@type')];
  const text = printer === undefined ? `${JSON.stringify(entity)}\n` : printer(entity, width);
  const warnings = listOf(entity, 'warnings').map((warning) => `WARNING: ${textOf(warning, 'message')}\n`);
  return text + warnings.join('');
}

const message = (text: string, width: number): string => listTable(['Message'], [[text]], width);

const sources =
  (kind: string, field: string): Printer =>
  (entity, width) =>
    listTable(
      [`${kind} Name`, 'Kafka Topic', 'Key Format', 'Value Format', 'Windowed'],
      listOf(entity, field)
        .map((one) => ['name', 'topic', 'keyFormat', 'valueFormat', 'isWindowed'].map((name) => textOf(one, name)))
        .sort(byFirst),
      width,
    );

const byFirst = (a: readonly string[], b: readonly string[]): number => byName(a[0] ?? '', b[0] ?? '');

const printers: Readonly<Record<string, Printer>> = {
  currentStatus: (entity, width) =>
    message(textOf(objectOf(entity, 'commandStatus'), 'message').split('\n')[0] ?? '', width),
  warning_entity: (entity, width) => message(textOf(entity, 'message'), width),
  connector_info: (entity, width) => message(`Created connector ${textOf(objectOf(entity, 'info'), 'name')}`, width),
  drop_connector: (entity, width) => message(`Dropped connector "${textOf(entity, 'connectorName')}"`, width),
  terminate_query: (entity, width) => message(`Terminated query "${textOf(entity, 'queryId')}"`, width),
  executionPlan: (entity, width) => listTable(['Execution Plan'], [[textOf(entity, 'executionPlan')]], width),
  streams: sources('Stream', 'streams'),
  tables: sources('Table', 'tables'),
  queries: queriesText,
  properties: propertiesText,
  kafka_topics: (entity, width) =>
    listTable(['Kafka Topic', 'Partitions', 'Partition Replicas'], listOf(entity, 'topics').map(topicRow), width),
  kafka_topics_extended: (entity, width) =>
    listTable(
      ['Kafka Topic', 'Partitions', 'Partition Replicas', 'Consumers', 'ConsumerGroups'],
      listOf(entity, 'topics').map((topic) => [
        ...topicRow(topic),
        ...['consumerCount', 'consumerGroupCount'].map((name) => textOf(topic, name)),
      ]),
      width,
    ),
  function_names: functionNamesText,
  type_list: (entity, width) =>
    listTable(
      ['Type Name', 'Schema'],
      Object.entries(objectOf(entity, 'types'))
        .map(([name, schema]) => [name, schemaText(schema as SchemaInfo)])
        .sort(byFirst),
      width,
    ),
  variables: (entity, width) =>
    listTable(
      ['Variable Name', 'Value'],
      listOf(entity, 'variables')
        .map((one) => [textOf(one, 'name'), textOf(one, 'value')])
        .sort(byFirst),
      width,
    ),
  connector_list: (entity, width) =>
    listTable(
      ['Connector Name', 'Type', 'Class', 'Status'],
      listOf(entity, 'connectors').map((one) => [
        textOf(one, 'name'),
        (textOf(one, 'type') || 'unknown').toUpperCase(),
        textOf(one, 'className'),
        textOf(one, 'state'),
      ]),
      width,
    ),
  connector_plugins_list: (entity, width) =>
    listTable(
      ['Class', 'Type', 'Version'],
      listOf(entity, 'connectorsPlugins').map((one) => [
        textOf(one, 'className'),
        (textOf(one, 'type') || 'unknown').toUpperCase(),
        textOf(one, 'version'),
      ]),
      width,
    ),
  connector_description: connectorText,
  describe_function: functionText,
  sourceDescription: (entity, width) => sourceDescriptionText(objectOf(entity, 'sourceDescription'), width),
  source_descriptions: (entity, width) =>
    listOf(entity, 'sourceDescriptions')
      .map((one) => `${sourceDescriptionText(one, width)}\n`)
      .join(''),
  queryDescription: (entity, width) => queryDescriptionText(objectOf(entity, 'queryDescription'), width),
  query_descriptions: (entity, width) =>
    listOf(entity, 'queryDescriptions')
      .map((one) => `${queryDescriptionText(one, width)}\n`)
      .join(''),
  assert_topic: (entity) => `Topic ${textOf(entity, 'topicName')}${existence(entity)}.\n`,
  assert_schema: (entity) => {
    const subject = textOf(entity, 'subject');
    const id = textOf(entity, 'id');
    return `Schema with${subject && ` subject ${subject}`}${id && ` id ${id}`}${existence(entity)}.\n`;
  },
};

function existence(entity: Json): string {
  return entity['exists'] === true ? ' exists' : ' does not exist';
}

/** Replicas once when all partitions have as many. */
function topicRow(topic: Json): string[] {
  const replicas = listOf<number>(topic, 'replicaInfo');
  const shown = new Set(replicas).size > 1 ? replicas.join(', ') : String(replicas[0] ?? 0);
  return [textOf(topic, 'name'), String(replicas.length), shown];
}

function queriesText(entity: Json, width: number): string {
  const rows = listOf(entity, 'queries').map((query) => [
    textOf(query, 'id'),
    textOf(query, 'queryType'),
    Object.entries(objectOf(query, 'statusCount'))
      .map(([state, count]) => `${state}:${count}`)
      .join(','),
    listOf<string>(query, 'sinks').join(','),
    listOf<string>(query, 'sinkKafkaTopics').join(','),
    textOf(query, 'queryString').replaceAll('\n', ' '),
  ]);
  return listTable(
    ['Query ID', 'Query Type', 'Status', 'Sink Name', 'Sink Kafka Topic', 'Query String'],
    rows,
    width,
    'For detailed information on a Query run: EXPLAIN <Query ID>;',
  );
}

function propertiesText(entity: Json, width: number): string {
  const overwritten = new Set(listOf<string>(entity, 'overwrittenProperties'));
  const defaults = new Set(listOf<string>(entity, 'defaultProperties'));
  const rows = listOf(entity, 'properties').map((property) => {
    const name = textOf(property, 'name');
    const override = overwritten.has(name) ? 'SESSION' : defaults.has(name) ? '' : 'SERVER';
    return [name, textOf(property, 'scope'), override, property['value'] === null ? 'NULL' : textOf(property, 'value')];
  });
  return listTable(['Property', 'Scope', 'Default override', 'Effective Value'], rows.sort(byFirst), width);
}

/** By category, with an empty row between categories. */
function functionNamesText(entity: Json, width: number): string {
  const rows = listOf(entity, 'functions')
    .map((one) => [textOf(one, 'name'), textOf(one, 'category')])
    .sort((a, b) => byName(a[1] ?? '', b[1] ?? '') || byFirst(a, b));
  const spaced = rows.flatMap((row, i) => (i > 0 && rows[i - 1]?.[1] !== row[1] ? [[' ', ' '], row] : [row]));
  return listTable(
    ['Function Name', 'Category'],
    spaced,
    width,
    'For detailed information about a function, run: DESCRIBE FUNCTION <Function Name>;',
  );
}
