/**
 * The shared REST cases that pass, by name in `rest-cases.allow`. With MILLRACE_CASES=all every case runs, and the list is written anew;
 * what fails is then in the failures of this test.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeShared, sharedPath } from '../../shared.ts';
import { startKsql } from './fixtures.ts';
import { casesOf, runCase } from './rest-case.ts';
import type { RestCase } from './rest-case.ts';

const folder = 'conformance/ksql/cases/rest';
const allowFile = new URL('rest-cases.allow', import.meta.url);
/** Settings that the cases count on. */
const config = {
  'ksql.streams.auto.offset.reset': 'earliest',
  'ksql.streams.commit.interval.ms': '50',
  'ksql.query.pull.table.scan.enabled': 'true',
  'ksql.query.push.v2.enabled': 'true',
};

async function run(one: RestCase): Promise<void> {
  const ksql = await startKsql({ config });
  try {
    await runCase(ksql, one);
  } finally {
    await ksql.close();
  }
}

describeShared('ksqlDB REST cases', folder, () => {
  const all = readdirSync(sharedPath(folder)).flatMap((file) =>
    casesOf(readFileSync(sharedPath(`${folder}/${file}`), 'utf8')).map((one) => ({
      name: `${file}: ${one.name}`,
      one,
    })),
  );
  if (process.env['MILLRACE_CASES'] === 'all') {
    it('every case', { timeout: 600_000 }, async () => {
      const passed: string[] = [];
      const failed: string[] = [];
      for (const { name, one } of all) {
        const problem = await run(one).then(
          () => undefined,
          (error: unknown) => String(error).slice(0, 500),
        );
        if (problem === undefined) passed.push(name);
        else failed.push(`${name}: ${problem}`);
      }
      writeFileSync(allowFile, `${passed.join('\n')}\n`);
      expect(failed).toEqual([]);
    });
    return;
  }
  const allowed = new Set(readFileSync(allowFile, 'utf8').split('\n'));
  for (const { name, one } of all) if (allowed.has(name)) it(name, () => run(one));
});
