/** Status and text of each answer as a worker of Kafka Connect 4.3.1 gave them, asked in the same way. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { datagenConfig, TestConnect } from './fixtures.ts';

let connect: TestConnect;
beforeAll(async () => {
  connect = new TestConnect();
  await connect.start();
  await connect.create('dg', { iterations: 3 });
  await connect.tasksAre('dg', 'FAILED');
});
afterAll(() => connect.close());

const least = {
  'connector.class': 'DatagenConnector',
  'kafka.topic': 'a',
  quickstart: 'users',
  'value.converter': 'JsonConverter',
};
const see =
  'You can also find the above list of errors at the endpoint `/connector-plugins/{connectorType}/config/validate`';
const invalid = (...errors: string[]): string =>
  [`Connector configuration is invalid and contains the following ${errors.length} error(s):`, ...errors, see].join(
    '\n',
  );
const redacted = ' at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: 1, column: ';
const oneOf = 'Must set exactly one of schema.string, schema.filename, quickstart';
const createClass = 'org.apache.kafka.connect.runtime.rest.entities.CreateConnectorRequest';

it.each<readonly [request: string, body: unknown, status: number, message: string]>([
  ['PUT /admin/loggers/x', { level: 5 }, 404, "invalid log level '5'."],
  ['PUT /admin/loggers/x', undefined, 500, 'Cannot invoke "java.util.Map.get(Object)" because "levelMap" is null'],
  [
    'PATCH /connectors/dg/offsets',
    { offsets: null },
    400,
    'Partitions / offsets need to be provided for an alter offsets request',
  ],
  ['GET /connectors/nope', undefined, 404, 'Connector nope not found'],
  ['GET /connectors/nope/config', undefined, 404, 'Connector nope not found'],
  ['GET /connectors/nope/status', undefined, 404, 'No status found for connector nope'],
  ['GET /connectors/nope/tasks', undefined, 404, 'Connector nope not found'],
  ['GET /connectors/nope/tasks/0/status', undefined, 404, 'No status found for task nope-0'],
  ['GET /connectors/dg/tasks/1/status', undefined, 404, 'No status found for task dg-1'],
  ['GET /connectors/dg/tasks/x/status', undefined, 404, 'HTTP 404 Not Found'],
  ['GET /connectors/nope/offsets', undefined, 404, 'Connector nope not found'],
  ['DELETE /connectors/nope/offsets', undefined, 404, 'Connector nope not found'],
  ['DELETE /connectors/nope', undefined, 404, 'Connector nope not found'],
  ['PUT /connectors/nope/pause', undefined, 404, 'Unknown connector nope'],
  ['PUT /connectors/nope/stop', undefined, 404, 'Unknown connector nope'],
  ['POST /connectors/nope/restart', undefined, 404, 'Unknown connector: nope'],
  ['POST /connectors/nope/tasks/0/restart', undefined, 404, 'Unknown connector: nope'],
  ['POST /connectors/dg/tasks/7/restart', undefined, 404, 'Unknown task: dg-7'],
  ['PATCH /connectors/nope/config', { 'max.interval': '7' }, 404, 'Connector nope not found'],
  [
    'PATCH /connectors/dg/offsets',
    { offsets: [] },
    400,
    'Partitions / offsets need to be provided for an alter offsets request',
  ],
  ['PATCH /connectors/dg/offsets', {}, 400, 'Partitions / offsets need to be provided for an alter offsets request'],
  ['GET /nope', undefined, 404, 'HTTP 404 Not Found'],
  ['PUT /connectors', undefined, 405, 'HTTP 405 Method Not Allowed'],
  ['POST /connectors', { name: 'dg', config: least }, 409, 'Connector dg already exists'],
  [
    'POST /connectors',
    { name: 's', config: { ...least, name: 't' } },
    400,
    "Connector name configuration (t) doesn't match connector name in the URL (s)",
  ],
  [
    'POST /connectors',
    { config: least },
    400,
    invalid('Invalid value  for configuration name: String may not be empty'),
  ],
  ['POST /connectors', { name: 's', config: {} }, 400, 'Connector config {name=s} contains no connector type'],
  [
    'POST /connectors',
    { name: 's', config: { ...least, x: null } },
    400,
    invalid('Null value can not be supplied as the configuration value.'),
  ],
  [
    'POST /connectors',
    {
      name: 's',
      config: {
        'connector.class': 'DatagenConnector',
        'max.interval': 'abc',
        iterations: 'x',
        'tasks.max': '0',
        'schema.string': 'bad',
        quickstart: 'users',
      },
    },
    400,
    invalid(
      'Invalid value 0 for configuration tasks.max: Value must be at least 1',
      'Missing required configuration "kafka.topic" which has no default value.',
      'Invalid value abc for configuration max.interval: Not a number of type LONG',
      'Invalid value x for configuration iterations: Not a number of type INT',
      'Unable to parse the provided schema',
      oneOf,
      oneOf,
    ),
  ],
  [
    'POST /connectors',
    {
      name: 's',
      config: {
        ...least,
        'value.converter': 'nope',
        'errors.tolerance': 'bad',
        'errors.retry.timeout': 'x',
        'config.action.reload': 'foo',
        'exactly.once.support': 'foo',
        'transaction.boundary': 'foo',
      },
    },
    400,
    invalid(
      'Invalid value nope for configuration value.converter: Class nope could not be found.',
      'Invalid value foo for configuration config.action.reload: String must be one of: none, restart',
      'Invalid value x for configuration errors.retry.timeout: Not a number of type LONG',
      'Invalid value bad for configuration errors.tolerance: String must be one of: none, all',
      'Invalid value foo for configuration exactly.once.support: String must be one of (case insensitive): REQUIRED, REQUESTED',
      'Invalid value foo for configuration transaction.boundary: String must be one of (case insensitive): INTERVAL, POLL, CONNECTOR',
    ),
  ],
  [
    'POST /connectors',
    { name: 's', config: { ...least, 'tasks.max': 'x', 'header.converter': 'Foo' } },
    400,
    invalid(
      'Invalid value x for configuration tasks.max: Not a number of type INT',
      'Invalid value null for configuration tasks.max: Value must be non-null',
      'Invalid value Foo for configuration header.converter: Class Foo could not be found.',
    ),
  ],
  [
    'POST /connectors',
    {
      name: 's',
      config: {
        ...least,
        'offsets.storage.topic': '',
        'transaction.boundary.interval.ms': '-1',
        'max.interval': ' 12 ',
        iterations: '9999999999',
        'random.seed': '1.5',
        'tasks.max.enforce': '1',
      },
    },
    400,
    invalid(
      'Invalid value 1 for configuration tasks.max.enforce: Expected value to be either true or false',
      'Invalid value -1 for configuration transaction.boundary.interval.ms: Value must be at least 0',
      'Invalid value  for configuration offsets.storage.topic: String must be non-empty',
      'Invalid value 9999999999 for configuration iterations: Not a number of type INT',
      'Invalid value 1.5 for configuration random.seed: Not a number of type LONG',
    ),
  ],
  [
    'POST /connectors',
    { name: 's', config: { ...least, 'value.converter.schemas.enable': 'no' } },
    400,
    invalid('Invalid value no for configuration schemas.enable: Expected value to be either true or false'),
  ],
  [
    'POST /connectors',
    { name: 's', config: { ...least, 'exactly.once.support': 'required' } },
    400,
    invalid(
      'This worker does not have exactly-once source support enabled.',
      'The connector does not implement the API required for preflight validation of exactly-once source support. Please consult the documentation for the connector to determine whether it supports exactly-once semantics, and then consider reconfiguring the connector to use the value "requested" for this property (which will disable this preflight check and allow the connector to be created).',
    ),
  ],
  [
    'POST /connectors',
    { name: 's', config: { 'connector.class': 'Datagen', 'kafka.topic': 'a', 'value.converter': 'JsonConverter' } },
    400,
    invalid(oneOf, oneOf, oneOf),
  ],
  [
    'POST /connectors',
    { name: 's', config: { ...datagenConfig(), 'schema.keyfield': 'nope' } },
    400,
    invalid("The schema does not contain the field provided in 'schema.keyfield'"),
  ],
  [
    'POST /connectors',
    { name: 's', config: { ...least, quickstart: undefined, 'schema.filename': '/no/such.avsc' } },
    400,
    invalid('Unable to find the schema file'),
  ],
  [
    'POST /connectors',
    { name: 's' },
    500,
    'Cannot invoke "java.util.Map.get(Object)" because "connectorConfig" is null',
  ],
  ['POST /connectors', '', 500, `Cannot invoke "${createClass}.name()" because "createRequest" is null`],
  [
    'POST /connectors',
    '{bad',
    500,
    `Unexpected character ('b' (code 98)): was expecting double-quote to start field name\n${redacted}2]`,
  ],
  ['PUT /connectors/dg/config', '', 500, 'Cannot invoke "java.util.Map.get(Object)" because "connectorConfig" is null'],
  [
    'PUT /connector-plugins/DatagenConnector/config/validate',
    { 'connector.class': 'Other' },
    400,
    'Included connector type Other does not match request type DatagenConnector',
  ],
  ['GET /connector-plugins/Nope/config', undefined, 404, 'Unknown plugin Nope.'],
  ['GET /admin/loggers/nope', undefined, 404, 'Logger nope not found.'],
  ['PUT /admin/loggers/org.foo', { level: 'BAD' }, 404, "invalid log level 'BAD'."],
  ['PUT /admin/loggers/org.foo', {}, 400, "Desired 'level' parameter was not specified in request."],
])('%s %j', async (request, body, status, message) => {
  expect(await connect.ask(request, body)).toMatchObject({ status, body: { error_code: status, message } });
});

it.each<readonly [body: unknown, status: number, message: RegExp]>([
  // Our own places in the text, or our own refusals.
  [
    '[1]',
    500,
    /^Cannot deserialize value of type `.*CreateConnectorRequest` from Array value \(token `JsonToken.START_ARRAY`\)/,
  ],
  [
    { name: 's', config: { a: [1] } },
    500,
    /^Cannot deserialize value of type `java.lang.String` from Array value \(token `JsonToken.START_ARRAY`\)/,
  ],
  [
    { name: 's', foo: 1, config: {} },
    500,
    /^Unrecognized field "foo" \(class .*CreateConnectorRequest\), not marked as ignorable \(3 known properties: "config", "name", "initial_state"\)/,
  ],
  [
    { name: 's', initial_state: 'BAD', config: least },
    500,
    /No enum constant .*CreateConnectorRequest.InitialState.BAD/,
  ],
  [
    { name: 's', config: { 'connector.class': 'Nope' } },
    400,
    /^Failed to find any class that implements Connector and which name matches Nope, available connectors are: PluginDesc\{klass=class io.confluent/,
  ],
  [
    { name: 's', config: { ...least, transforms: 't' } },
    400,
    /\nMissing required configuration "transforms.t.type" which has no default value\./,
  ],
  [
    { name: 's', config: { ...least, predicates: 'p' } },
    400,
    /\nMissing required configuration "predicates.p.type" which has no default value\./,
  ],
  [
    { name: 's', config: { ...least, 'offsets.storage.topic': 'mine' } },
    400,
    /This worker keeps all offsets in its own topic/,
  ],
  [
    { name: 's', config: { ...least, 'connector.plugin.version': '9' } },
    400,
    /not found that matches the version range \[9,9\], available versions: \[0.7.0\]/,
  ],
  [
    { name: 's', config: { ...least, 'value.converter': 'io.confluent.connect.avro.AvroConverter' } },
    400,
    /\nMissing required configuration "schema.registry.url" which has no default value.\n/,
  ],
  ['{"name":"s","config":{"a":"b"', 500, /^Unexpected end-of-input/],
  [`${'['.repeat(2000)}`, 500, /^Document nesting depth \(1001\) exceeds the maximum allowed/],
])('POST /connectors %j', async (body, status, message) => {
  const answer = await connect.ask('POST /connectors', body);
  expect(answer.status).toBe(status);
  expect(answer.body.message).toMatch(message);
});

it('a body that is not JSON by its type is not read', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded'])
    expect(await connect.ask('POST /connectors', '{}', { 'content-type': type })).toMatchObject({
      status: 415,
      body: { error_code: 415, message: 'HTTP 415 Unsupported Media Type' },
    });
});

it('values become texts as they are written', async () => {
  const body = `{"name":"texts","initial_state":"STOPPED","config":{"connector.class":"Datagen","kafka.topic":"a","quickstart":"users","value.converter":"JsonConverter","x.f":1.50,"x.e":1e3,"x.b":true,"x.l":12345678901234567890}}`;
  const { status, body: info } = await connect.ask('POST /connectors', body);
  expect(status).toBe(201);
  expect(info.config).toMatchObject({
    'x.f': '1.50',
    'x.e': '1e3',
    'x.b': 'true',
    'x.l': '12345678901234567890',
    name: 'texts',
  });
  expect((await connect.ask('GET /connectors/texts/status')).body).toMatchObject({
    connector: { state: 'STOPPED' },
    tasks: [],
  });
  await connect.ask('DELETE /connectors/texts');
});

it('lists', async () => {
  expect((await connect.ask('GET /connectors')).body).toEqual(['dg']);
  const { body } = await connect.ask('GET /connectors?expand=status&expand=info');
  expect(body.dg.status).toMatchObject({ name: 'dg', connector: { state: 'RUNNING' }, type: 'source' });
  expect(body.dg.info).toMatchObject({ name: 'dg', tasks: [{ connector: 'dg', task: 0 }], type: 'source' });
  expect((await connect.ask('GET /connectors?expand=foo')).body).toEqual({ dg: {} });
  expect((await connect.ask('GET /')).body).toEqual({
    version: '4.3.1',
    commit: 'millrace',
    kafka_cluster_id: await connect.kafka.clusterId(),
  });
  expect((await connect.ask('GET /health')).body).toEqual({
    status: 'healthy',
    message: 'Worker has completed startup and is ready to handle requests.',
  });
  expect((await connect.ask('GET /connectors/nope/topics')).body).toEqual({ nope: { topics: [] } });
  expect((await connect.ask('PUT /connectors/nope/topics/reset')).status).toBe(202);
});

it('plugins', async () => {
  const own = { class: 'io.confluent.kafka.connect.datagen.DatagenConnector', type: 'source', version: '0.7.0' };
  expect((await connect.ask('GET /connector-plugins')).body).toEqual([own]);
  const { body: all } = await connect.ask('GET /connector-plugins?connectorsOnly=false');
  expect(all).toContainEqual({
    class: 'org.apache.kafka.connect.json.JsonConverter',
    type: 'converter',
    version: '4.3.1',
  });
  expect(all).toContainEqual({
    class: 'org.apache.kafka.connect.storage.SimpleHeaderConverter',
    type: 'header_converter',
    version: '4.3.1',
  });
  const { body: keys } = await connect.ask('GET /connector-plugins/DatagenConnector/config');
  expect(keys.map(({ name, type, default_value: value }: Record<string, string>) => [name, type, value])).toEqual([
    ['kafka.topic', 'STRING', null],
    ['max.interval', 'LONG', '500'],
    ['iterations', 'INT', '-1'],
    ['schema.string', 'STRING', ''],
    ['schema.filename', 'STRING', ''],
    ['schema.keyfield', 'STRING', ''],
    ['quickstart', 'STRING', ''],
    ['random.seed', 'LONG', null],
  ]);
});

it('a validation lists each key as the real one does, and the errors at their keys', async () => {
  const { status, body } = await connect.ask('PUT /connector-plugins/Datagen/config/validate', {
    'connector.class': 'DatagenConnector',
  });
  expect([status, body.name, body.error_count]).toEqual([200, 'DatagenConnector', 5]);
  expect(body.groups).toEqual([
    'Common',
    'Transforms',
    'Predicates',
    'Error Handling',
    'Topic Creation',
    'Exactly Once Support',
    'offsets.topic',
  ]);
  // The older name of the same number, by which clients of Connect before 4.3 know it.
  for (const { definition: d } of body.configs) expect(d.order).toBe(d.order_in_group);
  // name | type required default importance group order width
  expect(
    body.configs.map(({ definition: d }: { definition: Record<string, unknown> }) =>
      [
        d['name'],
        d['type'],
        d['required'],
        d['default_value'],
        d['importance'],
        d['group'],
        d['order_in_group'],
        d['width'],
      ].join('|'),
    ),
  ).toEqual([
    'name|STRING|true||HIGH|Common|1|MEDIUM',
    'connector.class|STRING|true||HIGH|Common|2|LONG',
    'connector.plugin.version|STRING|false|0.7.0|MEDIUM|Common|3|MEDIUM',
    'tasks.max|INT|false|1|HIGH|Common|4|SHORT',
    'tasks.max.enforce|BOOLEAN|false|true|LOW|Common|5|SHORT',
    'key.converter|CLASS|false|org.apache.kafka.connect.storage.StringConverter|LOW|Common|6|SHORT',
    'key.converter.plugin.version|STRING|false|4.3.1|LOW|Common|7|SHORT',
    'value.converter|CLASS|false|io.confluent.connect.avro.AvroConverter|LOW|Common|8|SHORT',
    'value.converter.plugin.version|STRING|false|8.0.0|LOW|Common|9|SHORT',
    'header.converter|CLASS|false|org.apache.kafka.connect.storage.SimpleHeaderConverter|LOW|Common|10|SHORT',
    'header.converter.plugin.version|STRING|false|4.3.1|LOW|Common|11|SHORT',
    'transforms|LIST|false||LOW|Transforms|12|LONG',
    'predicates|LIST|false||LOW|Predicates|13|LONG',
    'config.action.reload|STRING|false|restart|LOW|Common|14|MEDIUM',
    'errors.retry.timeout|LONG|false|0|MEDIUM|Error Handling|1|MEDIUM',
    'errors.retry.delay.max.ms|LONG|false|60000|MEDIUM|Error Handling|2|MEDIUM',
    'errors.tolerance|STRING|false|none|MEDIUM|Error Handling|3|SHORT',
    'errors.log.enable|BOOLEAN|false|false|MEDIUM|Error Handling|4|SHORT',
    'errors.log.include.messages|BOOLEAN|false|false|MEDIUM|Error Handling|5|SHORT',
    'topic.creation.groups|LIST|false||LOW|Topic Creation|1|LONG',
    'exactly.once.support|STRING|false|requested|MEDIUM|Exactly Once Support|2|SHORT',
    'transaction.boundary|STRING|false|poll|MEDIUM|Exactly Once Support|3|SHORT',
    'transaction.boundary.interval.ms|LONG|false||LOW|Exactly Once Support|4|SHORT',
    'offsets.storage.topic|STRING|false||LOW|offsets.topic|1|LONG',
    'kafka.topic|STRING|true||HIGH||-1|NONE',
    'max.interval|LONG|false|500|HIGH||-1|NONE',
    'iterations|INT|false|-1|HIGH||-1|NONE',
    'schema.string|STRING|false||HIGH||-1|NONE',
    'schema.filename|STRING|false||HIGH||-1|NONE',
    'schema.keyfield|STRING|false||HIGH||-1|NONE',
    'quickstart|STRING|false||HIGH||-1|NONE',
    'random.seed|LONG|false||LOW||-1|NONE',
  ]);
  const wrong = body.configs.filter(({ value }: { value: { errors: string[] } }) => value.errors.length > 0);
  expect(wrong.map(({ value }: { value: { name: string } }) => value.name)).toEqual([
    'name',
    'kafka.topic',
    'schema.string',
    'schema.filename',
    'quickstart',
  ]);

  const good = await connect.ask(
    'PUT /connector-plugins/io.confluent.kafka.connect.datagen.DatagenConnector/config/validate',
    {
      ...datagenConfig(),
      name: 'x',
    },
  );
  expect([good.body.error_count, good.body.groups.slice(-2)]).toEqual([0, ['Schemas', 'Serialization']]);
});

it('loggers', async () => {
  expect((await connect.ask('PUT /admin/loggers/org.foo', { level: 'debug' })).body).toEqual(['org.foo']);
  expect((await connect.ask('GET /admin/loggers/org.foo')).body).toEqual({
    level: 'DEBUG',
    last_modified: expect.any(Number),
  });
  expect((await connect.ask('PUT /admin/loggers/org.foo?scope=cluster', { level: 'INFO' })).status).toBe(204);
  expect(Object.keys((await connect.ask('GET /admin/loggers')).body)).toEqual(['org.foo', 'root']);
});

it.each([
  [
    { nope: 1 },
    /^Unrecognized field "nope" \(class .*ConnectorOffsets\), not marked as ignorable \(one known property: "offsets"\)/,
  ],
  [
    { offsets: 'x' },
    /^Cannot deserialize value of type `java\.util\.ArrayList<.*ConnectorOffset>` from String value \(token `JsonToken\.VALUE_STRING`\)/,
  ],
  [
    { offsets: [{ partition: { a: 1 }, offset: 'x' }] },
    /^Cannot construct instance of `java\.util\.LinkedHashMap` .* from String value \('x'\) \(through reference chain: .*\["offsets"\]->java\.util\.ArrayList\[0\]->.*ConnectorOffset\["offset"\]\)$/,
  ],
  [{ offsets: [{ partition: 'x', offset: {} }] }, /ConnectorOffset\["partition"\]\)$/],
])(
  'PATCH …/offsets %j (the place in the text, which the real worker gives as well, is left out)',
  async (body, text) => {
    const answer = await connect.ask('PATCH /connectors/dg/offsets', body);
    expect(answer.status).toBe(500);
    expect(answer.body.message).toMatch(text);
  },
);

it('a connector that is paused from the start has no tasks until it is resumed', async () => {
  await connect.create('paused', { 'kafka.topic': 'paused', iterations: 3 }, { initial_state: 'PAUSED' });
  const { body } = await connect.until(
    'GET /connectors/paused/status',
    (answer) => answer.body.connector !== undefined,
  );
  expect(body).toMatchObject({ connector: { state: 'PAUSED' }, tasks: [] });
  await connect.ask('PUT /connectors/paused/resume');
  await connect.tasksAre('paused', 'FAILED');
  expect(await connect.records('paused')).toHaveLength(3);
});
