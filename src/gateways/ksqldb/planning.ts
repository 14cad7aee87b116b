/** Planning with what the registry has to say: the planner itself asks nobody. */
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import type { Catalog } from '../../sql/catalog/catalog.ts';
import type { ParsedStatement } from '../../sql/dialects/ksqldb/ast.ts';
import type { RegisteredSchema, StatementPlan } from '../../sql/dialects/ksqldb/plan.ts';
import type { FunctionContext } from '../../sql/functions/declaration.ts';
import type { KsqlDialect } from './dialect.ts';
import type { Settings } from './properties.ts';
import { latestSchema, schemaWithId } from './registered-schemas.ts';

export interface PlanningContext {
  readonly catalog: Catalog;
  /** The server's settings with the session's laid over them. */
  readonly session: Settings;
  readonly nextQueryNumber: number;
  /** For functions that are computed at once. */
  readonly world?: FunctionContext;
}

export async function planStatement(
  dialect: KsqlDialect,
  registry: SchemaRegistryClient,
  statement: ParsedStatement,
  { catalog, session, nextQueryNumber, world }: PlanningContext,
): Promise<StatementPlan> {
  const schemas = new Map<string, RegisteredSchema>();
  for (const { subject, id } of dialect.schemaNeeds(statement, catalog, session)) {
    const schema = id === undefined ? await latestSchema(registry, subject) : await schemaWithId(registry, id);
    if (schema !== undefined) schemas.set(subject, schema);
  }
  return dialect.planStatement(statement, {
    catalog,
    session,
    schemas,
    nextQueryNumber,
    text: statement.maskedText,
    ...(world && { world }),
  });
}
