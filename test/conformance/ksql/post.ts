/** What has to be there when a case has run: sources as they are described, topics, and none that is forbidden. */
import { sameType } from '../../../src/sql/types.ts';
import type { Catalog } from '../../../src/sql/catalog/catalog.ts';
import type { DataSource, FormatSpec, SourceColumn } from '../../../src/sql/catalog/source.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { schemaText } from '../../../src/sql/dialects/ksqldb/upgrade.ts';
import type { PhysicalNode } from '../../../src/sql/physical/plan.ts';
import type { Json, KsqlCase } from './cases.ts';
import type { PlannedCase } from './plan-case.ts';

/** Throws what is different; gives the internal topics of another engine's plan that the case names. */
export function checkPost(one: KsqlCase, planned: PlannedCase): string[] {
  const post = (one.json['post'] ?? {}) as Json;
  for (const wanted of (post['sources'] ?? []) as readonly Json[]) checkSource(wanted, planned.catalog);
  const { blacklist, topics = [] } = (post['topics'] ?? {}) as { blacklist?: string; topics?: readonly Json[] };
  if (blacklist !== undefined) checkForbidden(new RegExp(`^(?:${blacklist})$`), one, planned);
  const foreign: string[] = [];
  for (const topic of topics) {
    const name = String(topic['name']);
    if (name.startsWith('_confluent-ksql-')) foreign.push(name);
    else checkTopic(topic, name, planned.catalog);
  }
  return foreign;
}

function differs(what: string, wanted: unknown, got: unknown): never {
  throw new Error(`post: ${what} is ${String(got)}, wanted ${String(wanted)}`);
}

function same(what: string, wanted: string, got: string): void {
  if (wanted.toUpperCase() !== got.toUpperCase()) differs(what, wanted, got);
}

function checkSource(wanted: Json, catalog: Catalog): void {
  const name = String(wanted['name']);
  const source = catalog.sources.get(name) ?? catalog.sources.get(name.toUpperCase());
  if (source === undefined) throw new Error(`post: there is no source ${name}`);
  same(`the kind of ${name}`, String(wanted['type']), source.kind);
  if (typeof wanted['schema'] === 'string') checkSchema(wanted['schema'], source, catalog);
  const key = wanted['keyFormat'] as Json | string | undefined | null;
  if (typeof key === 'string') same(`the key format of ${name}`, key, source.keyFormat.format);
  else if (key !== undefined && key !== null) {
    same(`the key format of ${name}`, String(key['format']), source.keyFormat.format);
    same(`the key's window of ${name}`, String(key['windowType'] ?? 'none'), source.window?.type ?? 'none');
    const size = key['windowSize'];
    if (size !== undefined && size !== null)
      same(`the key's window size of ${name}`, String(size), String(source.window?.sizeMs));
  }
  const value = wanted['valueFormat'] as Json | string | undefined | null;
  if (value !== undefined && value !== null)
    same(
      `the value format of ${name}`,
      typeof value === 'string' ? value : String(value['format']),
      source.valueFormat.format,
    );
  checkFeatures(wanted['keyFeatures'], source.keyFormat, source, 'key');
  checkFeatures(wanted['valueFeatures'], source.valueFormat, source, 'value');
  const isSource = wanted['isSource'];
  if (typeof isSource === 'boolean' && isSource !== source.readOnly)
    differs(`isSource of ${name}`, isSource, source.readOnly);
}

function checkSchema(text: string, source: DataSource, catalog: Catalog): void {
  const wanted = columnsOf(text, source, catalog);
  const list = (place: 'key' | 'rest', columns: readonly SourceColumn[]): SourceColumn[] =>
    columns.filter((column) => (column.place === 'key') === (place === 'key'));
  for (const place of ['key', 'rest'] as const) {
    const [was, is] = [list(place, wanted), list(place, source.columns)];
    const equal =
      was.length === is.length &&
      was.every((column, i) => {
        const other = is[i] as SourceColumn;
        return (
          column.name === other.name &&
          column.place === other.place &&
          column.header === other.header &&
          sameType(column.type, other.type)
        );
      });
    if (!equal) differs(`the schema of ${source.name}`, text, schemaText(source.columns));
  }
}

/** The columns of a schema's text. The kind of key is written differently for streams and tables; a schema without key is allowed. */
function columnsOf(text: string, source: DataSource, catalog: Catalog): readonly SourceColumn[] {
  // A schema may have names that no statement can give to a column.
  const stream = text.replace(/\bPRIMARY KEY\b/g, 'KEY').replace(/\b(ROWOFFSET|ROWPARTITION|ROWTIME)\b/g, 'POST_$1');
  const sql = `CREATE STREAM schema_of_post (${stream}) WITH (KAFKA_TOPIC='t', PARTITIONS=1, KEY_FORMAT='JSON', VALUE_FORMAT='JSON');`;
  const [parsed] = parseKsql(sql);
  if (parsed === undefined) throw new Error(`post: no schema: ${text}`);
  const plan = planStatement(parsed, {
    catalog,
    session: {},
    schemas: new Map(),
    nextQueryNumber: 0,
    text: sql,
  });
  const change = plan.do === 'ddl' ? plan.changes.find((one) => one.change === 'put-source') : undefined;
  if (change?.change !== 'put-source') throw new Error(`post: no schema of ${source.name}: ${text}`);
  return change.source.columns.map((column) => ({ ...column, name: column.name.replace(/^POST_/, '') }));
}

/** Formats that keep a single key column bare unless told otherwise. */
const bothWays = new Set(['JSON', 'AVRO', 'JSON_SR', 'PROTOBUF', 'PROTOBUF_NOSR']);

function checkFeatures(wanted: unknown, format: FormatSpec, source: DataSource, side: 'key' | 'value'): void {
  if (!Array.isArray(wanted)) return;
  const columns = source.columns.filter(({ place }) => place === side);
  const unwrapped = side === 'key' && columns.length === 1 && bothWays.has(format.format) && format.wrapSingle !== true;
  const got =
    format.wrapSingle === undefined
      ? unwrapped
        ? ['UNWRAP_SINGLES']
        : []
      : [format.wrapSingle ? 'WRAP_SINGLES' : 'UNWRAP_SINGLES'];
  same(`the ${side} features of ${source.name}`, [...wanted].map(String).sort().join(), got.join());
}

function checkTopic(wanted: Json, name: string, catalog: Catalog): void {
  const source = [...catalog.sources.values()].findLast(({ topic }) => topic === name);
  if (source === undefined) throw new Error(`post: there is no topic ${name}`);
  for (const side of ['key', 'value'] as const) {
    const format = wanted[`${side}Format`] as Json | undefined;
    const got = side === 'key' ? source.keyFormat : source.valueFormat;
    if (format !== undefined) same(`the ${side} format of ${name}`, String(format['format']), got.format);
  }
}

function checkForbidden(pattern: RegExp, { json }: KsqlCase, { plans }: PlannedCase): void {
  const topics = ['inputs', 'outputs'].flatMap((name) =>
    ((json[name] ?? []) as readonly Json[]).map((record) => String(record['topic'])),
  );
  for (const plan of plans) {
    if (plan.do !== 'start-query') continue;
    const { queryId } = plan.query;
    const exchanges = exchangesOf(plan.query.plan.root.input);
    topics.push(...exchanges.map((name) => `_confluent-ksql-some.ksql.service.idquery_${queryId}-${name}-repartition`));
  }
  const found = topics.find((topic) => pattern.test(topic));
  if (found !== undefined) throw new Error(`post: there is the topic ${found}, which matches ${pattern.source}`);
}

/** Names of the steps that need rows brought together anew. */
function exchangesOf(node: PhysicalNode): string[] {
  if (node.node === 'source') return [];
  if ('left' in node) {
    const own = [node.leftExchange, node.rightExchange].flatMap((exchange) =>
      exchange === undefined ? [] : [exchange.name],
    );
    return [...own, ...exchangesOf(node.left), ...exchangesOf(node.right)];
  }
  const own = node.node === 'aggregate' && node.exchange !== undefined ? [node.exchange.name] : [];
  return [...own, ...exchangesOf(node.input)];
}
