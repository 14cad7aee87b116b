/**
 * Statements to plans: `schemaNeeds` names what must be asked of the registry first, `planStatement` plans, `withSchemaIds` puts the
 * ids of registered schemas into a plan. See `plan.ts` for what a plan is.
 */
import type { Catalog } from '../../catalog/catalog.ts';
import { subjectOf } from '../../catalog/source.ts';
import type { SerdeFormat } from '../../physical/plan.ts';
import { within } from '../../sql-error.ts';
import type { ParsedStatement, Statement } from './ast.ts';
import { planCreateAs, planInsertQuery } from './create-as.ts';
import { planAlterSource, planCreateType, planDropSource, planDropType } from './ddl.ts';
import { planInsertValues } from './insert-values.ts';
import type { PlanContext, SchemaNeed, SessionSettings, StatementPlan } from './plan.ts';
import { readProperties } from './properties.ts';
import { planSelect } from './select-statement.ts';
import { readSettings } from './settings.ts';
import { inferredSides, planCreateSource, sourceFormats } from './source-ddl.ts';

/** The registered schemas that the statement depends on. @throws as `planStatement` does for the same fault */
export function schemaNeeds({ statement }: ParsedStatement, catalog: Catalog, session: SessionSettings): SchemaNeed[] {
  return within(statement.span, () => needsOf(statement, catalog, session));
}

function needsOf(statement: Statement, catalog: Catalog, session: SessionSettings): SchemaNeed[] {
  switch (statement.kind) {
    case 'create-source': {
      const properties = readProperties(statement.properties, 'source');
      const formats = sourceFormats(properties, readSettings(session));
      const topic = properties.topic as string;
      return inferredSides(statement, formats).map((side) => need(topic, side, formats[side].schemaId));
    }
    case 'create-as': {
      const properties = readProperties(statement.properties, 'sink');
      const topic = properties.topic ?? `${readSettings(session).topicPrefix}${statement.name}`;
      return (['key', 'value'] as const).flatMap((side) => {
        const id = properties[side].schemaId;
        return id === undefined ? [] : [need(topic, side, id)];
      });
    }
    case 'explain':
      return statement.queryId === undefined ? needsOf(statement.statement, catalog, session) : [];
    default:
      return [];
  }
}

function need(topic: string, side: 'key' | 'value', id: number | undefined): SchemaNeed {
  return { topic, side, subject: subjectOf(topic, side), ...(id !== undefined && { id }), required: true };
}

/** @throws StackError MILLRACE_SQL_INVALID with ksqlDB's text and the place: at least where the statement begins */
export function planStatement({ statement }: ParsedStatement, context: PlanContext): StatementPlan {
  return within(statement.span, () => plan(statement, context));
}

function plan(statement: Statement, context: PlanContext): StatementPlan {
  switch (statement.kind) {
    case 'create-source':
      return planCreateSource(statement, context);
    case 'create-as':
      return planCreateAs(statement, context);
    case 'insert-query':
      return planInsertQuery(statement, context);
    case 'insert-values':
      return planInsertValues(statement, context);
    case 'query':
      return planSelect(statement, context);
    case 'drop-source':
      return planDropSource(statement, context);
    case 'alter-source':
      return planAlterSource(statement, context);
    case 'create-type':
      return planCreateType(statement, context);
    case 'drop-type':
      return planDropType(statement, context);
    case 'explain':
      return statement.queryId === undefined
        ? { do: 'explain', plan: plan(statement.statement, context) }
        : { do: 'other', statement };
    default:
      return { do: 'other', statement };
  }
}

/** The plan with the ids under which its sink's schemas were registered, by subject. */
export function withSchemaIds<P extends StatementPlan>(plan: P, ids: ReadonlyMap<string, number>): P {
  if (plan.do !== 'start-query') return plan;
  const { root } = plan.query.plan;
  if (root.node !== 'topic-sink') return plan;
  const withId = (format: SerdeFormat, side: 'key' | 'value'): SerdeFormat => {
    const schemaId = ids.get(subjectOf(root.topic, side));
    if (schemaId === undefined || !('writer' in format) || format.writer === undefined) return format;
    return { ...format, writer: { ...format.writer, schemaId } };
  };
  const next = { ...root, keyFormat: withId(root.keyFormat, 'key'), valueFormat: withId(root.valueFormat, 'value') };
  return { ...plan, query: { ...plan.query, plan: { ...plan.query.plan, root: next } } };
}
