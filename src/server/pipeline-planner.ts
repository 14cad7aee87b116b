/** Statements of a pipeline planned as the ksqlDB server plans them, with what a registry says of schemas. */
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import type { Planner } from '../deploy/pipeline.ts';
import { ksqldbDialect } from '../gateways/ksqldb/dialect.ts';
import { planStatement } from '../gateways/ksqldb/planning.ts';

export function pipelinePlanner(registry: SchemaRegistryClient): Planner {
  return (statement, context) => planStatement(ksqldbDialect, registry, statement, context);
}
