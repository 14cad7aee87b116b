/** EXPLAIN: a running query, or what a statement would run. */
import type { ParsedStatement, StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import type { StatementPlan } from '../../../sql/dialects/ksqldb/plan.ts';
import { effectiveSettings } from '../context.ts';
import type { KsqlContext, Session } from '../context.ts';
import { entity } from '../entities.ts';
import type { KsqlEntity } from '../entities.ts';
import { badStatement } from '../errors.ts';
import { describeQuery, describeUnstarted } from './query-descriptions.ts';
import type { QueryDescription } from './query-descriptions.ts';

export async function explain(context: KsqlContext, session: Session, parsed: ParsedStatement): Promise<KsqlEntity> {
  const statement = parsed.statement as StatementOf<'explain'>;
  const text = parsed.maskedText;
  if (statement.queryId !== undefined) {
    const query = context.engine.persistent.get(statement.queryId);
    const missing = `Query with id:${statement.queryId} does not exist, use SHOW QUERIES to view the full set of queries.`;
    if (query === undefined) throw badStatement(missing, text);
    return entity('queryDescription', text, { queryDescription: describeQuery(context, query) });
  }
  const plan = await context.engine.plan(parsed, effectiveSettings(context, session));
  const explained = plan.do === 'explain' ? plan.plan : plan;
  const queryDescription = describePlan(
    explained,
    text.replace(/^\s*EXPLAIN\s+/i, ''),
    Object.fromEntries(session.settings),
  );
  if (queryDescription === undefined) throw badStatement('The provided statement does not run a ksql query', text);
  return entity('queryDescription', text, { queryDescription });
}

function describePlan(
  plan: StatementPlan,
  text: string,
  overrides: Readonly<Record<string, string>>,
): QueryDescription | undefined {
  switch (plan.do) {
    case 'start-query': {
      const { queryId: id, sink, sources, plan: physical } = plan.query;
      return describeUnstarted(text, {
        id,
        columns: sink.columns,
        sources: sources.map((one) => one.name),
        sinks: [sink.name],
        root: physical.root,
        overrides,
        queryType: 'PERSISTENT',
      });
    }
    case 'push':
    case 'pull-stream': {
      const { columns, plan: physical } = plan;
      const sources = (plan.do === 'push' ? plan.sources : [plan.source]).map((one) => one.name);
      return describeUnstarted(text, {
        columns,
        sources,
        sinks: [],
        root: physical.root,
        overrides,
        queryType: 'PUSH',
      });
    }
    case 'pull': {
      const { columns, logical, source } = plan;
      return describeUnstarted(text, {
        columns,
        sources: [source.name],
        sinks: [],
        logical,
        overrides,
        queryType: 'PULL',
      });
    }
    default:
      return undefined;
  }
}
