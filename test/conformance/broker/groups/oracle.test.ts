/** Assignors and patterns of consumer groups beside Kafka's own classes, over seeded groups that change and a list of expressions. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AssignorMember } from '../../../../src/broker/groups/assignors/assignor.ts';
import type { Partitions } from '../../../../src/broker/groups/assignment.ts';
import { assignors } from '../../../../src/broker/groups/target-assignment.ts';
import { TopicRegex } from '../../../../src/broker/groups/regex/topic-regex.ts';
import { randomBelow, randomUuid, seededRandom } from '../../../../src/core/random.ts';
import { compileJava, describePeer, javaOutput } from '../../../peers.ts';
import type { JavaClass } from '../../../peers.ts';

interface Step {
  readonly assignor: 'uniform' | 'range';
  readonly homogeneous: boolean;
  readonly topics: ReadonlyMap<string, number>;
  readonly members: readonly AssignorMember[];
  readonly result: ReadonlyMap<string, Partitions>;
}

/** Groups whose members and topics come and go; each step begins with what the one before it gave. */
function* steps(seed: number, count: number): Generator<Step> {
  const random = seededRandom(seed);
  const below = (bound: number): number => randomBelow(random, bound);
  for (let group = 0; group < count; group++) {
    const homogeneous = below(2) === 0;
    const assignor = below(3) === 0 ? 'range' : 'uniform';
    const topics = new Map<string, number>();
    let targets: ReadonlyMap<string, Partitions> = new Map();
    let ids: string[] = [];
    for (let step = 0; step < 6; step++) {
      if (topics.size < 2 || below(3) === 0) topics.set(randomUuid(random).toString('base64url'), 1 + below(12));
      for (const [topic, size] of topics) if (below(6) === 0) topics.set(topic, size + below(4));
      ids = [...ids.filter(() => below(5) > 0), ...Array.from({ length: 1 + below(3) }, () => `m${below(1e9)}`)];
      const all = [...topics.keys()];
      const members = ids.map((memberId): AssignorMember => {
        const chosen = homogeneous ? all : all.filter(() => below(3) > 0);
        return {
          memberId,
          instanceId: below(4) === 0 ? `i${memberId}` : null,
          topicIds: new Set(chosen),
          target: targets.get(memberId) ?? new Map(),
        };
      });
      const assign = assignors[assignor];
      if (assign === undefined) throw new Error(assignor);
      const result = assign({ members, homogeneous, partitionCount: (topic) => topics.get(topic) ?? 0 });
      yield { assignor, homogeneous, topics: new Map(topics), members, result };
      targets = result;
    }
  }
}

function spell(partitions: Partitions | undefined): string {
  return [...(partitions ?? [])]
    .filter(([, indexes]) => indexes.size > 0)
    .map(([topic, indexes]) => `${topic}:${[...indexes].sort((a, b) => a - b).join('.')},`)
    .sort()
    .join('');
}

function request({ assignor, homogeneous, topics, members }: Step): string {
  const sizes = Array.from(topics, ([topic, count]) => `${topic}:${count}`).join(',');
  const spelled = members.map(
    ({ memberId, instanceId, topicIds, target }) =>
      `${memberId}|${instanceId ?? ''}|${[...topicIds].join(',')}|${spell(target)}`,
  );
  return ['assign', assignor, homogeneous ? 'homogeneous' : 'heterogeneous', sizes, ...spelled].join(' ');
}

/** How many partitions each member has, and how many of them it had before. */
function loads(step: Step, spelled: readonly string[]): { counts: number[]; kept: number } {
  const parts = (text: string): string[] =>
    text.split(',').flatMap((topic) => {
      const [id, list = ''] = topic.split(':');
      return list === '' ? [] : list.split('.').map((partition) => `${id} ${partition}`);
    });
  const counts: number[] = [];
  let kept = 0;
  for (const [i, member] of step.members.entries()) {
    const now = parts(spelled[i]?.split('|')[1] ?? '');
    const before = new Set(parts(spell(member.target)));
    counts.push(now.length);
    kept += now.filter((partition) => before.has(partition)).length;
  }
  return { counts: counts.sort((a, b) => a - b), kept };
}

/** What is special in RE2: what it refuses, what it reads otherwise than JavaScript, what would take JavaScript forever. */
const patterns = String.raw`topic|topic.*|.*|t[0-9]|[a-c]+|(a|b)*c|^orders-\d{2,3}$|orders-(?:eu|us)|a{2}|a{2,}|a{,2}|a{|a{1|x{2}{3}|a**|a*?|a+?b|a??|(a)(b)\1|(?=a)|(?!a)|(?<=a)|(?<name>a)b|(?P<n>a)|(?P<n>a)(?P<n>b)|(?P<1>a)|(?P<|(?P>a)|(?i)ORDERS.*|(?i:O)rders-eu|(?-i)a|(?i-s:A)|(?x)a|(?|(|)|())|a)|(a|[|[a|[]a]|[^]a]|[a-]|[-a]|[a-\d]|[z-a]|[[:alpha:]]+|[[:^digit:]-]+|[[:foo:]]|[[:alpha]|[\w-]+|[\W]|\w+|\W+|\bab\b|a\Bb|\babc|\Qa.b\E|\Qa.b|\Q[|a\Eb|\pL+|\p{Lu}|\p{Greek}+|\p{Foo}|\p{L|\PL|\P{^L}+|\p|\d+|\D+|\S+|\s|\x61|\x{61}b|\x{}|\x6|\x{110000}|\0|\01|\141|\8|\1|\k|\z|\Aabc\z|\C|\\|\.|a\.b|\a|\-|\_|\é|a||a|b|*a|+|?|a|*|(*a)|a$|$a|a^|x*y*z*|(x+x+)+y|(a|aa)+$|a{1000}|a{1001}|(a{500}){500}|[a-zA-Z0-9._-]{1,249}|orders\.(eu|us)\.[0-9]+|.+\.v[12]|é+|[é-ü]|(?s).|(?m)^a$|(?U)a+|(?i)É|(?i)[A-C]+|(?i)\pL|_.*|(a?){20}a{20}|a.c|((((a))))|[.]|[*]+|[\]]|[\\]|[\-a]|{|}|]|a{0}|(?:)|()|(?i)k`;
const names = [
  ...[
    'topic',
    'topic1',
    't1',
    'tx',
    'abc',
    'c',
    'aab',
    'orders-12',
    'orders-1234',
    'orders-eu',
    'ORDERS-EU',
    'Orders-eu',
  ],
  ...[
    'a',
    'aa',
    'aaa',
    'ab',
    'b',
    'A',
    'a.b',
    'a-b',
    '_x',
    '.',
    '-',
    'xyz',
    'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    '0',
  ],
  ...[
    'orders.eu.7',
    'a.v1',
    'é',
    'É',
    'αβγ',
    'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab',
    'a{',
    'a{1',
    'a{,2}',
    '*',
    ']',
    '\\',
  ],
  ...['K', 'k', 'a]', 'x{2}', '{', '}', 'aaaaaaaaaaaaaaaaaaaa', 'a b'],
]; // prettier-ignore

describePeer('kafka-tools', "Kafka's assignors and RE2/J", () => {
  let folder = '';
  let program: JavaClass;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-oracle-'));
    program = await compileJava(join(import.meta.dirname, 'Oracle.java'), folder, 'kafka-tools');
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function ask(lines: readonly string[]): Promise<string[]> {
    const { stdout, stderr, code } = await javaOutput(program, `${lines.join('\n')}\n`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return stdout.trimEnd().split('\n');
  }

  it('assign alike', async () => {
    const all = [...steps(848, 100)];
    const answers = await ask(all.map(request));
    expect(answers.length).toBe(all.length);
    for (const [i, step] of all.entries()) {
      const theirs = answers[i]?.split(' ') ?? [];
      const ours = step.members.map(({ memberId }) => `${memberId}|${spell(step.result.get(memberId))}`);
      // Kafka goes through the topics of a homogeneous group in no order: who gets what is free, not how much and how much is kept.
      if (step.assignor === 'uniform' && step.homogeneous) expect(loads(step, ours)).toEqual(loads(step, theirs));
      else expect(ours).toEqual(theirs);
    }
  });

  it('match alike, and refuse alike', async () => {
    const list = [...new Set([...patterns.split('|'), ...wholePatterns, ''])];
    const answers = await ask(list.map((pattern) => ['regex', pattern, ...names].join('\t')));
    const ours = list.map((pattern) => {
      try {
        const regex = new TopicRegex(pattern);
        return names.map((name) => (regex.matches(name) ? '1' : '0')).join('');
      } catch (error) {
        return `error: ${(error as Error).message}`;
      }
    });
    const differing = list
      .map((pattern, i) => ({ pattern, ours: ours[i], theirs: answers[i] }))
      .filter((row) => row.ours !== row.theirs);
    expect(differing).toEqual([
      // RE2/J takes seconds for it and much memory; it is refused.
      { pattern: '(a{500}){500}', ours: 'error: expression is too large', theirs: expect.stringMatching(/^[01]+$/) },
    ]);
  });
});

/** Those that hold the sign that separates the others. */
const wholePatterns = [
  '(a|b)*c',
  'orders-(?:eu|us)',
  'a||b',
  '|a',
  'a|',
  '(|a)',
  'a|*',
  '(a|aa)+$',
  'orders\\.(eu|us)\\.[0-9]+',
  '(|',
  '[|]',
  '\\|',
  'a|b|c',
]; // prettier-ignore
