/** SELECT and PRINT: from the text to rows, whichever door they leave by. */
import type { Row } from '../../runtime/jobs.ts';
import type { PhysicalPlan } from '../../sql/physical/plan.ts';
import type { ParsedStatement, StatementOf } from '../../sql/dialects/ksqldb/ast.ts';
import type { ResultColumn, StatementPlan } from '../../sql/dialects/ksqldb/plan.ts';
import { effectiveSettings, variablesOf } from './context.ts';
import type { KsqlContext, Session } from './context.ts';
import { badStatement, statementFailure, tooManyQueries, withPlace } from './errors.ts';
import { printTopic } from './print/print-topic.ts';
import { booleanSetting, numberSetting, settingOf } from './properties.ts';
import type { Settings } from './properties.ts';
import { scalablePushQueryId, transientQueryId } from './query-ids.ts';
import type { TransientQuery } from './transient-queries.ts';

export type QueryAnswer =
  /** A pull query: complete. */
  | {
      readonly kind: 'rows';
      readonly queryId: string;
      readonly columns: readonly ResultColumn[];
      readonly rows: readonly Row[];
    }
  /** A push query: until it ends. */
  | { readonly kind: 'push'; readonly query: TransientQuery; readonly columns: readonly ResultColumn[] }
  | { readonly kind: 'print'; readonly lines: AsyncGenerator<string> };

/** The only statement of a text. @throws the dialect's errors, and what `wrongCount` makes when there is another number of them */
export function onlyStatement(
  context: KsqlContext,
  text: string,
  session: Session,
  wrongCount: (message: string) => Error,
): ParsedStatement {
  let statements: readonly ParsedStatement[];
  try {
    statements = context.dialect.parse(text, variablesOf(context, session));
  } catch (error) {
    throw withPlace(statementFailure(error, text), text);
  }
  const [first] = statements;
  if (first === undefined || statements.length !== 1)
    throw wrongCount(`Expected exactly one KSQL statement; found ${statements.length} instead`);
  return first;
}

/** Runs a query; a push query ends when `signal` aborts. `requestText`: what the statement was parsed from. @throws KsqlError */
export async function runQuery(
  context: KsqlContext,
  parsed: ParsedStatement,
  session: Session,
  signal: AbortSignal,
  requestText: string,
): Promise<QueryAnswer> {
  const { statement, maskedText } = parsed;
  try {
    if (statement.kind === 'print')
      return { kind: 'print', lines: await printTopic(context, statement as StatementOf<'print'>, signal) };
    const plan = await context.engine.plan(parsed, effectiveSettings(context, session));
    return await runPlan(context, plan, maskedText, session, signal);
  } catch (error) {
    throw withPlace(statementFailure(error, maskedText), requestText);
  }
}

async function runPlan(
  context: KsqlContext,
  plan: StatementPlan,
  text: string,
  session: Session,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  switch (plan.do) {
    case 'pull': {
      const { queryId, keys, predicate, select: columns, limit } = plan;
      const settings = effectiveSettings(context, session);
      if (!booleanSetting('ksql.pull.queries.enable', settings))
        throw badStatement(
          'Pull queries are disabled.\nPlease set ksql.pull.queries.enable=true to enable this feature.\n',
          text,
        );
      const rows = await context.queries.pull({
        queryId,
        columns,
        ...(keys === undefined ? {} : { keys }),
        ...(predicate === undefined ? {} : { predicate }),
        ...(limit === undefined ? {} : { limit }),
      });
      return { kind: 'rows', queryId: `query_${context.clock.now()}`, columns: plan.columns, rows };
    }
    case 'push': {
      checkCapacity(context, text);
      const sourceName = plan.sources[0]?.name ?? 'QUERY';
      return {
        kind: 'push',
        query: await startPush(context, plan, sourceName, text, session, signal),
        columns: plan.columns,
      };
    }
    case 'pull-stream': {
      const until = await endsOf(context, plan.source.topic);
      const { columns } = plan;
      if (until.size === 0)
        return {
          kind: 'push',
          query: context.transient.nothing(text, transientQueryId(plan.source.name, context.random)),
          columns,
        };
      return {
        kind: 'push',
        query: await startPush(context, plan, plan.source.name, text, session, signal, until),
        columns,
      };
    }
    default:
      throw badStatement('Neither a query nor a print statement', text);
  }
}

function checkCapacity({ settings, transient }: KsqlContext, text: string): void {
  const limit = numberSetting('ksql.max.push.queries', settings);
  const running = transient.all().length;
  if (running >= limit) throw badStatement(tooManyQueries('push', running, limit), text);
}

async function startPush(
  context: KsqlContext,
  { plan }: Extract<StatementPlan, { do: 'push' | 'pull-stream' }>,
  sourceName: string,
  statementText: string,
  session: Session,
  signal: AbortSignal,
  until?: ReadonlyMap<number, number>,
): Promise<TransientQuery> {
  const settings = effectiveSettings(context, session);
  const queryId = isScalable(context, plan, sourceName, settings)
    ? scalablePushQueryId(context.random)
    : transientQueryId(sourceName, context.random);
  const query = await context.transient.start({
    ...{ statementText, queryId, plan, settings },
    ...(until === undefined ? {} : { until }),
  });
  const cancel = (): void => void context.transient.close(query.queryId);
  signal.addEventListener('abort', cancel, { once: true });
  if (signal.aborted) cancel();
  return query;
}

/** Where a topic ends now, by partition; partitions that hold nothing are absent. */
async function endsOf({ kafka }: KsqlContext, topic: string): Promise<ReadonlyMap<number, number>> {
  const partitions = (await kafka.admin.describeTopic(topic))?.partitions ?? 0;
  const ends = new Map<number, number>();
  for (let partition = 0; partition < partitions; partition++) {
    const { earliest, latest } = await kafka.admin.offsets(topic, partition, 'read_committed');
    if (latest > earliest) ends.set(partition, latest);
  }
  return ends;
}

/**
 * A push query that ksqlDB would feed from the persistent query behind its source (push queries, version 2). Here it runs like every
 * other; what its askers can see of the difference is its name.
 */
function isScalable({ engine }: KsqlContext, { root }: PhysicalPlan, sourceName: string, settings: Settings): boolean {
  if (!booleanSetting('ksql.query.push.v2.enabled', settings)) return false;
  if (settingOf('auto.offset.reset', settings) !== 'latest' || engine.catalog.writersOf(sourceName).length !== 1)
    return false;
  let node = root.input;
  while (node.node === 'filter' || node.node === 'project') node = node.input;
  return node.node === 'source';
}
