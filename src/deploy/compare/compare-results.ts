/** The answers of engines, read from their topics query by query and held against those of the first engine. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { DifferenceName, Note } from '../notes.ts';
import type { PipelineQuery } from '../pipeline.ts';
import type { ComparedEngine, ComparedQuery } from './comparison.ts';
import { differences, summary } from './differences.ts';
import type { Differences } from './differences.ts';
import { readResult, shownResult, unequalRows } from './results.ts';
import type { QueryResult } from './results.ts';
import { rowDecoder } from './row-decoder.ts';

/** Where an engine's answers are. */
export interface Answers {
  readonly engine: ComparedEngine;
  /** What the engine does otherwise, as the translation said. */
  readonly notes: readonly Note[];
  readonly topic: (query: PipelineQuery) => string;
}

export interface ComparedResults {
  readonly queries: readonly ComparedQuery[];
  /** By engine and the query's name. */
  readonly results: ReadonlyMap<ComparedEngine, Readonly<Record<string, QueryResult>>>;
}

/** Holds no more than two results of one query at a time. */
export async function compareResults(
  { kafka, registry }: { readonly kafka: KafkaClient; readonly registry: SchemaRegistryClient },
  queries: readonly PipelineQuery[],
  [measure, ...others]: readonly Answers[],
  onProgress: (records: number) => void,
): Promise<ComparedResults> {
  const compared: ComparedQuery[] = [];
  let before = 0;
  const results = new Map<ComparedEngine, Record<string, QueryResult>>();
  for (const query of queries) {
    const { name, sink } = query;
    if (measure === undefined) break;
    const decode = rowDecoder(registry, sink);
    const read = async ({ topic, engine }: Answers): ReturnType<typeof readResult> => {
      const result = await readResult(kafka, topic(query), sink.kind, (records) => onProgress(before + records));
      before += result.records;
      results.set(engine, { ...results.get(engine), [name]: await shownResult(result, sink.kind, decode) });
      return result;
    };
    const expected = await read(measure);
    const found: Partial<Record<ComparedEngine, Differences>> = {};
    for (const other of others) {
      const unequal = await unequalRows(expected, await read(other), decode);
      found[other.engine] = summary(differences(unequal, sink.kind === 'TABLE', knownFor(other.notes, name)));
    }
    compared.push({ name, kind: sink.kind, differences: found });
  }
  return { queries: compared, results };
}

function knownFor(notes: readonly Note[], query: string): ReadonlySet<DifferenceName> {
  return new Set(notes.flatMap((note) => (note.query === undefined || note.query === query ? [note.name] : [])));
}
