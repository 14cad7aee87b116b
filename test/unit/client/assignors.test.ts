import { expect, it } from 'vitest';
import { assignors } from '../../../src/client/assignors.ts';
import type { AssignorName, GroupMember } from '../../../src/client/assignors.ts';

const member = (memberId: string, topics: string[], instanceId: string | null = null): GroupMember => ({
  memberId,
  instanceId,
  topics,
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
