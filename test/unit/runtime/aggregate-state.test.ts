/** The state of an aggregate behind a torn commit: keys without a row that the next commit has to write as deleted. */
import { expect, it } from 'vitest';
import { planDriver } from '../../../src/runtime/driver.ts';
import { taskFunctions } from '../../../src/runtime/functions.ts';
import { seededRandom } from '../../../src/core/random.ts';
import type { ProgramState, PutRow } from '../../../src/runtime/program.ts';
import { avroCommercial, query25, sourceSchema } from './walkthrough.ts';
import { SimulatedClock } from './simulated-clock.ts';

const key = (brand: string): Buffer => Buffer.concat([Buffer.of(0), Buffer.from(brand)]);

/** What a commit would write, as brand → 1 for a row or 2 for a deleted one. */
function changesOf(state: ProgramState): Map<string, number> {
  const changes = new Map<string, number>();
  state.changes(
    7,
    (...[name, length, value]: Parameters<PutRow>) =>
      void changes.set(Buffer.from(name.subarray(1, length)).toString(), value[0] ?? -1),
  );
  return changes;
}

it('writes a marked key as deleted, unless it got a row in between, and the row counts from then on', () => {
  const functions = taskFunctions(new SimulatedClock(), seededRandom(1));
  const driver = planDriver(query25('commit'), { functions, schema: () => ({ text: sourceSchema }) });
  const state = driver.program.state as ProgramState;
  state.markChanged([key('Acme'), key('Globex')]);
  const value = avroCommercial({ brand: 'Acme', duration: 30, rating: 4 });
  let written = new Map<string, number>();
  const committed = state.committed.bind(state);
  Object.assign(state, {
    committed: () => {
      written = changesOf(state);
      committed();
    },
  });
  driver.feed({ topic: 'commercials_avro', key: null, value, timestamp: 1 });
  expect(written).toEqual(
    new Map([
      ['Acme', 1],
      ['Globex', 2],
    ]),
  );
  expect(driver.pull({ queryId: '' }).map(([brand, count]) => [brand, Number(count)])).toEqual([['Acme', 1]]);
  expect(changesOf(state)).toEqual(new Map());
});
