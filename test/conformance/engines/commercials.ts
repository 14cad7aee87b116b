/** The walk-through's topic, as its producers fill it (commercials.py). */
import { readFileSync } from 'node:fs';
import { confluentKafka } from '../../peers.ts';

const program = readFileSync(new URL('commercials.py', import.meta.url), 'utf8');

export interface Commercials {
  /** Of the first record. */
  readonly startMs: number;
  /** 100 when absent. */
  readonly count?: number;
  /** Of the topic, which is there already or made with one. */
  readonly partitions?: number;
  /** `regular`, when absent: one each half second, all windows alike. `drawn`: brands, durations, ratings and pauses as Datagen draws them. */
  readonly kind?: 'regular' | 'drawn';
}

/** Fills the topic, with records in turn over its partitions. */
export async function produceCommercials(
  { bootstrapServers, schemaRegistryUrl }: { readonly bootstrapServers: string; readonly schemaRegistryUrl: string },
  { startMs, count = 100, partitions = 1, kind = 'regular' }: Commercials,
): Promise<void> {
  const numbers = [startMs, count, partitions].map(String);
  const made = await confluentKafka(program, bootstrapServers, schemaRegistryUrl, ...numbers, kind);
  if (made.code !== 0) throw new Error(made.stderr);
}
