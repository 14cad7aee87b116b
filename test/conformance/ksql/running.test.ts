/** The ksqlDB cases run: front end, planner, compiler, runtime, and what has to be there at the end. The count may only grow. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { judgeCase } from './judge.ts';

/** Cases that must pass, at least. */
const passedMin = 1138;

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
      const { status, why } = judgeCase(one);
      if (status === 'passed') passed++;
      else {
        if (status === 'skipped') notRun++;
        failures.push(`${status} ${label} | ${why}`);
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
