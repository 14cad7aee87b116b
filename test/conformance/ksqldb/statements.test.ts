/** Statements that pause what runs, change sources, assert what is there and drive Kafka Connect, as curl sends them; the answers are ksqlDB's. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { curl, describePeer } from '../../peers.ts';

describePeer('curl', 'statements over /ksql', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ ports: 0, ksql: { 'ksql.streams.auto.offset.reset': 'earliest' } });
  });
  afterAll(() => stack?.stop());

  async function ksql(text: string): Promise<{ readonly status: number; readonly json: unknown }> {
    const { stdout, stderr } = await curl([
      ...['-X', 'POST', `${stack.ksqlUrl}/ksql`, '-H', 'Content-Type: application/vnd.ksql.v1+json; charset=utf-8'],
      ...['-d', JSON.stringify({ ksql: text, streamsProperties: {} }), '-w', '\n%{http_code}'],
    ]);
    const at = stdout.lastIndexOf('\n');
    expect(at, stderr).toBeGreaterThan(0);
    return { status: Number(stdout.slice(at + 1)), json: JSON.parse(stdout.slice(0, at)) };
  }

  /** The entity of one statement. */
  async function entity(text: string): Promise<unknown> {
    const { status, json } = await ksql(text);
    expect(status, JSON.stringify(json)).toBe(200);
    return (json as unknown[])[0];
  }

  /** What `LIST QUERIES` says of the one query. */
  const queries = async (): Promise<unknown> => (await entity('LIST QUERIES;')) as { queries: unknown[] };

  /** A command's answer. */
  const succeeded = (
    statementText: string,
    commandId: string,
    message: string,
    queryId: string | null = null,
  ): object => ({
    '@type': 'currentStatus',
    statementText,
    commandId,
    commandStatus: { status: 'SUCCESS', message, queryId },
    commandSequenceNumber: expect.any(Number) as number,
    warnings: [],
  });

  it('PAUSE and RESUME, of one query and of all', async () => {
    await entity("CREATE STREAM s (k STRING KEY, v INT) WITH (KAFKA_TOPIC='s', PARTITIONS=1, VALUE_FORMAT='JSON');");
    const created = (await entity('CREATE STREAM t AS SELECT * FROM s;')) as { commandStatus: { queryId: string } };
    const { queryId } = created.commandStatus;
    const state = (one: string): object => ({
      queries: [{ id: queryId, state: one, statusCount: { [one]: 1 }, queryType: 'PERSISTENT' }],
    });
    expect(await entity(`PAUSE ${queryId};`)).toEqual(
      succeeded(`PAUSE ${queryId};`, `pause/${queryId}/execute`, 'Query paused.'),
    );
    expect(await queries()).toMatchObject(state('PAUSED'));
    expect(await entity(`EXPLAIN ${queryId};`)).toMatchObject({ queryDescription: { state: 'PAUSED' } });
    expect(await entity(`RESUME ${queryId};`)).toEqual(
      succeeded(`RESUME ${queryId};`, `resume/${queryId}/execute`, 'Query resumed.'),
    );
    expect(await queries()).toMatchObject(state('RUNNING'));
    expect(await entity('PAUSE ALL;')).toEqual(succeeded('PAUSE ALL;', 'pause/ALL/execute', 'Query paused.'));
    expect(await queries()).toMatchObject(state('PAUSED'));
    expect(await entity('RESUME ALL;')).toEqual(succeeded('RESUME ALL;', 'resume/ALL/execute', 'Query resumed.'));
    expect(await queries()).toMatchObject(state('RUNNING'));
    expect(await ksql('PAUSE CSAS_NONE_9;')).toEqual({
      status: 400,
      json: {
        '@type': 'statement_error',
        error_code: 40001,
        message: 'Unknown queryId: CSAS_NONE_9',
        statementText: 'PAUSE CSAS_NONE_9;',
        entities: [],
      },
    });
    expect(await entity(`TERMINATE ${queryId};`)).toEqual(
      succeeded(`TERMINATE ${queryId};`, `terminate/${queryId}/execute`, 'Query terminated.'),
    );
  });

  it('ALTER STREAM and ALTER TABLE add columns', async () => {
    await entity("CREATE STREAM a (k STRING KEY, v INT) WITH (KAFKA_TOPIC='a', PARTITIONS=1, VALUE_FORMAT='JSON');");
    await entity(
      "CREATE TABLE b (k STRING PRIMARY KEY, v INT) WITH (KAFKA_TOPIC='b', PARTITIONS=1, VALUE_FORMAT='JSON');",
    );
    expect(await entity('ALTER STREAM a ADD COLUMN w BIGINT, ADD COLUMN x ARRAY<STRING>;')).toEqual(
      succeeded(
        'ALTER STREAM a ADD COLUMN w BIGINT, ADD COLUMN x ARRAY<STRING>;',
        'stream/A/alter',
        'Stream A altered.',
      ),
    );
    expect(await entity('ALTER TABLE b ADD w DOUBLE;')).toMatchObject({ commandId: 'table/B/alter' });
    expect(await entity('DESCRIBE a;')).toMatchObject({
      sourceDescription: { fields: [{ name: 'K' }, { name: 'V' }, { name: 'W' }, { name: 'X' }] },
    });
    const refused = await ksql('ALTER STREAM a ADD COLUMN v STRING;');
    expect(refused).toMatchObject({ status: 400, json: { error_code: 40001 } });
    const { message } = refused.json as { message: string };
    expect(message).toContain('Cannot add column `V` to schema. A column with the same name already exists.');
    expect((await ksql('ALTER TABLE a ADD COLUMN z INT;')).json).toMatchObject({
      message: expect.stringContaining(
        'Incompatible data source type is STREAM, but statement was ALTER TABLE',
      ) as string,
    });
    expect((await ksql('ALTER STREAM nowhere ADD COLUMN z INT;')).status).toBe(400);
  });

  it('ASSERT TOPIC', async () => {
    expect(await entity('ASSERT TOPIC s WITH (PARTITIONS=1, REPLICAS=1);')).toEqual({
      '@type': 'assert_topic',
      statementText: 'ASSERT TOPIC s WITH (PARTITIONS=1, REPLICAS=1);',
      topicName: 's',
      exists: true,
      warnings: [],
    });
    expect(await entity('ASSERT NOT EXISTS TOPIC nowhere;')).toMatchObject({ topicName: 'nowhere', exists: false });
    const failed = (message: string): object => ({
      status: 417,
      json: { '@type': 'generic_error', error_code: 41700, message },
    });
    expect(await ksql('ASSERT TOPIC nowhere TIMEOUT 100 MILLISECONDS;')).toEqual(
      failed('Topic nowhere does not exist'),
    );
    expect(await ksql('ASSERT NOT EXISTS TOPIC s TIMEOUT 100 MILLISECONDS;')).toEqual(failed('Topic s exists'));
    expect(await ksql("ASSERT TOPIC s WITH (PARTITIONS=4, COLOR='red') TIMEOUT 100 MILLISECONDS;")).toEqual(
      failed(
        'Mismatched configuration for topic s: For config partitions, expected 4 got 1\nCannot assert unknown topic property: COLOR',
      ),
    );
  });

  it('ASSERT SCHEMA', async () => {
    await entity("CREATE STREAM av (v INT) WITH (KAFKA_TOPIC='av', PARTITIONS=1, VALUE_FORMAT='AVRO');");
    expect(await entity("ASSERT SCHEMA SUBJECT 'av-value';")).toEqual({
      '@type': 'assert_schema',
      statementText: "ASSERT SCHEMA SUBJECT 'av-value';",
      subject: 'av-value',
      id: null,
      exists: true,
      warnings: [],
    });
    expect(await entity("ASSERT SCHEMA SUBJECT 'av-value' ID 1;")).toMatchObject({ id: 1 });
    expect(await entity('ASSERT NOT EXISTS SCHEMA ID 99;')).toMatchObject({ subject: null, id: 99, exists: false });
    expect(await ksql("ASSERT SCHEMA SUBJECT 'av-value' ID 7 TIMEOUT 100 MILLISECONDS;")).toEqual({
      status: 417,
      json: {
        '@type': 'generic_error',
        error_code: 41700,
        message: 'Schema with subject name av-value id 7 does not exist',
      },
    });
    expect((await ksql("ASSERT NOT EXISTS SCHEMA SUBJECT 'av-value' TIMEOUT 100 MILLISECONDS;")).json).toMatchObject({
      message: 'Schema with subject name av-value exists',
    });
  });

  it('connectors: create, list, describe, drop', async () => {
    const create = `CREATE SOURCE CONNECTOR ticks WITH ('connector.class'='io.confluent.kafka.connect.datagen.DatagenConnector', 'kafka.topic'='ticks', 'quickstart'='users', 'max.interval'='1000000', 'tasks.max'='1', 'value.converter'='org.apache.kafka.connect.json.JsonConverter', 'value.converter.schemas.enable'='false', 'key.converter'='org.apache.kafka.connect.storage.StringConverter');`;
    const className = 'io.confluent.kafka.connect.datagen.DatagenConnector';
    expect(await entity(create)).toEqual({
      '@type': 'connector_info',
      // Values that may be secrets are masked.
      statementText: expect.stringContaining("'kafka.topic'='[string]'") as string,
      info: {
        name: 'TICKS',
        config: expect.objectContaining({ 'kafka.topic': 'ticks', name: 'TICKS' }) as object,
        tasks: expect.any(Array) as unknown[],
        type: 'source',
      },
      warnings: [],
    });
    expect(await ksql(create)).toEqual({
      status: 409,
      json: { '@type': 'generic_error', error_code: 40900, message: 'Connector TICKS already exists' },
    });
    expect(await entity(create.replace('CONNECTOR ticks', 'CONNECTOR IF NOT EXISTS ticks'))).toMatchObject({
      '@type': 'warning_entity',
      message: 'Connector TICKS already exists',
    });
    expect((await ksql("CREATE SOURCE CONNECTOR bad WITH ('connector.class'='none.Such');")).status).toBe(400);
    await expect
      .poll(() => entity('SHOW SOURCE CONNECTORS;'))
      .toEqual({
        '@type': 'connector_list',
        statementText: 'SHOW SOURCE CONNECTORS;',
        warnings: [],
        connectors: [{ name: 'TICKS', type: 'source', className, state: 'RUNNING (1/1 tasks RUNNING)' }],
      });
    expect(await entity('LIST SINK CONNECTORS;')).toMatchObject({ connectors: [] });
    expect(await entity('LIST CONNECTOR PLUGINS;')).toMatchObject({
      '@type': 'connector_plugins_list',
      connectorsPlugins: expect.arrayContaining([
        { className, type: 'source', version: expect.any(String) as string },
      ]) as unknown[],
    });
    expect(await entity('DESCRIBE CONNECTOR ticks;')).toMatchObject({
      '@type': 'connector_description',
      connectorClass: className,
      status: {
        name: 'TICKS',
        connector: { state: 'RUNNING', worker_id: expect.any(String) as string },
        tasks: [{ id: 0, state: 'RUNNING', worker_id: expect.any(String) as string }],
        type: 'source',
      },
      sources: [],
      topics: expect.any(Array) as unknown[],
      warnings: [],
    });
    expect(await entity('DROP CONNECTOR ticks;')).toEqual({
      '@type': 'drop_connector',
      statementText: 'DROP CONNECTOR ticks;',
      connectorName: 'TICKS',
      warnings: [],
    });
    expect(await ksql('DROP CONNECTOR ticks;')).toMatchObject({ status: 404, json: { error_code: 40400 } });
    expect(await entity('DROP CONNECTOR IF EXISTS ticks;')).toMatchObject({
      '@type': 'warning_entity',
      message: "Connector 'TICKS' does not exist.",
    });
    expect((await ksql('DESCRIBE CONNECTOR ticks;')).json).toMatchObject({
      message: expect.stringMatching(/^Failed to query connector status: /) as string,
    });
  });

  it('INSERT VALUES computes its values, also those that are different each time', async () => {
    await entity(
      "CREATE STREAM made (id STRING KEY, made BIGINT, r DOUBLE, n INT, t STRING) WITH (KAFKA_TOPIC='made', PARTITIONS=1, VALUE_FORMAT='JSON');",
    );
    const inserted = await ksql(
      "INSERT INTO made (id, made, r, n, t) VALUES (UUID(), UNIX_TIMESTAMP(), RANDOM(), 2 + 3 * 4, UCASE('a') + 'b');",
    );
    expect(inserted).toEqual({ status: 200, json: [] });
    const { stdout } = await curl([
      ...['-X', 'POST', `${stack.ksqlUrl}/query`, '-d'],
      JSON.stringify({ ksql: 'SELECT * FROM made EMIT CHANGES LIMIT 1;' }),
    ]);
    const [, row] = JSON.parse(stdout) as { row: { columns: unknown[] } }[];
    expect(row?.row.columns).toEqual([
      expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f-]{27}$/),
      expect.any(Number),
      expect.any(Number),
      14,
      'Ab',
    ]);
    // What fails is refused, and nothing is written.
    expect(await ksql('INSERT INTO made (id, n) VALUES (UUID(), 1 / 0);')).toMatchObject({ status: 400 });
  });

  it('ALTER SYSTEM is refused as by a server whose queries share no runtime', async () => {
    const text = "ALTER SYSTEM 'auto.offset.reset'='earliest';";
    expect(await ksql(text)).toEqual({
      status: 500,
      json: {
        '@type': 'statement_error',
        error_code: 50000,
        message: expect.stringMatching(
          /^Could not write the statement into the command topic\.\nCaused by: Cannot alter system configs when KSQL_SHARED_RUNTIME_ENABLED is\n\tturned off\.\n/,
        ) as string,
        statementText: text,
        entities: [],
      },
    });
  });
});
