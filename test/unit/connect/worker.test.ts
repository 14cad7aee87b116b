import { afterEach, beforeEach, expect, it } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { TestConnect } from './fixtures.ts';

let connect: TestConnect;
beforeEach(async () => {
  connect = new TestConnect();
  await connect.start();
});
afterEach(() => connect.close());

const text = (value: Uint8Array | null): string | null => (value === null ? null : Buffer.from(value).toString('utf8'));
const stopped = (count: number): string =>
  `org.apache.kafka.connect.errors.ConnectException: Stopping connector: generated the configured ${count} number of messages`;

it('a finite run ends as the real one: task FAILED with the trace, connector RUNNING, and says that it completed', async () => {
  const created = await connect.create('finite', { iterations: 20, 'schema.keyfield': 'brand' });
  expect(created.status).toBe(201);
  expect(created.headers['location']).toBe('http://localhost:8083/connectors/finite');
  expect(created.body).toMatchObject({ name: 'finite', tasks: [], type: 'source' });
  expect(created.body.config).toMatchObject({ 'max.interval': '0', iterations: '20', name: 'finite' });
  const { body } = await connect.tasksAre('finite', 'FAILED');
  expect(body).toEqual({
    name: 'finite',
    connector: { state: 'RUNNING', worker_id: 'connect:8083', version: '0.7.0' },
    tasks: [
      { id: 0, state: 'FAILED', worker_id: 'connect:8083', version: '0.7.0', trace: stopped(20), completed: true },
    ],
    type: 'source',
  });
  const records = await connect.records('commercials_json');
  expect(records).toHaveLength(20);
  for (const [i, { key, value, headers }] of records.entries()) {
    const { brand, duration, rating } = JSON.parse(value?.toString() ?? '') as Record<string, unknown>;
    expect(text(key)).toBe(brand);
    expect([30, 45, 60]).toContain(duration);
    expect([1, 2, 3, 4]).toContain(rating);
    expect(headers.map((header) => [header.key, text(header.value)])).toEqual([
      ['task.generation', '0'],
      ['task.id', '0'],
      ['current.iteration', String(i)],
    ]);
  }
  expect((await connect.ask('GET /connectors/finite/topics')).body).toEqual({
    finite: { topics: ['commercials_json'] },
  });
  const { offsets } = (await connect.ask('GET /connectors/finite/offsets')).body;
  expect(offsets).toMatchObject([
    { partition: { 'task.id': 0 }, offset: { 'task.generation': 1, 'current.iteration': 20 } },
  ]);
});

it('goes on behind a restart of the worker, and a finished run fails at once again', async () => {
  await connect.create('finite', { iterations: 5, 'kafka.topic': 'finite' });
  await connect.tasksAre('finite', 'FAILED');
  await connect.create('endless', { 'max.interval': 2, 'random.seed': 17, 'kafka.topic': 'endless' });
  await connect.until('GET /connectors/endless/topics', ({ body }) => body.endless.topics.length === 1);
  await connect.stop();
  const before = await connect.records('endless');
  await connect.start();
  await connect.tasksAre('endless', 'RUNNING');
  expect((await connect.tasksAre('finite', 'FAILED')).body.tasks[0].completed).toBe(true);
  await connect.recordsOf('endless', before.length + 5);
  await connect.stop();
  const all = await connect.records('endless');
  const header = (i: number, name: string): string | null =>
    text(all[i]?.headers.find(({ key }) => key === name)?.value ?? null);
  expect(all.map((_, i) => header(i, 'current.iteration'))).toEqual(all.map((_, i) => String(i)));
  expect(header(before.length - 1, 'task.generation')).toBe('0');
  expect(header(before.length, 'task.generation')).toBe('1');
  expect(await connect.records('finite')).toHaveLength(5);

  // The seed makes the same sequence again, restart or not.
  await connect.start();
  await connect.create('again', { 'random.seed': 17, 'kafka.topic': 'again', iterations: all.length });
  await connect.tasksAre('again', 'FAILED');
  const values = (records: typeof all): (string | null)[] => records.map(({ value }) => text(value));
  expect(values(await connect.records('again'))).toEqual(values(all));
});

it('a worker that is cut off repeats what it had not written down, exactly, and leaves nothing out', async () => {
  await connect.close();
  connect = new TestConnect({ 'offset.flush.interval.ms': '40', 'task.shutdown.graceful.timeout.ms': '100' });
  await connect.start();
  await connect.create('c', { 'max.interval': 3 });
  let count = 0;
  for (let life = 0; life < 4; life++) {
    const records = await connect.recordsOf('commercials_json', count + 60);
    count = records.length;
    await connect.kill();
    await connect.start();
    await connect.until('GET /connectors/c/status', ({ status }) => status === 200);
  }
  await connect.recordsOf('commercials_json', count + 60);
  await connect.ask('PUT /connectors/c/stop');
  const { offsets } = (await connect.ask('GET /connectors/c/offsets')).body;
  const values = new Map<number, string | null>();
  let generation = 0;
  let last = -1;
  for (const { value, headers } of await connect.records('commercials_json')) {
    const [ofTask, , iteration] = headers.map((header) => Number(text(header.value)));
    if (ofTask !== generation) generation = ofTask ?? -1;
    else expect(iteration).toBe(last + 1);
    last = iteration ?? -1;
    if (values.has(last)) expect(text(value)).toBe(values.get(last));
    values.set(last, text(value));
  }
  expect([...values.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: values.size }, (_, i) => i));
  expect(offsets[0].offset['current.iteration']).toBe(last + 1);
});

it('an endless run without pauses lets everything else go on', async () => {
  await connect.create('c', { 'tasks.max': 2 });
  await connect.tasksAre('c', 'RUNNING', 2);
  await connect.until('GET /connectors/c/topics', ({ body }) => body.c.topics.length === 1);
  for (let i = 0; i < 20; i++) expect((await connect.ask('GET /connectors')).body).toEqual(['c']);
  expect((await connect.ask('DELETE /connectors/c')).status).toBe(204);
  const count = (await connect.kafka.admin.offsets('commercials_json', 0)).latest;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await connect.kafka.admin.offsets('commercials_json', 0)).latest).toBe(count);
});

it('tasks of one connector generate different data', async () => {
  await connect.create('two', { 'tasks.max': 2, iterations: 30, 'random.seed': 1 });
  const { body } = await connect.tasksAre('two', 'FAILED', 2);
  expect(body.tasks.map((task: { id: number }) => task.id)).toEqual([0, 1]);
  const records = await connect.records('commercials_json');
  const of = (id: string): (string | null)[] =>
    records.filter(({ headers }) => text(headers[1]?.value ?? null) === id).map(({ value }) => text(value));
  expect(of('0')).toHaveLength(30);
  expect(of('1')).toHaveLength(30);
  expect(of('0')).not.toEqual(of('1'));
  const tasks = (await connect.ask('GET /connectors/two/tasks')).body;
  expect(tasks[1]).toMatchObject({
    id: { connector: 'two', task: 1 },
    config: { 'task.class': 'io.confluent.kafka.connect.datagen.DatagenTask', 'task.id': '1' },
  });
});

it('pause, resume, stop, resume', async () => {
  await connect.create('c', { 'max.interval': 1 });
  await connect.tasksAre('c', 'RUNNING');
  expect((await connect.ask('PUT /connectors/c/pause')).status).toBe(202);
  await connect.tasksAre('c', 'PAUSED');
  const paused = (await connect.records('commercials_json')).length;
  expect((await connect.ask('GET /connectors/c/status')).body.connector.state).toBe('PAUSED');
  expect((await connect.records('commercials_json')).length).toBe(paused);
  expect((await connect.ask('PUT /connectors/c/resume')).status).toBe(202);
  await connect.tasksAre('c', 'RUNNING');
  await connect.recordsOf('commercials_json', paused + 1);
  expect((await connect.ask('PUT /connectors/c/stop')).status).toBe(204);
  const { body } = await connect.ask('GET /connectors/c/status');
  expect([body.connector.state, body.tasks]).toEqual(['STOPPED', []]);
  expect((await connect.ask('GET /connectors/c/tasks')).body).toEqual([]);
  expect((await connect.ask('GET /connectors/c')).body.tasks).toEqual([]);
  await connect.stop();
  await connect.start();
  expect((await connect.until('GET /connectors/c/status', ({ status }) => status === 200)).body.connector.state).toBe(
    'STOPPED',
  );
  await connect.ask('PUT /connectors/c/resume');
  await connect.tasksAre('c', 'RUNNING');
});

it('offsets can be altered and reset while stopped', async () => {
  await connect.create('c', { iterations: 10 });
  await connect.tasksAre('c', 'FAILED');
  const altered = {
    offsets: [
      { partition: { 'task.id': 0 }, offset: { 'task.generation': 3, 'current.iteration': 8, 'random.seed': 5 } },
    ],
  };
  const refused = await connect.ask('PATCH /connectors/c/offsets', altered);
  expect([refused.status, refused.body.message]).toEqual([
    400,
    "Connectors must be in the STOPPED state before their offsets can be modified. This can be done for the specified connector by issuing a 'PUT' request to the '/connectors/c/stop' endpoint",
  ]);
  await connect.ask('PUT /connectors/c/stop');
  expect((await connect.ask('PATCH /connectors/c/offsets', altered)).status).toBe(200);
  expect((await connect.ask('GET /connectors/c/offsets')).body).toEqual(altered);
  await connect.ask('PUT /connectors/c/resume');
  await connect.tasksAre('c', 'FAILED');
  const records = await connect.records('commercials_json');
  expect(records).toHaveLength(12);
  expect(records.slice(10).map(({ headers }) => headers.map(({ value }) => text(value)))).toEqual([
    ['3', '0', '8'],
    ['3', '0', '9'],
  ]);
  await connect.ask('PUT /connectors/c/stop');
  expect((await connect.ask('DELETE /connectors/c/offsets')).body.message).toMatch(/have been reset successfully/);
  expect((await connect.ask('GET /connectors/c/offsets')).body).toEqual({ offsets: [] });
});

it('a deleted connector is gone, its topic and its offsets stay', async () => {
  await connect.create('c', { iterations: 3 });
  await connect.tasksAre('c', 'FAILED');
  expect((await connect.ask('DELETE /connectors/c')).status).toBe(204);
  expect(await connect.ask('GET /connectors/c/status')).toMatchObject({
    status: 404,
    body: { error_code: 404, message: 'No status found for connector c' },
  });
  expect((await connect.ask('GET /connectors')).body).toEqual([]);
  expect(await connect.records('commercials_json')).toHaveLength(3);
  await connect.create('c', { iterations: 3 });
  await connect.tasksAre('c', 'FAILED');
  expect(await connect.records('commercials_json')).toHaveLength(3);
});

it('restarts: one task, the connector, all that failed', async () => {
  await connect.create('c', { iterations: 3 });
  await connect.tasksAre('c', 'FAILED');
  expect((await connect.ask('POST /connectors/c/tasks/0/restart')).status).toBe(204);
  await connect.tasksAre('c', 'FAILED');
  expect((await connect.ask('POST /connectors/c/restart')).status).toBe(204);
  const failed = await connect.ask('POST /connectors/c/restart?includeTasks=true&onlyFailed=true');
  expect([failed.status, failed.body.connector.state, failed.body.tasks[0].state]).toEqual([
    202,
    'RUNNING',
    'RESTARTING',
  ]);
  const all = await connect.ask('POST /connectors/c/restart?includeTasks=true');
  expect([all.status, all.body.connector.state, all.body.tasks[0].state]).toEqual([202, 'RESTARTING', 'RESTARTING']);
  await connect.tasksAre('c', 'FAILED');
});

it('configurations change: PUT replaces, PATCH merges, the tasks follow', async () => {
  await connect.create('c', { iterations: 3 });
  await connect.tasksAre('c', 'FAILED');
  const patched = await connect.ask('PATCH /connectors/c/config', {
    iterations: 5,
    'random.seed': 7,
    'max.interval': null,
  });
  expect([
    patched.status,
    patched.body.config.iterations,
    patched.body.config['max.interval'],
    patched.body.tasks,
  ]).toEqual([200, '5', undefined, [{ connector: 'c', task: 0 }]]);
  await connect.until('GET /connectors/c/tasks/0/status', ({ body }) => body.trace === stopped(5));
  expect(await connect.records('commercials_json')).toHaveLength(5);
  const { body: config } = await connect.ask('GET /connectors/c/config');
  expect((await connect.ask('PUT /connectors/c/config', { ...config, 'tasks.max': 2, 'max.interval': 0 })).status).toBe(
    200,
  );
  await connect.tasksAre('c', 'FAILED', 2);
  expect((await connect.ask('PUT /connectors/new/config', config)).body.message).toBe(
    "Connector name configuration (c) doesn't match connector name in the URL (new)",
  );
  expect((await connect.ask('PUT /connectors/new/config', { ...config, name: 'new', iterations: 1 })).status).toBe(201);
  await connect.tasksAre('new', 'FAILED');
});

it('keeps its state as Kafka Connect keeps it', async () => {
  await connect.create('c', { iterations: 2 }, { initial_state: 'RUNNING' });
  await connect.tasksAre('c', 'FAILED');
  await connect.ask('PUT /connectors/c/pause');
  const all = async (topic: string): Promise<string[]> =>
    (await connect.records(topic)).map(({ key, value }) => `${text(key)} ${text(value)}`);
  const configs = await all('docker-connect-configs');
  expect(configs.map((line) => line.split(' ')[0])).toEqual(['connector-c', 'task-c-0', 'commit-c', 'target-state-c']);
  expect(configs[2]).toBe('commit-c {"tasks":1}');
  expect(configs[3]).toBe('target-state-c {"state":"PAUSED","state.v2":"PAUSED"}');
  expect(JSON.parse(configs[1]?.slice('task-c-0 '.length) ?? '').properties).toMatchObject({
    name: 'c',
    'task.id': '0',
  });
  expect(await all('docker-connect-offsets')).toEqual([
    expect.stringMatching(
      /^\["c",\{"task.id":0\}\] \{"task.generation":1,"random.seed":-?\d+,"current.iteration":2\}$/,
    ),
  ]);
  const status = await all('docker-connect-status');
  expect(status).toContain(
    'status-connector-c {"state":"RUNNING","trace":null,"worker_id":"connect:8083","generation":1,"version":"0.7.0"}',
  );
  expect(status).toContainEqual(
    expect.stringMatching(
      /^status-topic-commercials_json:connector-c \{"topic":\{"name":"commercials_json","connector":"c","task":0,"discoverTimestamp":\d+\}\}$/,
    ),
  );
  for (const [topic, partitions] of [
    ['docker-connect-configs', 1],
    ['docker-connect-offsets', 25],
    ['docker-connect-status', 5],
  ] as const) {
    expect((await connect.kafka.admin.describeTopic(topic))?.partitions).toBe(partitions);
    expect((await connect.kafka.admin.topicConfig(topic))['cleanup.policy']).toBe('compact');
  }
});

const avro = {
  'value.converter': 'io.confluent.connect.avro.AvroConverter',
  'value.converter.schema.registry.url': 'http://schema-registry:8081',
};

it('Avro: one schema under the subject of the topic, none for a key that is always null', async () => {
  await connect.create('c', {
    ...avro,
    iterations: 4,
    'kafka.topic': 'a',
    'key.converter': avro['value.converter'],
    'key.converter.schema.registry.url': 'http://x',
  });
  await connect.tasksAre('c', 'FAILED');
  expect(connect.registry.registered).toEqual([
    [
      'a-value',
      '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}],"connect.name":"commercialrating"}',
    ],
  ]);
  expect(connect.asked).toContain('http://schema-registry:8081');
  for (const { key, value } of await connect.records('a')) {
    expect(key).toBe(null);
    expect(value?.subarray(0, 5).toString('hex')).toBe('0000000001');
  }
});

it('a registry that is away: the task fails, or tries again as long as it may', async () => {
  const away = new StackError('MILLRACE_UNREACHABLE', 'Cannot reach the Schema Registry.');
  connect.registry.failures = [away];
  await connect.create('c', { ...avro, iterations: 4, 'kafka.topic': 'a' });
  const { body } = await connect.tasksAre('c', 'FAILED');
  expect(body.tasks[0].trace).toMatch(
    /^org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\nCaused by: org.apache.kafka.connect.errors.DataException: Failed to serialize Avro data from topic a :\n/,
  );
  connect.registry.failures = [away];
  await connect.ask('PATCH /connectors/c/config', { 'errors.retry.timeout': 60000 });
  await connect.until('GET /connectors/c/tasks/0/status', ({ body: task }) => task.trace === stopped(4));
  expect(await connect.records('a')).toHaveLength(4);
});

it('records that a converter cannot hold fail the task, or are skipped', async () => {
  const long = 'org.apache.kafka.connect.converters.LongConverter';
  await connect.create('c', { 'value.converter': long, 'value.converter.schemas.enable': undefined, iterations: 3 });
  expect((await connect.tasksAre('c', 'FAILED')).body.tasks[0].trace).toBe(
    'org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\nCaused by: org.apache.kafka.connect.errors.DataException: Failed to serialize to long (was class org.apache.kafka.connect.data.Struct): ',
  );
  await connect.ask('PATCH /connectors/c/config', { 'errors.tolerance': 'all' });
  await connect.until('GET /connectors/c/tasks/0/status', ({ body }) => body.trace === stopped(3));
  expect(await connect.records('commercials_json')).toEqual([]);
});

it('annotations that cannot be followed fail the task with the text of the generator', async () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [{ name: 'a', type: { type: 'int', 'arg.properties': { options: [] } } }],
  };
  await connect.create('c', { 'schema.string': JSON.stringify(schema) });
  const { body } = await connect.tasksAre('c', 'FAILED');
  expect(body.tasks[0]).toMatchObject({ trace: 'java.lang.RuntimeException: options property cannot be empty' });
  expect(body.tasks[0]).not.toHaveProperty('completed');
});

it('topics: created with the settings of topic.creation, or not at all when they are not complete', async () => {
  await connect.create('c', {
    iterations: 50,
    'kafka.topic': 'wide',
    'schema.keyfield': 'brand',
    'topic.creation.default.partitions': 4,
    'topic.creation.default.replication.factor': 1,
    'topic.creation.default.retention.ms': 12345,
  });
  await connect.tasksAre('c', 'FAILED');
  expect((await connect.kafka.admin.describeTopic('wide'))?.partitions).toBe(4);
  expect((await connect.kafka.admin.topicConfig('wide'))['retention.ms']).toBe('12345');
  // Each key in its own partition, as Java's partitioner chooses it.
  const byKey = new Map((await connect.records('wide')).map(({ key, partition }) => [text(key), partition]));
  expect(byKey.size).toBe(2);

  await connect.create('d', { 'topic.creation.default.partitions': 4 });
  const { body } = await connect.until('GET /connectors/d/status', ({ status }) => status === 200);
  expect([body.connector.state, body.connector.trace, body.tasks]).toEqual([
    'FAILED',
    'org.apache.kafka.common.config.ConfigException: Missing required configuration "topic.creation.default.replication.factor" which has no default value.',
    [],
  ]);
  await connect.create('e', { 'kafka.topic': 'bad topic' });
  expect((await connect.tasksAre('e', 'FAILED')).body.tasks[0].trace).toMatch(
    /^org.apache.kafka.connect.errors.ConnectException: Error while attempting to create\/find topic\(s\) 'bad topic'\nCaused by: org.apache.kafka.common.errors.InvalidTopicException: /,
  );
});

it('every quickstart generates, in JSON with schema and in Avro', async () => {
  const { body } = await connect.ask('POST /connectors', {
    name: 'q',
    config: { 'connector.class': 'Datagen', 'kafka.topic': 'q', quickstart: 'nope' },
  });
  const names = /quickstart must be one out of (.*)/.exec(body.message)?.[1]?.split(',') ?? [];
  expect(names).toHaveLength(38);
  for (const name of names) {
    const shared = { 'schema.string': undefined, quickstart: name.toUpperCase(), iterations: 30 };
    const json = 'org.apache.kafka.connect.json.JsonConverter';
    await connect.create(`json-${name}`, {
      ...shared,
      'kafka.topic': `json-${name}`,
      'key.converter': json,
      'value.converter.schemas.enable': true,
    });
    await connect.create(`avro-${name}`, {
      ...shared,
      ...avro,
      'kafka.topic': `avro-${name}`,
      'key.converter': avro['value.converter'],
      'key.converter.schema.registry.url': 'http://x',
    });
    for (const format of ['json', 'avro']) {
      const { body: status } = await connect.tasksAre(`${format}-${name}`, 'FAILED');
      expect(status.tasks[0]).toMatchObject({ trace: stopped(30) });
    }
    const records = await connect.records(`json-${name}`);
    expect(records).toHaveLength(30);
    const { payload: key } = JSON.parse(text(records[0]?.key ?? null) ?? '') as { payload: unknown };
    const { payload } = JSON.parse(text(records[0]?.value ?? null) ?? '') as { payload: Record<string, unknown> };
    expect(Object.values(payload)).toContainEqual(key);
    expect(key).not.toBe(null);
  }
});
