/** Connector statements against a Connect that answers as told. */
import { expect, test } from 'vitest';
import type { ConnectDoor, KsqlContext } from '../../../../src/gateways/ksqldb/context.ts';
import {
  createConnector,
  describeConnector,
  dropConnector,
  listConnectorPlugins,
  listConnectors,
} from '../../../../src/gateways/ksqldb/statements/connectors.ts';
import { Catalog } from '../../../../src/sql/catalog/catalog.ts';

const span = { start: 0, end: 0, line: 1, column: 1 };
const info = { name: 'c', config: { 'connector.class': 'Datagen', name: 'c' }, tasks: [], type: 'source' };
const state = {
  name: 'c',
  connector: { state: 'RUNNING', worker_id: 'w' },
  tasks: [{ id: 0, state: 'FAILED' }],
  type: 'source',
};

function context(answers: Readonly<Record<string, unknown>>): { context: KsqlContext; asked: string[] } {
  const asked: string[] = [];
  const connect: ConnectDoor = async (method, path, body) => {
    asked.push(`${method} ${path}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`);
    const answer = answers[`${method} ${path}`];
    if (answer === undefined)
      return { status: 404, body: JSON.stringify({ error_code: 404, message: `${path} not found` }) };
    return { status: 200, body: JSON.stringify(answer) };
  };
  return { context: { connect, engine: { catalog: Catalog.empty } } as unknown as KsqlContext, asked };
}

const creation = (
  properties: Readonly<Record<string, string>>,
  ifNotExists = false,
): Parameters<typeof createConnector>[1] => ({
  kind: 'create-connector',
  direction: 'SOURCE',
  name: 'c',
  ifNotExists,
  properties: new Map(Object.entries(properties).map(([name, value]) => [name, { kind: 'string', value, span }])),
  span,
});

test('a connector is validated, then created', async () => {
  const { context: on, asked } = context({
    'GET /connectors': [],
    'PUT /connector-plugins/Datagen/config/validate': { configs: [] },
    'POST /connectors': info,
  });
  expect(await createConnector(on, creation({ 'connector.class': 'Datagen' }), 'CREATE …;')).toMatchObject({
    '@type': 'connector_info',
    info,
  });
  expect(asked.at(-1)).toBe('POST /connectors {"name":"c","config":{"connector.class":"Datagen","name":"c"}}');
});

test('a configuration that is wrong', async () => {
  const { context: on } = context({
    'GET /connectors': [],
    'PUT /connector-plugins/Datagen/config/validate': {
      configs: [{ value: { name: 'kafka.topic', errors: ['Missing.', 'Really.'] } }],
    },
  });
  await expect(createConnector(on, creation({ 'connector.class': 'Datagen' }), '')).rejects.toMatchObject({
    errorCode: 40000,
    message: 'Validation error: kafka.topic - Missing.. Really.',
  });
  await expect(createConnector(on, creation({}), '')).rejects.toThrow(
    'Validation error: Connector config {name=c} contains no connector type',
  );
});

test('a connector that is there already', async () => {
  const { context: on } = context({ 'GET /connectors': ['C'] });
  const failure = { errorCode: 40900, message: 'Connector c already exists' };
  await expect(createConnector(on, creation({}), '')).rejects.toMatchObject(failure);
  expect(await createConnector(on, creation({}, true), '')).toMatchObject({
    '@type': 'warning_entity',
    message: failure.message,
  });
});

test('the list sums up the tasks', async () => {
  const { context: on } = context({
    'GET /connectors': ['c', 'gone'],
    'GET /connectors/c': info,
    'GET /connectors/c/status': state,
  });
  expect(await listConnectors(on, { kind: 'list-connectors', scope: 'ALL', span }, '')).toMatchObject({
    '@type': 'connector_list',
    connectors: [
      { name: 'c', type: 'source', className: 'Datagen', state: 'WARNING (0/1 tasks RUNNING)' },
      { name: 'gone', type: 'unknown' },
    ],
    warnings: [{ message: 'Could not describe connector gone: /connectors/gone not found' }],
  });
  expect(await listConnectors(on, { kind: 'list-connectors', scope: 'SINK', span }, '')).toMatchObject({
    connectors: [],
  });
});

test('describing, plugins, dropping', async () => {
  const { context: on } = context({
    'GET /connectors/c': info,
    'GET /connectors/c/status': state,
    'GET /connectors/c/topics': { c: { topics: ['t'] } },
    'GET /connector-plugins': [{ class: 'Datagen', type: 'source', version: '1' }],
    'DELETE /connectors/c': '',
  });
  expect(await describeConnector(on, { kind: 'describe-connector', name: 'c', span }, '')).toMatchObject({
    '@type': 'connector_description',
    connectorClass: 'Datagen',
    status: state,
    topics: ['t'],
    sources: [],
  });
  expect(await listConnectorPlugins(on, '')).toMatchObject({
    connectorsPlugins: [{ className: 'Datagen', type: 'source', version: '1' }],
  });
  const drop = (name: string, ifExists = false): ReturnType<typeof dropConnector> =>
    dropConnector(on, { kind: 'drop-connector', name, ifExists, span }, '');
  expect(await drop('c')).toMatchObject({ '@type': 'drop_connector', connectorName: 'c' });
  expect(await drop('x', true)).toMatchObject({ message: "Connector 'x' does not exist." });
  await expect(drop('x')).rejects.toMatchObject({
    errorCode: 40400,
    message: 'Failed to drop connector: /connectors/x not found',
  });
});

test('no Connect at all', async () => {
  const on = { connect: undefined } as unknown as KsqlContext;
  await expect(listConnectorPlugins(on, '')).rejects.toThrow(
    'There is no Kafka Connect cluster. Name one with ksql.connect.url.',
  );
});
