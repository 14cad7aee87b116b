import { afterEach, describe, expect, it } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { FakeKafka } from './fake-kafka.ts';
import { record, startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

const open: TestRegistry[] = [];
async function start(kafka: FakeKafka = new FakeKafka(), shared = false): Promise<TestRegistry> {
  const registry = await startRegistry(kafka, shared);
  open.push(registry);
  return registry;
}
afterEach(async () => {
  for (const registry of open.splice(0)) await registry.close();
});

const written = (kafka: FakeKafka): string[] =>
  kafka.log.flatMap((entry) =>
    entry ? [`${String(entry.key)} ${entry.value === null ? 'null' : String(entry.value)}`] : [],
  );

it('is created compacted, and holds Confluent’s records byte for byte', async () => {
  const registry = await start();
  expect(registry.kafka.config).toEqual({ 'cleanup.policy': 'compact' });
  await registry.register('a', '"string"');
  await registry.register(':.c:b', '"int"');
  await registry.ok('PUT /config', { compatibility: 'FULL' });
  await registry.ok('PUT /config/a', { compatibility: 'NONE' });
  await registry.ok('PUT /mode/a', { mode: 'readonly' });
  await registry.ok('DELETE /mode/a');
  await registry.ok('DELETE /subjects/:.c:b/versions/1');
  await registry.ok('DELETE /subjects/a');
  await registry.ok('DELETE /subjects/a?permanent=true');
  expect(written(registry.kafka)).toEqual([
    '{"keytype":"SCHEMA","subject":"a","version":1,"magic":1} {"subject":"a","version":1,"id":1,"schemaType":"AVRO","schema":"\\"string\\"","deleted":false}',
    '{"keytype":"CONTEXT","tenant":"default","context":".c","magic":0} {"tenant":"default","context":".c"}',
    '{"keytype":"SCHEMA","subject":":.c:b","version":1,"magic":1} {"subject":":.c:b","version":1,"id":1,"schemaType":"AVRO","schema":"\\"int\\"","deleted":false}',
    '{"keytype":"CONFIG","magic":0} {"compatibilityLevel":"FULL"}',
    '{"keytype":"CONFIG","subject":"a","magic":0} {"subject":"a","compatibilityLevel":"NONE"}',
    '{"keytype":"MODE","subject":"a","magic":0} {"subject":"a","mode":"READONLY"}',
    '{"keytype":"MODE","subject":"a","magic":0} null',
    '{"keytype":"SCHEMA","subject":":.c:b","version":1,"magic":1} {"subject":":.c:b","version":1,"id":1,"schemaType":"AVRO","schema":"\\"int\\"","deleted":true}',
    '{"keytype":"DELETE_SUBJECT","subject":"a","magic":0} {"subject":"a","version":1}',
    '{"keytype":"NOOP","magic":0} {"maxIds":{".":1,".c":1}}',
    '{"keytype":"SCHEMA","subject":"a","version":1,"magic":1} null',
    '{"keytype":"CONFIG","subject":"a","magic":0} null',
  ]);
});

it('reads what another registry wrote, old and new, and passes over what it cannot read', async () => {
  const kafka = new FakeKafka();
  kafka.partitions = 1;
  kafka.append({ keytype: 'NOOP', magic: 0 }, null);
  kafka.append({ magic: 0, keytype: 'CONFIG', subject: null }, { compatibilityLevel: 'FORWARD' });
  kafka.append(
    { magic: 1, keytype: 'SCHEMA', subject: 'old', version: 1 },
    { subject: 'old', version: 1, id: 41, schema: '"string"', deleted: false },
  );
  kafka.append(
    { keytype: 'SCHEMA', subject: 'new', version: 1, magic: 1 },
    { subject: 'new', version: 1, id: 42, md5: 'x', schemaType: 'JSON', schema: '{}', deleted: false, ts: 5 },
  );
  kafka.append({ keytype: 'ASSOC', tenant: 'default' }, { guid: 'x' });
  kafka.append('no JSON', 'neither');
  kafka.append({ keytype: 'SCHEMA', subject: 'bad', version: 1, magic: 9 }, { id: 1 });
  kafka.append({ keytype: 'SCHEMA', subject: 'bad', version: 1, magic: 1 }, { id: 'x' });
  kafka.append(null, { id: 1 });
  kafka.append(
    { keytype: 'SCHEMA', subject: 'thief', version: 1, magic: 1 },
    { subject: 'thief', version: 1, id: 41, schema: '"int"', deleted: false },
  );
  const registry = await start(kafka);
  expect(await registry.ok('GET /subjects')).toEqual(['new', 'old']);
  expect(await registry.ok('GET /schemas/ids/42')).toMatchObject({ schemaType: 'JSON', schema: '{}' });
  expect(await registry.ok('GET /config')).toEqual({ compatibilityLevel: 'FORWARD' });
  expect(await registry.register('old', '"string"')).toBe(41);
  expect(await registry.register('next', '"long"')).toBe(43);
});

it('follows what others write', async () => {
  const kafka = new FakeKafka();
  const registry = await start(kafka);
  kafka.append(
    { keytype: 'SCHEMA', subject: 'a', version: 1, magic: 1 },
    { subject: 'a', version: 1, id: 5, schema: '"string"', deleted: false },
  );
  await expect.poll(() => registry.ok('GET /subjects')).toEqual(['a']);
});

it('of another shape is refused', async () => {
  const kafka = new FakeKafka();
  kafka.partitions = 2;
  await expect(start(kafka)).rejects.toThrow('The schema topic _schemas should have only 1 partition but has 2');
  kafka.partitions = 1;
  kafka.config['cleanup.policy'] = 'delete';
  await expect(start(kafka)).rejects.toThrow("Expected cleanup.policy to be 'compact' but it is delete");
});

describe('several registries on one topic', () => {
  it('never give an id twice, nor two versions the same number', async () => {
    const kafka = new FakeKafka();
    const all = [await start(kafka, true), await start(kafka, true), await start(kafka, true)];
    await registriesTake(all);
    const ids = await Promise.all(
      Array.from({ length: 30 }, (_, i) => all[i % 3]?.register(i % 2 ? `s${i}` : 'same', record(`f${i}?`))),
    );
    expect(new Set(ids).size).toBe(30);
    for (const registry of all) {
      await expect.poll(async () => ((await registry.ok('GET /subjects/same/versions')) as number[]).length).toBe(15);
      expect(await registry.ok('GET /subjects')).toHaveLength(16);
    }
  });

  async function registriesTake(all: readonly TestRegistry[]): Promise<void> {
    await all[0]?.ok('PUT /config', { compatibility: 'NONE' });
    for (const registry of all)
      await expect.poll(() => registry.ok('GET /config')).toEqual({ compatibilityLevel: 'NONE' });
  }
});

describe('a write that fails', () => {
  it('is told, leaves nothing, and what comes later works', async () => {
    const registry = await start();
    await registry.register('a', '"string"');
    registry.kafka.failure = new StackError('MILLRACE_UNREACHABLE', 'the broker is gone');
    expect(await registry.error('POST /subjects/a/versions', { schema: '"bytes"' })).toBe(
      '500 50002 Write to the Kafka store timed out: the broker is gone',
    );
    registry.kafka.failure = new StackError('MILLRACE_KAFKA', 'too large', {
      details: { errorName: 'MESSAGE_TOO_LARGE' },
    });
    expect(await registry.error('POST /subjects/a/versions', { schema: '"bytes"' })).toBe(
      '422 42209 Register operation failed because schema is too large',
    );
    registry.kafka.failure = new StackError('MILLRACE_KAFKA', 'no');
    expect(await registry.error('PUT /config', { compatibility: 'NONE' })).toMatch(/^500 50001 /);
    registry.kafka.failure = undefined;
    expect(await registry.ok('GET /subjects/a/versions')).toEqual([1]);
    expect(await registry.register('a', '"bytes"')).toBe(2);
  });
});

it('whatever was written before a crash, ids keep their meaning and are not given again', async () => {
  const kafka = new FakeKafka();
  const registry = await start(kafka);
  await registry.ok('PUT /config', { compatibility: 'NONE' });
  // Length of the log → what was acknowledged by then: id → schema, or that it is gone.
  const acknowledged: { readonly length: number; readonly id: number; readonly schema: unknown }[] = [];
  const register = async (subject: string, field: string): Promise<void> => {
    const id = await registry.register(subject, record(field));
    acknowledged.push({ length: kafka.log.length, id, schema: record(field) });
  };
  await register('a', 'x');
  await register('a', 'y');
  await register('b', 'z');
  await registry.ok('DELETE /subjects/a/versions/1');
  await register('a', 'x'); // a new version, and the old one goes
  await registry.ok('DELETE /subjects/b');
  await registry.ok('DELETE /subjects/b?permanent=true');
  await register('c', 'w');
  const gone = 3;
  for (let length = 0; length <= kafka.log.length; length++) {
    for (const compacted of [false, true]) {
      const crashed = new FakeKafka();
      crashed.partitions = 1;
      crashed.log.push(...kafka.log.slice(0, length));
      if (compacted) crashed.compact();
      const after = await start(crashed);
      const known = acknowledged.filter((one) => one.length <= length);
      for (const { id, schema } of known) {
        const { status, body } = await after.ask(`GET /schemas/ids/${id}`);
        if (status === 200) expect(body).toMatchObject({ schema: JSON.stringify(schema) });
        else expect(id).toBe(gone);
      }
      const fresh = await after.register('fresh', record('fresh'));
      expect(known.map(({ id }) => id)).not.toContain(fresh);
    }
  }
});

it('closing lets changes under way end, and refuses those that come later', async () => {
  const registry = await start();
  const underWay = Promise.all(Array.from({ length: 5 }, (_, i) => registry.register(`s${i}`, record(`f${i}`))));
  await new Promise((resolve) => setImmediate(resolve));
  await registry.close();
  expect(await underWay).toHaveLength(5);
  expect(await registry.error('PUT /config', { compatibility: 'NONE' })).toBe(
    '500 50002 Write to the Kafka store timed out: The schema registry is closing.',
  );
});
