/** The statements of the ksqlDB REST cases, planned; see `planning.test.ts`. What is missing is listed. */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { planCase } from './plan-case.ts';

/** Cases that are planned as they should be, at least. */
const rightMin = 229;

describeShared('planning of the ksqlDB REST cases', casesPath, () => {
  it('plans what works and refuses what does not', () => {
    const failures: string[] = [];
    let right = 0;
    for (const one of readCases('rest')) {
      const { failedAt, error } = planCase(one);
      const [expected = ''] = one.expected?.message.split('\nStatement:') ?? [];
      const ok =
        one.expected === undefined
          ? failedAt === undefined
          : failedAt !== undefined && messageOf(error).includes(expected);
      if (ok) right++;
      else failures.push(`${one.file} | ${one.name} | ${messageOf(error)} | expected: ${expected}`);
    }
    if (process.env['KSQL_PLANNING_REPORT']) {
      writeFileSync(`${process.env['KSQL_PLANNING_REPORT']}.rest`, `${right}\n${failures.join('\n')}\n`);
    }
    expect(right, failures.join('\n')).toBeGreaterThanOrEqual(rightMin);
  });
});
