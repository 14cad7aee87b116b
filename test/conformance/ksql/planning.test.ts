/**
 * The statements of the ksqlDB cases, planned: those that should work get a plan, those that should not are refused in the last
 * statement, with the text that ksqlDB gives.
 */
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { messageOf } from '../../../src/core/errors.ts';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { planCase } from './plan-case.ts';

describeShared('planning of the ksqlDB cases', casesPath, () => {
  it('plans what works and refuses what does not', () => {
    const failures: string[] = [];
    let planned = 0;
    let positives = 0;
    let refused = 0;
    let exact = 0;
    let negatives = 0;
    for (const one of readCases('query')) {
      const { failedAt, error, count } = planCase(one);
      const label = `${one.file} | ${one.name}`;
      if (one.expected === undefined || one.hasInputs) {
        positives++;
        if (failedAt === undefined) planned++;
        else failures.push(`+ ${label} | ${messageOf(error)}`);
        continue;
      }
      negatives++;
      const last = failedAt !== undefined && (count === 0 || failedAt === count - 1);
      if (last) refused++;
      const message = messageOf(error).replaceAll('\r\n', '\n');
      if (last && (message.includes(one.expected.message) || one.expected.message.startsWith(message))) exact++;
      else
        failures.push(
          `- ${label} | at ${failedAt} of ${count} | ${messageOf(error)}\n    expected: ${one.expected.message}`,
        );
    }
    if (process.env['KSQL_PLANNING_REPORT']) {
      writeFileSync(
        process.env['KSQL_PLANNING_REPORT'],
        `${planned}/${positives} ${refused}/${negatives} ${exact}/${negatives}\n${failures.join('\n')}\n`,
      );
    }
    expect({ planned, positives }).toEqual({ planned: 1139, positives: 1139 });
    expect({ refused, negatives }).toEqual({ refused: 272, negatives: 272 });
    expect(exact, failures.join('\n')).toBe(272);
  });
});
