/**
 * What a worker of Kafka Connect 4.3.1 says of `transforms`, `predicates` and `topic.creation.groups` when it validates: errors, values and
 * definitions of their keys, in its order; recorded-transforms.json holds its answers. Rows: name, type, required, default, importance,
 * group, order, width, display name, value, errors.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestConnect } from './fixtures.ts';

interface Recorded {
  readonly config: Readonly<Record<string, string>>;
  readonly errorCount: number;
  readonly groups: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

interface Answered {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly value: { readonly value: unknown; readonly errors: readonly string[] };
}

const recorded = JSON.parse(
  readFileSync(new URL('./recorded-transforms.json', import.meta.url), 'utf8'),
) as readonly Recorded[];
const ours = /^(transforms|predicates|topic\.creation)(\.|$)/;

let connect: TestConnect;
beforeAll(async () => {
  connect = new TestConnect();
  await connect.start();
});
afterAll(() => connect.close());

it.each(recorded.map((one) => [JSON.stringify(one.config), one] as const))('%s', async (_name, one) => {
  const config = {
    'connector.class': 'DatagenConnector',
    'kafka.topic': 'a',
    name: 'x',
    quickstart: 'users',
    ...one.config,
  };
  const { status, body } = await connect.ask('PUT /connector-plugins/DatagenConnector/config/validate', config);
  expect(status).toBe(200);
  const rows = (body.configs as readonly Answered[])
    .filter(({ definition }) => ours.test(String(definition['name'])))
    .filter(
      ({ definition, value }) =>
        value.errors.length > 0 || /\..*\./.test(String(definition['name']).replace('topic.creation.', 'x')),
    )
    .map(({ definition: d, value }) => [
      ...[d['name'], d['type'], d['required'], d['default_value'], d['importance'], d['group'], d['order_in_group']],
      ...[d['width'], d['display_name'], value.value, value.errors],
    ]);
  expect(rows).toEqual(one.rows);
  expect(body.error_count).toBe(one.errorCount);
  expect(body.groups.filter((group: string) => group.includes(':'))).toEqual(one.groups);
});
