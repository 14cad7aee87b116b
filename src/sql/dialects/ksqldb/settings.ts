/** The session's settings that planning depends on, under the names by which users know them, with ksqlDB's defaults. */
import { invalid } from '../../sql-error.ts';
import type { SessionSettings } from './plan.ts';

export interface PlanningSettings {
  readonly autoOffsetReset: 'earliest' | 'latest';
  readonly emit: 'change' | 'commit';
  readonly defaultKeyFormat: string;
  readonly defaultValueFormat: string | undefined;
  readonly wrapSingleValues: boolean | undefined;
  readonly badRecord: 'skip' | 'fail';
  readonly badTime: 'skip' | 'fail';
  readonly suppressEnabled: boolean;
  /** A cast of null to a string gives the text `null`. */
  readonly castsNullToText: boolean;
  /** What fails in a column makes all of it null, not just its part. */
  readonly failsWhole: boolean;
  readonly lambdasEnabled: boolean;
  readonly createOrReplaceEnabled: boolean;
  readonly tableScanEnabled: boolean;
  readonly rangeScanEnabled: boolean;
  readonly pullLimitEnabled: boolean;
  readonly pullQueriesEnabled: boolean;
  readonly pullStreamsEnabled: boolean;
  readonly insertValuesEnabled: boolean;
  readonly headerColumnsEnabled: boolean;
  readonly sourceTablesRead: boolean;
  readonly topicPrefix: string;
  /** How many values an aggregate keeps (`ksql.functions.collect_list.limit`); undefined: as many as it does by itself. */
  readonly functionLimit: (name: string) => number | undefined;
}

export function readSettings(session: SessionSettings): PlanningSettings {
  const text = (...names: readonly string[]): string | undefined => {
    for (const name of names) {
      const value = session[name] ?? session[`ksql.streams.${name}`];
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  };
  const flag = (name: string, byDefault: boolean): boolean => {
    const value = text(name);
    return value === undefined ? byDefault : value.toLowerCase() === 'true';
  };
  const reset = text('auto.offset.reset')?.toLowerCase() ?? 'latest';
  if (reset !== 'earliest' && reset !== 'latest') {
    throw invalid(`Invalid value ${reset} for property auto.offset.reset: it must be earliest or latest`);
  }
  const cache = text('statestore.cache.max.bytes', 'cache.max.bytes.buffering');
  const wrap = text('ksql.persistence.wrap.single.values');
  return {
    autoOffsetReset: reset,
    emit: cache !== undefined && Number(cache) === 0 ? 'change' : 'commit',
    defaultKeyFormat: text('ksql.persistence.default.format.key') ?? 'KAFKA',
    defaultValueFormat: text('ksql.persistence.default.format.value'),
    wrapSingleValues: wrap === undefined ? undefined : wrap.toLowerCase() === 'true',
    badRecord: flag('ksql.fail.on.deserialization.error', false) ? 'fail' : 'skip',
    badTime: flag('ksql.timestamp.throw.on.invalid', false) ? 'fail' : 'skip',
    suppressEnabled: flag('ksql.suppress.enabled', true),
    castsNullToText: !flag('ksql.cast.strings.preserve.nulls', true),
    failsWhole: !flag('ksql.nested.error.set.null', true),
    lambdasEnabled: flag('ksql.lambdas.enabled', true),
    createOrReplaceEnabled: flag('ksql.create.or.replace.enabled', true),
    tableScanEnabled: flag('ksql.query.pull.table.scan.enabled', true),
    rangeScanEnabled: flag('ksql.query.pull.range.scan.enabled', true),
    pullLimitEnabled: flag('ksql.query.pull.limit.clause.enabled', true),
    pullQueriesEnabled: flag('ksql.pull.queries.enable', true),
    pullStreamsEnabled: flag('ksql.query.pull.stream.enabled', true),
    insertValuesEnabled: flag('ksql.insert.into.values.enabled', true),
    headerColumnsEnabled: flag('ksql.headers.columns.enabled', true),
    sourceTablesRead: flag('ksql.source.table.materialization.enabled', true),
    topicPrefix: text('ksql.output.topic.name.prefix') ?? '',
    functionLimit: (name) => {
      const value = text(`ksql.functions.${name.toLowerCase()}.limit`);
      // Negative numbers mean no limit.
      return value === undefined ? undefined : Number(value) < 0 ? Number.MAX_SAFE_INTEGER : Number(value);
    },
  };
}
