/** The ksqlDB cases again, with a task that dies and is restored at every record: the same outputs, in the same order. */
import { expect, it } from 'vitest';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { judgeCase } from './judge.ts';

describeShared('the ksqlDB cases with a crash at every record', casesPath, () => {
  it.each([false, true])('give the same (row by row only: %s)', { timeout: 600_000 }, (rowsOnly) => {
    const failures: string[] = [];
    let passed = 0;
    for (const one of readCases('query')) {
      if (one.expected !== undefined) continue;
      const { status, why } = judgeCase(one, { crashes: true, rowsOnly });
      if (status === 'passed') passed++;
      else failures.push(`${one.file} | ${one.name} | ${why}`);
    }
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThanOrEqual(1138);
  });
});
