/** The doors of the ksqlDB dialect that the server goes through, bundled so that tests can put in others. */
import type { Catalog } from '../../sql/catalog/catalog.ts';
import type { ParsedStatement } from '../../sql/dialects/ksqldb/ast.ts';
import { parseKsql } from '../../sql/dialects/ksqldb/parser.ts';
import type { PlanContext, SchemaNeed, SessionSettings, StatementPlan } from '../../sql/dialects/ksqldb/plan.ts';
import { planStatement, schemaNeeds, withSchemaIds } from '../../sql/dialects/ksqldb/planner.ts';

export interface KsqlDialect {
  /** The statements of a text. `variables` replace `${name}`; undefined: nothing does. @throws SqlSyntaxError */
  parse(text: string, variables: Readonly<Record<string, string>> | undefined): readonly ParsedStatement[];
  schemaNeeds(statement: ParsedStatement, catalog: Catalog, session: SessionSettings): readonly SchemaNeed[];
  planStatement(statement: ParsedStatement, context: PlanContext): StatementPlan;
  /** Puts the ids of registered schemas into a plan, by subject. */
  withSchemaIds<P extends StatementPlan>(plan: P, ids: ReadonlyMap<string, number>): P;
}

export const ksqldbDialect: KsqlDialect = {
  parse: (text, variables) => parseKsql(text, { variables: variables ?? {}, substitute: variables !== undefined }),
  schemaNeeds,
  planStatement,
  withSchemaIds,
};
