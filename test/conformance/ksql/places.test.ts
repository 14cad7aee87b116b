/** Every statement that ksqlDB refuses: ours says where, in the text of the whole request. */
import { expect, it } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { placeOf } from '../../../src/sql/syntax/excerpt.ts';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import { planCase } from './plan-case.ts';

describeShared('places of the errors of the ksqlDB cases', casesPath, () => {
  it('each names a line and a column of the statement that is refused', () => {
    const without: string[] = [];
    let refused = 0;
    for (const one of readCases('query')) {
      const { error, failedAt } = planCase(one);
      if (one.expected === undefined || failedAt === undefined) continue;
      refused++;
      const lines = one.statements.join('\n').split('\n');
      const place = error instanceof StackError ? placeOf(error.details) : undefined;
      const line = place && lines[place.line - 1];
      if (place === undefined || line === undefined || place.column < 1 || place.column > line.length + 1)
        without.push(`${one.file} | ${one.name} | ${String(error)}`);
    }
    expect(without).toEqual([]);
    expect(refused).toBeGreaterThan(250);
  });
});
