/** The ksqlDB cases run: front end, planner, compiler, runtime. The count may only grow. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { NotRun } from './encode-record.ts';
import { planCase } from './plan-case.ts';
import { runCase } from './run-case.ts';

/** Cases that must pass, at least. */
const passedMin = 910;

describeShared('the ksqlDB cases', casesPath, () => {
  it('give what ksqlDB gives', () => {
    const failures: string[] = [];
    let passed = 0;
    let total = 0;
    let notRun = 0;
    for (const one of readCases('query')) {
      if (one.expected !== undefined) continue;
      total++;
      const label = `${one.file} | ${one.name}`;
      const planned = planCase(one);
      if (planned.failedAt !== undefined) {
        failures.push(`P ${label} | ${messageOf(planned.error)}`);
        continue;
      }
      try {
        runCase(one, planned);
        passed++;
      } catch (error) {
        if (error instanceof NotRun) {
          notRun++;
          failures.push(`N ${label} | ${messageOf(error)}`);
        } else failures.push(`F ${label} | ${messageOf(error)}`);
      }
    }
    if (process.env['KSQL_RUNNING_REPORT']) {
      writeFileSync(
        process.env['KSQL_RUNNING_REPORT'],
        `${passed} passed, ${notRun} not run, of ${total}\n${failures.join('\n')}\n`,
      );
    }
    expect(passed).toBeGreaterThanOrEqual(passedMin);
  });
});
