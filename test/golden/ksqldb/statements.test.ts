/**
 * Statements and what they become: every `.sql` file of this folder with its `.plan` beside it. `npx vitest run test/golden --update` writes the
 * plans anew; read the difference before committing it.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import type { RegisteredSchema, StatementPlan } from '../../../src/sql/dialects/ksqldb/plan.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { schemaText } from '../../../src/sql/dialects/ksqldb/upgrade.ts';
import { printLogical } from '../../../src/sql/logical/print.ts';
import { printPhysical } from '../../../src/sql/physical/print.ts';

const folder = new URL('.', import.meta.url);

/** What Connect registers for the walk-through's records. */
const commercials =
  '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}],"connect.name":"commercialrating"}';

describe('ksqlDB statements', () => {
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    it(file, async () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      await expect(planText(text)).toMatchFileSnapshot(file.replace('.sql', '.plan'));
    });
  }
});

function planText(text: string): string {
  const schemas = new Map<string, RegisteredSchema>([
    ['commercials_avro-value', { id: 1, schemaType: 'AVRO', schema: commercials }],
  ]);
  const session: Record<string, string> = { 'cache.max.bytes.buffering': '0', 'auto.offset.reset': 'earliest' };
  let catalog = Catalog.empty;
  let queries = 0;
  const parts = parseKsql(text).map((parsed) => {
    if (parsed.statement.kind === 'set') session[parsed.statement.name] = parsed.statement.value;
    const head = `-- ${parsed.text.replace(/\s+/g, ' ')}`;
    let plan: StatementPlan;
    try {
      plan = planStatement(parsed, { catalog, session, schemas, nextQueryNumber: queries, text: parsed.text });
    } catch (error) {
      return `${head}\nerror: ${(error as Error).message}`;
    }
    if (plan.do === 'ddl' || plan.do === 'start-query') catalog = catalog.with(...plan.changes);
    if (plan.do === 'start-query' && plan.replaces === undefined) queries++;
    return `${head}\n${describePlan(plan)}`;
  });
  return `${parts.join('\n\n')}\n`;
}

function describePlan(plan: StatementPlan): string {
  switch (plan.do) {
    case 'ddl':
      return [
        `ddl: ${plan.message}`,
        ...plan.changes.map((change) =>
          change.change === 'put-source'
            ? `${change.source.kind} ${change.source.name} topic=${change.source.topic} key=${change.source.keyFormat.format} value=${change.source.valueFormat.format} (${schemaText(change.source.columns)})`
            : JSON.stringify(change),
        ),
        ...registrations(plan),
      ].join('\n');
    case 'start-query':
      return [
        `start-query: ${plan.message}${plan.replaces === undefined ? '' : ` replaces=${plan.replaces}`}${plan.unchanged ? ' unchanged' : ''}`,
        `topic: ${JSON.stringify(plan.topic)}`,
        `schema: ${schemaText(plan.query.sink.columns)}`,
        ...registrations(plan),
        printLogical(plan.query.logical),
        printPhysical(plan.query.plan),
      ].join('\n');
    case 'push':
    case 'pull-stream':
      return [plan.do, plan.logical, printPhysical(plan.plan)].join('\n');
    case 'pull':
      return ['pull', plan.logical].join('\n');
    case 'explain':
      return `explain ${describePlan(plan.plan)}`;
    default:
      return JSON.stringify(plan, (name, value: unknown) => (name === 'span' || name === 'source' ? undefined : value));
  }
}

function registrations(plan: Extract<StatementPlan, { registrations: unknown }>): string[] {
  return plan.registrations.map(({ subject, schema }) => `register ${subject}: ${schema}`);
}
