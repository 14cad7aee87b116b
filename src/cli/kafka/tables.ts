/** What several tools print alike. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';

export type TopicMetadataAnswer = ResponseBody<'Metadata'>['topics'][number];

/** Metadata of the named topics, or of all. */
export async function topicsMetadata(
  client: KafkaClient,
  names: readonly string[] | null,
): Promise<readonly TopicMetadataAnswer[]> {
  const answer = await client.request('Metadata', {
    topics: names === null ? null : names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  });
  return answer.topics;
}

/** Columns as wide as their widest cell, each ended by a tab: what the tools for brokers and transactions print. */
export function tabbedTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_cell, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `${row.map((cell, column) => `${cell.padEnd(widths[column] ?? 0)}\t`).join('')}\n`).join('');
}

/** The brokers of the cluster by their ids. */
export async function brokersOf(client: KafkaClient): Promise<ResponseBody<'Metadata'>['brokers']> {
  const { brokers } = await client.request('Metadata', { topics: [], allowAutoTopicCreation: false });
  return [...brokers].sort((a, b) => a.nodeId - b.nodeId);
}
