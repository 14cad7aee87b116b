import { expect, it } from 'vitest';
import { consumerOptions } from '../../../src/cli/kafka/client-config.ts';

const classes = (...names: readonly string[]): string =>
  names.map((name) => `org.apache.kafka.clients.consumer.${name}`).join(', ');

it('takes assignors by their Java classes, and names those that there are', () => {
  const strategy = (value: string): unknown => consumerOptions(new Map([['partition.assignment.strategy', value]]));
  expect(strategy(classes('CooperativeStickyAssignor', 'RangeAssignor'))).toEqual({
    assignors: ['cooperative-sticky', 'range'],
  });
  expect(() => strategy(classes('StickyAssignor'))).toThrow(
    /Invalid value org\.apache\.kafka\.clients\.consumer\.StickyAssignor for configuration partition\.assignment\.strategy: String must be one of: .*RoundRobinAssignor/,
  );
});
