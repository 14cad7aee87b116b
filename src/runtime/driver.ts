/**
 * Runs a plan without a cluster, one record at a time: what comes out of each record is there when `feed` returns, as if there were
 * no cache and a commit after each record. Conformance cases and EXPLAIN use it.
 *
 *   const driver = planDriver(plan, { functions });
 *   driver.feed({ topic: 'in', key: Buffer.from('a'), value: Buffer.from('{"X": 1}'), timestamp: 0 });   // records of the sink
 */
import type { PhysicalPlan } from '../sql/physical/plan.ts';
import { RecordBatchBuilder } from '../wire/record-batch-builder.ts';
import { decodeRecords } from '../wire/record-batch.ts';
import type { DecodedRecord, RecordHeader } from '../wire/record-batch.ts';
import { AbortedFilter } from './batches.ts';
import { positionAt } from './position.ts';
import type { FunctionLookup } from './compiler/code.ts';
import type { PullRequest, Row } from './jobs.ts';
import { makeProgram } from './make-program.ts';
import type { AggregateLookup } from './rows/row-aggregates.ts';
import { rowProgram } from './rows/row-program.ts';
import type { Program, SchemaResult, SchemaText } from './program.ts';

export interface DriverOptions {
  readonly functions: FunctionLookup;
  /** Aggregates that are not built in. */
  readonly aggregates?: AggregateLookup;
  /** A registered schema; throws when there is none. */
  readonly schema?: (id: number) => SchemaText;
  /** Partitions of the sink; 1 by default. */
  readonly partitions?: number;
  /** Told of records that fail; may throw to stop the query. */
  readonly onError?: (error: unknown) => void;
  /** Never the generated loop: to compare the two. */
  readonly rowsOnly?: boolean;
}

export interface FedRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers?: readonly RecordHeader[];
}

export interface DrivenRecord extends DecodedRecord {
  readonly partition: number;
}

export interface PlanDriver {
  /** Records that the sink got from this one. */
  feed(record: FedRecord): DrivenRecord[];
  /** Result rows of a push query since the last call. */
  takeRows(): Row[];
  pull(request: PullRequest): Row[];
  readonly program: Program;
}

export function planDriver(plan: PhysicalPlan, options: DriverOptions): PlanDriver {
  const { functions, aggregates, schema, partitions = 1, onError = () => {}, rowsOnly = false } = options;
  const program = rowsOnly
    ? rowProgram(plan, partitions, functions, onError, aggregates)
    : makeProgram(plan, partitions, functions, onError, aggregates);
  const offsets = new Map<string, number>();
  return {
    program,
    feed({ topic, partition = 0, key, value, timestamp, headers = [] }) {
      const name = `${topic}/${partition}`;
      const baseOffset = offsets.get(name) ?? 0;
      offsets.set(name, baseOffset + 1);
      const builder = new RecordBatchBuilder();
      builder.append(timestamp, key, value, headers);
      const batch = builder.build({ baseOffset });
      const position = positionAt(baseOffset);
      for (;;) {
        const done = program.run(batch, 0, { topic, partition }, position, new AbortedFilter());
        if (typeof done === 'number' || 'time' in done) break;
        for (const id of done.ids) program.addSchema(id, schemaOf(id, schema));
      }
      program.flush();
      program.state?.committed();
      return program
        .takeOutputs()
        .flatMap(({ partition: to, batch: out }) => decodeRecords(out).map((record) => ({ ...record, partition: to })));
    },
    takeRows: () => program.takeRows(),
    pull: (request) => program.pull(request),
  };
}

function schemaOf(id: number, schema: DriverOptions['schema']): SchemaResult {
  try {
    if (schema === undefined) throw new Error('there is no registry');
    return schema(id);
  } catch (error) {
    return { error: `schema ${id} is not to be had: ${String(error)}` };
  }
}
