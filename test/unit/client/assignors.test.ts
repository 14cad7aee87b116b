import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assignors } from '../../../src/client/assignors.ts';
import type { GroupMember } from '../../../src/client/assignment.ts';
import type { AssignorName } from '../../../src/client/assignors.ts';

const member = (memberId: string, topics: string[], instanceId: string | null = null): GroupMember => ({
  memberId,
  instanceId,
  topics,
  owned: [],
  generation: -1,
});
const partitions: Record<string, number> = { a: 3, b: 3, c: 5, gone: 0 };

/** `member: topic[partitions] …` */
function shares(name: AssignorName, members: GroupMember[]): Record<string, string> {
  const assigned = assignors[name](members, (topic) => partitions[topic] ?? 0);
  return Object.fromEntries(
    Array.from(assigned, ([id, list]) => [
      id,
      list.map(({ topic, partitions: p }) => `${topic}[${p.join()}]`).join(' '),
    ]),
  );
}

it('range: each topic by itself, the first members get what is left over', () => {
  expect(shares('range', [member('m2', ['a', 'b']), member('m1', ['a', 'b'])])).toEqual({
    m1: 'a[0,1] b[0,1]',
    m2: 'a[2] b[2]',
  });
  expect(shares('range', [member('m1', ['c']), member('m2', ['c', 'gone']), member('m3', ['a'])])).toEqual({
    m1: 'c[0,1,2]',
    m2: 'c[3,4]',
    m3: 'a[0,1,2]',
  });
  // Static members come first, by their instance.
  expect(shares('range', [member('m1', ['a']), member('m9', ['a'], 'x')])).toEqual({ m9: 'a[0,1]', m1: 'a[2]' });
  const many = shares(
    'range',
    ['1', '2', '3', '4'].map((id) => member(id, ['a'])),
  );
  expect(many).toEqual({ 1: 'a[0]', 2: 'a[1]', 3: 'a[2]', 4: '' });
});

it('roundrobin: all partitions in turn, to the next member that wants the topic', () => {
  expect(shares('roundrobin', [member('m1', ['a', 'b']), member('m2', ['a', 'b'])])).toEqual({
    m1: 'a[0,2] b[1]',
    m2: 'a[1] b[0,2]',
  });
  expect(shares('roundrobin', [member('m1', ['a']), member('m2', ['a', 'c'])])).toEqual({
    m1: 'a[0,2]',
    m2: 'a[1] c[0,1,2,3,4]',
  });
});

it('cooperative-sticky: a few rounds to a fair share, in which nobody has what another one reads, and as little moves as can', () => {
  const topicNames = ['a', 'b', 'c'];
  const memberArb = fc.record({
    id: fc.constantFrom('m1', 'm2', 'm3', 'm4'),
    topics: fc.subarray(topicNames, { minLength: 1 }),
  });
  const groupArb = fc.uniqueArray(memberArb, { selector: ({ id }) => id, minLength: 1 });
  fc.assert(
    fc.property(fc.array(groupArb, { minLength: 1, maxLength: 4 }), (groups) => {
      let owned = new Map<string, ReadonlySet<string>>();
      let generation = 0;
      for (const group of groups) {
        const before = owned;
        const wanted = new Set(group.flatMap(({ topics }) => topics));
        const all = [...wanted].flatMap((topic) =>
          Array.from({ length: partitions[topic] ?? 0 }, (_, i) => `${topic} ${i}`),
        );
        owned = new Map();
        for (let round = 1; round <= 4; round++) {
          const now: ReadonlyMap<string, ReadonlySet<string>> = round === 1 ? before : owned;
          const members = group.map(
            ({ id, topics }): GroupMember => ({
              ...member(id, topics),
              owned: ownedBy(now.get(id) ?? new Set()),
              generation,
            }),
          );
          const assigned = new Map(
            Array.from(
              assignors['cooperative-sticky'](members, (topic) => partitions[topic] ?? 0),
              ([id, list]) => [
                id,
                new Set(list.flatMap(({ topic, partitions: p }) => p.map((partition) => `${topic} ${partition}`))),
              ],
            ),
          );
          generation++;
          for (const { id, topics } of group) {
            for (const name of assigned.get(id) ?? []) {
              expect(topics).toContain(name.split(' ')[0]);
              const others = group.filter((other) => other.id !== id);
              expect(others.some((other) => now.get(other.id)?.has(name) || assigned.get(other.id)?.has(name))).toBe(
                false,
              );
            }
          }
          owned = assigned;
        }
        expect([...owned.values()].flatMap((set) => [...set]).sort()).toEqual(all.sort());
        // Fair: nobody could take a partition from one who has two more.
        for (const { topics } of group) {
          const mine = Math.min(
            ...group.filter((one) => one.topics === topics).map(({ id }) => owned.get(id)?.size ?? 0),
          );
          for (const set of owned.values())
            if ([...set].some((name) => topics.includes(name.split(' ')[0] ?? '')))
              expect(set.size).toBeLessThanOrEqual(mine + 1);
        }
        // Once it is fair nothing moves.
        const again = assignors['cooperative-sticky'](
          group.map(({ id, topics }) => ({
            ...member(id, topics),
            owned: ownedBy(owned.get(id) ?? new Set()),
            generation,
          })),
          (topic) => partitions[topic] ?? 0,
        );
        for (const [id, list] of again)
          expect(list.reduce((sum, { partitions: p }) => sum + p.length, 0)).toBe(owned.get(id)?.size);
      }
    }),
  );
});

it('cooperative-sticky: what two claim from the same generation is given up by both; an older claim does not count', () => {
  const owner = (id: string, generation: number, ...owned: number[]): GroupMember => ({
    ...member(id, ['c']),
    owned: [{ topic: 'c', partitions: owned }],
    generation,
  });
  expect(shares('cooperative-sticky', [owner('m1', 3, 0, 1), owner('m2', 3, 1, 2), owner('m3', 2, 0, 2)])).toEqual({
    m1: 'c[0,3]',
    m2: 'c[2,4]',
    m3: '',
  });
});

function ownedBy(names: ReadonlySet<string>): { topic: string; partitions: number[] }[] {
  return Array.from(names, (name) => ({ topic: name.split(' ')[0] ?? '', partitions: [Number(name.split(' ')[1])] }));
}
