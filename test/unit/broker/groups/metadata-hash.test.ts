/** The hash of a group's topics against those that Apache Kafka 4.3.1 wrote for groups of the recorded scripts. */
import { expect, it } from 'vitest';
import { MetadataHash } from '../../../../src/broker/groups/metadata-hash.ts';
import type { Catalog } from '../../../../src/broker/metadata/catalog.ts';

const topics = new Map(
  [
    { name: 'a', id: 'im3F99GyQA-ulXdj5FDkLQ', partitions: new Array<undefined>(4) },
    { name: 'b', id: 'FQvYrYcdT5-TBOJ1iYodPQ', partitions: new Array<undefined>(3) },
    { name: 'c', id: 'JJqNgGIqRXmNIqSdO8WZSQ', partitions: new Array<undefined>(1) },
  ].map((topic) => [topic.name, topic]),
);
const catalog = { topic: (name: string) => topics.get(name) } as unknown as Catalog;

it.each<[string[], bigint]>([
  [['a'], -905833206765609833n],
  [['b', 'a'], -932679966155691217n],
  [['c', 'b'], 465824623400450017n],
  [['a', 'c', 'b', 'missing'], 5373302121689270662n],
])('of %j', (names, hash) => {
  expect(new MetadataHash(catalog, null).of(names)).toBe(hash);
});

it('of no topics that exist is 0', () => {
  expect(new MetadataHash(catalog, null).of(['missing'])).toBe(0n);
});
