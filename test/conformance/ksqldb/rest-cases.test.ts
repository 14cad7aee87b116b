/** The shared REST cases, each against a server of its own. */
import { readFileSync, readdirSync } from 'node:fs';
import { it } from 'vitest';
import { describeShared, sharedPath } from '../../shared.ts';
import { startKsql } from './fixtures.ts';
import { casesOf, runCase } from './rest-case.ts';

const folder = 'conformance/ksql/cases/rest';
/** Settings that the cases count on. */
const config = {
  'ksql.streams.auto.offset.reset': 'earliest',
  'ksql.streams.commit.interval.ms': '50',
  'ksql.query.pull.table.scan.enabled': 'true',
  'ksql.query.push.v2.enabled': 'true',
};

describeShared('ksqlDB REST cases', folder, () => {
  for (const file of readdirSync(sharedPath(folder))) {
    for (const one of casesOf(readFileSync(sharedPath(`${folder}/${file}`), 'utf8'))) {
      it(`${file}: ${one.name}`, async () => {
        const ksql = await startKsql({ config });
        try {
          await runCase(ksql, one);
        } finally {
          await ksql.close();
        }
      });
    }
  }
});
