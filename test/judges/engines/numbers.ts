/** What the crash tests of all engines read and how their answers are judged: numbers in seven groups, in two partitions. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { confluentKafka } from '../../peers.ts';

const program = readFileSync(new URL('numbers.py', import.meta.url), 'utf8');

/** How often something is killed; the full number also writes its result down. */
export const fullKills = 20;
export const kills: number = Number(process.env['MILLRACE_KILLS'] ?? fullKills);

export async function fillNumbers(bootstrapServers: string, count: number): Promise<void> {
  const { code, stderr } = await confluentKafka(program, 'fill', bootstrapServers, String(count));
  expect({ code, stderr }).toMatchObject({ code: 0 });
}

export type JsonRecord = readonly [key: string | null, value: Readonly<Record<string, unknown>>];

export async function readJson(
  bootstrapServers: string,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted',
): Promise<JsonRecord[]> {
  const { code, stdout, stderr } = await confluentKafka(program, 'read', bootstrapServers, topic, isolation);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonRecord);
}

/** What a count of each group comes to in the end. */
export function groupCounts(count: number): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 0; n < count; n++) counts.set(`g${n % 7}`, (counts.get(`g${n % 7}`) ?? 0) + 1);
  return counts;
}

/** Records of a table that counts: in each group every next count is more, or not less where `again` allows repetition. */
export function lastCounts(records: readonly JsonRecord[], again = false): Map<string, number> {
  const last = new Map<string, number>();
  for (const [, { g, c }] of records) {
    const before = last.get(String(g)) ?? 0;
    if (!again) expect(c).toBeGreaterThan(before);
    last.set(String(g), Number(c));
  }
  return last;
}
