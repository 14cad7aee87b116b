/**
 * A plan whose task dies at every record: it takes the record in and is gone before its commit; the next one restores the state from
 * the changelog, as compaction leaves it, takes the same record in and commits. What comes out must be what comes out without crashes.
 */
import { AbortedFilter } from '../../../src/runtime/batches.ts';
import { positionAt } from '../../../src/runtime/position.ts';
import type { DriverOptions, FedRecord, PlanDriver } from '../../../src/runtime/driver.ts';
import { makeProgram } from '../../../src/runtime/make-program.ts';
import type { Program } from '../../../src/runtime/program.ts';
import { rowProgram } from '../../../src/runtime/rows/row-program.ts';
import type { PhysicalPlan } from '../../../src/sql/physical/plan.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import { decodeRecords } from '../../../src/wire/record-batch.ts';

export function crashingDriver(plan: PhysicalPlan, options: DriverOptions): Pick<PlanDriver, 'feed'> {
  const { functions, aggregates, schema, onError = () => {}, rowsOnly = false } = options;
  const start = (): Program =>
    rowsOnly
      ? rowProgram(plan, 1, functions, onError, aggregates)
      : makeProgram(plan, 1, functions, onError, aggregates);
  const changelog = new Map<string, { readonly key: Buffer; readonly value: Buffer }>();
  const offsets = new Map<string, number>();
  let streamTime = -1;
  let commitId = 0;

  const restored = (): Program => {
    const program = start();
    for (const { key, value } of changelog.values()) program.state?.apply(key, value);
    program.streamTime = streamTime;
    return program;
  };
  const run = (program: Program, { topic, key, value, timestamp, headers = [] }: FedRecord): void => {
    const baseOffset = offsets.get(topic) ?? 0;
    const builder = new RecordBatchBuilder();
    builder.append(timestamp, key, value, headers);
    const batch = builder.build({ baseOffset });
    const position = positionAt(baseOffset);
    for (;;) {
      const done = program.run(batch, 0, { topic, partition: 0 }, position, new AbortedFilter());
      if (typeof done === 'number' || 'time' in done) break;
      for (const id of done.ids) program.addSchema(id, schema?.(id) ?? { error: 'there is no registry' });
    }
    program.flush();
  };
  return {
    feed(record) {
      // This one dies: what it wrote was never committed.
      run(restored(), record);
      const program = restored();
      run(program, record);
      commitId++;
      program.state?.changes(commitId, (key, keyLength, value, valueLength) => {
        const name = Buffer.from(key.subarray(0, keyLength));
        const text = name.toString('latin1');
        changelog.delete(text);
        changelog.set(text, { key: name, value: Buffer.from(value.subarray(0, valueLength)) });
      });
      ({ streamTime } = program);
      offsets.set(record.topic, (offsets.get(record.topic) ?? 0) + 1);
      return program
        .takeOutputs()
        .flatMap(({ partition, batch }) => decodeRecords(batch).map((one) => ({ ...one, partition })));
    },
  };
}
