/** Tasks with transformations: where their records go, what is left out, what ends them, and where a later life goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IncomingRecord } from '../../../src/client/kafka-client.ts';
import { TestConnect } from './fixtures.ts';

const short = 'org.apache.kafka.connect.transforms.';

let connect: TestConnect;
beforeAll(async () => {
  connect = new TestConnect();
  await connect.start();
});
afterAll(() => connect.close());

function texts(records: readonly IncomingRecord[]): { key: string | null; value: string | null }[] {
  return records.map(({ key, value }) => ({
    key: key === null ? null : key.toString('utf8'),
    value: value === null ? null : value.toString('utf8'),
  }));
}

describe('a task with transformations', () => {
  it('writes to the topics that they name, with their keys, values and headers', async () => {
    await connect.create('routed', {
      iterations: 40,
      transforms: 'insert,key,route,header,drop',
      'transforms.insert.type': `${short}InsertField$Value`,
      'transforms.insert.static.field': 'source',
      'transforms.insert.static.value': 'datagen',
      'transforms.key.type': `${short}ValueToKey`,
      'transforms.key.fields': 'rating',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '(.*)_json',
      'transforms.route.replacement': '$1_routed',
      'transforms.header.type': 'InsertHeader',
      'transforms.header.header': 'team',
      'transforms.header.value.literal': 'ads',
      'transforms.drop.type': 'DropHeaders',
      'transforms.drop.headers': 'task.generation,task.id',
    });
    await connect.tasksAre('routed', 'FAILED');
    const records = await connect.recordsOf('commercials_routed', 40);
    expect(records).toHaveLength(40);
    for (const { key, value } of texts(records)) {
      const [, rating] = /^Struct\{rating=(\d)\}$/.exec(key ?? '') ?? [];
      expect(JSON.parse(value ?? '')).toMatchObject({ rating: Number(rating), source: 'datagen' });
    }
    expect(records[7]?.headers.map(({ key, value }) => [key, value?.toString()])).toEqual([
      ['current.iteration', '7'],
      ['team', 'ads'],
    ]);
    expect((await connect.ask('GET /connectors/routed/topics')).body).toEqual({
      routed: { topics: ['commercials_routed'] },
    });
  });

  it('goes on behind records that were filtered, and never makes a topic that gets none', async () => {
    await connect.create('filtered', {
      'kafka.topic': 'nobody',
      iterations: 25,
      transforms: 'none',
      'transforms.none.type': 'Filter',
      'transforms.none.predicate': 'mine',
      predicates: 'mine',
      'predicates.mine.type': 'TopicNameMatches',
      'predicates.mine.pattern': 'nob.dy',
    });
    await connect.tasksAre('filtered', 'FAILED');
    expect(await connect.kafka.admin.describeTopic('nobody')).toBeUndefined();
    const { body } = await connect.until(
      'GET /connectors/filtered/offsets',
      (answer) => answer.body.offsets.length > 0,
    );
    expect(body.offsets[0].offset).toMatchObject({ 'current.iteration': 25 });
  });

  it('registers the schema that comes out, under the topic that comes out', async () => {
    await connect.create('avro', {
      iterations: 5,
      'value.converter': 'io.confluent.connect.avro.AvroConverter',
      'value.converter.schema.registry.url': 'http://registry',
      transforms: 'cast,name,route',
      'transforms.cast.type': `${short}Cast$Value`,
      'transforms.cast.spec': 'rating:int64',
      'transforms.name.type': `${short}SetSchemaMetadata$Value`,
      'transforms.name.schema.name': 'shop.Rating',
      'transforms.route.type': 'RegexRouter',
      'transforms.route.regex': '.*',
      'transforms.route.replacement': 'cast',
    });
    await connect.tasksAre('avro', 'FAILED');
    const [subject, schema] = connect.registry.registered.at(-1) ?? [];
    expect(subject).toBe('cast-value');
    expect(JSON.parse(schema ?? '')).toMatchObject({
      name: 'Rating',
      namespace: 'shop',
      fields: [{ name: 'brand' }, { name: 'duration', type: 'int' }, { name: 'rating', type: 'long' }],
    });
  });

  it.each([
    ['none', 'FAILED', 0],
    ['all', 'FAILED', 10],
  ])(
    'fails at what a transformation cannot do, unless that is tolerated (%s)',
    async (tolerance, state, iterations) => {
      const name = `broken-${tolerance}`;
      await connect.create(name, {
        'kafka.topic': name,
        iterations: 10,
        'errors.tolerance': tolerance,
        transforms: 'x',
        'transforms.x.type': `${short}ExtractField$Value`,
        'transforms.x.field': 'nope',
      });
      const { body } = await connect.tasksAre(name, state);
      expect(body.tasks[0].trace).toBe(
        tolerance === 'all'
          ? 'org.apache.kafka.connect.errors.ConnectException: Stopping connector: generated the configured 10 number of messages'
          : 'org.apache.kafka.connect.errors.ConnectException: Tolerance exceeded in error handler\nCaused by: java.lang.IllegalArgumentException: Unknown field: nope',
      );
      if (iterations > 0)
        await connect.until(
          `GET /connectors/${name}/offsets`,
          (answer) => answer.body.offsets[0]?.offset['current.iteration'] === iterations,
        );
    },
  );

  it('says what is wrong with transformations that do not go together', async () => {
    await connect.create('wrong', {
      'kafka.topic': 'wrong',
      transforms: 'x',
      'transforms.x.type': `${short}InsertField$Value`,
    });
    const { body } = await connect.tasksAre('wrong', 'FAILED');
    expect(body.tasks[0].trace).toBe(
      'org.apache.kafka.connect.errors.ConnectException: org.apache.kafka.common.config.ConfigException: No field insertion configured\nCaused by: org.apache.kafka.common.config.ConfigException: No field insertion configured',
    );
  });
});

it('lists them as the real worker does', async () => {
  const { body } = await connect.ask('GET /connector-plugins?connectorsOnly=false');
  const listed = (body as { class: string; type: string }[]).filter(
    ({ type }) => type === 'transformation' || type === 'predicate',
  );
  expect(listed.map(({ class: name }) => name.replace(short, ''))).toEqual([
    ...['Cast$Key', 'Cast$Value', 'DropHeaders', 'ExtractField$Key', 'ExtractField$Value', 'Filter', 'Flatten$Key'],
    ...['Flatten$Value', 'HeaderFrom$Key', 'HeaderFrom$Value', 'HoistField$Key', 'HoistField$Value', 'InsertField$Key'],
    ...['InsertField$Value', 'InsertHeader', 'MaskField$Key', 'MaskField$Value', 'RegexRouter', 'ReplaceField$Key'],
    ...['ReplaceField$Value', 'SetSchemaMetadata$Key', 'SetSchemaMetadata$Value', 'TimestampConverter$Key'],
    ...['TimestampConverter$Value', 'TimestampRouter', 'ValueToKey', 'predicates.HasHeaderKey'],
    ...['predicates.RecordIsTombstone', 'predicates.TopicNameMatches'],
  ]);
  const { body: keys } = await connect.ask('GET /connector-plugins/RegexRouter/config');
  expect((keys as { name: string }[]).map(({ name }) => name)).toEqual(['regex', 'replacement']);
});
