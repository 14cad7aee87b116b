/** Plans a case's statements one after the other, as a server would, but starts nothing. */
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import type { RegisteredSchema, StatementPlan } from '../../../src/sql/dialects/ksqldb/plan.ts';
import { planStatement, schemaNeeds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import type { KsqlCase } from './cases.ts';
import { caseFunctions } from './functions.ts';

export interface PlannedCase {
  readonly plans: readonly StatementPlan[];
  readonly catalog: Catalog;
  /** Index of the statement that failed, or of none. */
  readonly failedAt: number | undefined;
  readonly error: unknown;
  readonly count: number;
  /** What is registered beforehand: the schemas of the case, with the ids that they get. */
  readonly schemas: KsqlCase['schemas'];
}

export function planCase(one: KsqlCase): PlannedCase {
  const plans: StatementPlan[] = [];
  let catalog = Catalog.empty;
  let queries = 0;
  const registered = withIds(one);
  const schemas = new Map<string, RegisteredSchema>(registered.map((schema) => [schema.subject, schema]));
  const session: Record<string, string> = {
    'auto.offset.reset': 'earliest',
    'cache.max.bytes.buffering': '0',
    ...one.properties,
  };
  let count = 0;
  let at = 0;
  try {
    const statements = parseKsql(one.statements.join('\n'));
    count = statements.length;
    for (const parsed of statements) {
      const { statement } = parsed;
      if (statement.kind === 'set') session[statement.name] = statement.value;
      for (const { id, subject } of schemaNeeds(parsed, catalog, session)) {
        const wanted = id === undefined ? undefined : registered.find((schema) => schema.id === id);
        if (wanted !== undefined) schemas.set(subject, wanted);
      }
      const plan = planStatement(parsed, {
        catalog,
        session,
        schemas,
        nextQueryNumber: queries,
        text: parsed.text,
        functions: caseFunctions,
      });
      plans.push(plan);
      if (plan.do === 'ddl' || plan.do === 'start-query') {
        catalog = catalog.with(...plan.changes);
        for (const { subject, schemaType, schema } of plan.registrations) {
          if (!schemas.has(subject)) schemas.set(subject, { id: 1000 + schemas.size, schemaType, schema });
        }
      }
      if (plan.do === 'start-query' && plan.replaces === undefined) queries++;
      at++;
    }
    return { plans, catalog, failedAt: undefined, error: undefined, count, schemas: registered };
  } catch (error) {
    return { plans, catalog, failedAt: at, error, count, schemas: registered };
  }
}

/** A CREATE that lists columns registers their schemas before those of the topics get their ids. */
function withIds(one: KsqlCase): KsqlCase['schemas'] {
  let before = 0;
  try {
    for (const parsed of parseKsql(one.statements.join('\n'))) {
      if (parsed.statement.kind !== 'create-source' || parsed.statement.columns.length === 0) continue;
      const plan = planStatement(parsed, {
        catalog: Catalog.empty,
        session: one.properties,
        schemas: new Map(),
        nextQueryNumber: 0,
        text: parsed.text,
      });
      if (plan.do === 'ddl') before += plan.registrations.length;
    }
  } catch {
    // It cannot be told, and the case will show why.
  }
  return one.schemas.map((schema) => (schema.given ? schema : { ...schema, id: schema.id + before }));
}
