/** INSERT INTO … VALUES: one record, written when the statement returns. */
import { messageOf } from '../../../core/errors.ts';
import { keyColumns, subjectOf, valueColumns } from '../../../sql/catalog/source.ts';
import type { DataSource } from '../../../sql/catalog/source.ts';
import type { ParsedStatement } from '../../../sql/dialects/ksqldb/ast.ts';
import type { SchemaRegistration } from '../../../sql/dialects/ksqldb/plan.ts';
import { effectiveSettings } from '../context.ts';
import type { KsqlContext, Session } from '../context.ts';
import { KsqlError, badRequest, badStatement, ksqlErrorCodes } from '../errors.ts';
import { booleanSetting } from '../properties.ts';
import { literalValue, sideEncoder } from '../record-encoder.ts';
import type { SideEncoder, WriterSchema } from '../record-encoder.ts';
import { latestSchema, schemaWithId } from '../registered-schemas.ts';
import { registerSchemas } from '../side-effects.ts';

/** @throws KsqlError 40000 when the server was told to refuse it */
export function checkInsertsEnabled(context: KsqlContext, session: Session): void {
  if (booleanSetting('ksql.insert.into.values.enabled', effectiveSettings(context, session))) return;
  throw badRequest(
    "The server has disabled INSERT INTO ... VALUES functionality. To enable it, restart your ksqlDB server with 'ksql.insert.into.values.enabled'=true",
  );
}

export async function insertValues(context: KsqlContext, session: Session, parsed: ParsedStatement): Promise<void> {
  checkInsertsEnabled(context, session);
  const plan = await context.engine.plan(parsed, effectiveSettings(context, session));
  if (plan.do !== 'insert-values') throw badStatement('The statement inserts no values.', parsed.maskedText);
  const { source, rowtimeMs } = plan;
  try {
    const { key, value } = await recordEncoders(context, source, plan.registrations);
    const keyValues = keyColumns(source).map(({ type }, i) => literalValue(plan.key[i], type));
    const values = valueColumns(source).map(({ type }, i) => literalValue(plan.value[i], type));
    await context.inserts.send({
      topic: source.topic,
      key: key(keyValues),
      value: value(values),
      ...(rowtimeMs === undefined ? {} : { timestamp: rowtimeMs }),
    });
  } catch (error) {
    const message = `Failed to insert values into '${source.name}'. ${messageOf(error)}`;
    throw new KsqlError(ksqlErrorCodes.badRequest, message, { cause: error });
  }
}

/** How records of a source are written, its schemas registered. */
export async function recordEncoders(
  { registry }: KsqlContext,
  source: DataSource,
  registrations: readonly SchemaRegistration[],
): Promise<{ key: SideEncoder; value: SideEncoder }> {
  const ids = await registerSchemas(registry, registrations);
  const schemaOf = async (side: 'key' | 'value'): Promise<WriterSchema | undefined> => {
    const spec = side === 'key' ? source.keyFormat : source.valueFormat;
    if (!['AVRO', 'JSON_SR', 'PROTOBUF'].includes(spec.format)) return undefined;
    const subject = subjectOf(source.topic, side);
    const id = spec.schemaId ?? ids.get(subject);
    return id === undefined ? await latestSchema(registry, subject) : await schemaWithId(registry, id);
  };
  return {
    key: sideEncoder('key', keyColumns(source), source.keyFormat, await schemaOf('key')),
    value: sideEncoder('value', valueColumns(source), source.valueFormat, await schemaOf('value')),
  };
}
