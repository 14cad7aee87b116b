/** ASSERT TOPIC and ASSERT SCHEMA: asked again until they hold or their time is up. */
import { sleep } from '../../../core/clock.ts';
import type { Duration, StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import { effectiveSettings } from '../context.ts';
import type { KsqlContext, Session } from '../context.ts';
import { entity } from '../entities.ts';
import type { KsqlEntity } from '../entities.ts';
import { KsqlError, ksqlErrorCodes } from '../errors.ts';
import { numberSetting } from '../properties.ts';
import { schemaWithId, subjectHasId } from '../registered-schemas.ts';

const retryMs = 100;

export async function assertTopic(
  context: KsqlContext,
  session: Session,
  statement: StatementOf<'assert-topic'>,
  text: string,
): Promise<KsqlEntity> {
  const { topic, exists, timeout } = statement;
  const defaultMs = numberSetting('ksql.assert.topic.default.timeout.ms', effectiveSettings(context, session));
  await untilItHolds(context, timeout, defaultMs, () => topicProblem(context, statement));
  return entity('assert_topic', text, { topicName: topic, exists });
}

async function topicProblem(context: KsqlContext, statement: StatementOf<'assert-topic'>): Promise<string | undefined> {
  const { topic, exists, properties } = statement;
  const found = await context.kafka.admin.describeTopic(topic);
  if (!exists) return found === undefined ? undefined : `Topic ${topic} exists`;
  if (found === undefined) return `Topic ${topic} does not exist`;
  const actual: Readonly<Record<string, number>> = { PARTITIONS: found.partitions, REPLICAS: found.replicationFactor };
  const problems: string[] = [];
  for (const [name, { value }] of properties) {
    const got = actual[name.toUpperCase()];
    if (got === undefined) problems.push(`Cannot assert unknown topic property: ${name}`);
    else if (String(got) !== value)
      problems.push(
        `Mismatched configuration for topic ${topic}: For config ${name.toLowerCase()}, expected ${value} got ${got}`,
      );
  }
  return problems.length === 0 ? undefined : problems.join('\n');
}

export async function assertSchema(
  context: KsqlContext,
  session: Session,
  statement: StatementOf<'assert-schema'>,
  text: string,
): Promise<KsqlEntity> {
  const { subject, id, exists, timeout } = statement;
  const defaultMs = numberSetting('ksql.assert.schema.default.timeout.ms', effectiveSettings(context, session));
  await untilItHolds(context, timeout, defaultMs, async () => {
    const found = await schemaExists(context, subject, id);
    if (found === exists) return undefined;
    const which = `${subject === undefined ? '' : ` subject name ${subject}`}${id === undefined ? '' : ` id ${id}`}`;
    return `Schema with${which}${found ? ' exists' : ' does not exist'}`;
  });
  return entity('assert_schema', text, { subject: subject ?? null, id: id ?? null, exists });
}

async function schemaExists(
  { registry }: KsqlContext,
  subject: string | undefined,
  id: number | undefined,
): Promise<boolean> {
  if (subject !== undefined && id !== undefined) return await subjectHasId(registry, subject, id);
  if (id !== undefined) return (await schemaWithId(registry, id)) !== undefined;
  return subject !== undefined && (await registry.latest(subject)) !== undefined;
}

/** @throws KsqlError 41700 with the last problem */
async function untilItHolds(
  { clock }: KsqlContext,
  timeout: Duration | undefined,
  defaultMs: number,
  problem: () => Promise<string | undefined>,
): Promise<void> {
  const tries = Math.trunc((timeout === undefined ? defaultMs : milliseconds(timeout)) / retryMs);
  for (let tried = 0; ; tried++) {
    const text = await problem();
    if (text === undefined) return;
    if (tried >= tries) throw new KsqlError(ksqlErrorCodes.assertionFailed, text);
    await sleep(clock, retryMs);
  }
}

function milliseconds({ value, unit }: Duration): number {
  const units: Readonly<Record<string, number>> = {
    MILLISECOND: 1,
    SECOND: 1000,
    MINUTE: 60_000,
    HOUR: 3_600_000,
    DAY: 86_400_000,
  };
  return value * (units[unit.toUpperCase().replace(/S$/, '')] ?? 1);
}
