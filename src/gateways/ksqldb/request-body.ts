/** Request bodies: JSON whatever their content type says, as ksqlDB takes them. */
import { messageOf } from '../../core/errors.ts';
import type { KsqlContext, Session } from './context.ts';
import { badRequest } from './errors.ts';
import { requestSettings } from './properties.ts';

/** @throws KsqlError 40000 */
export function jsonObject(body: Buffer | string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw badRequest(`Invalid JSON in request: ${messageOf(error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('Invalid JSON in request: an object is expected');
  return value as Record<string, unknown>;
}

/** A required text. @throws KsqlError 40000 */
export function textField(body: Readonly<Record<string, unknown>>, name: string): string {
  const value = body[name];
  if (value === undefined || value === null)
    throw badRequest(`Invalid JSON in request: Missing required creator property '${name}'`);
  if (typeof value !== 'string') throw badRequest(`Invalid JSON in request: '${name}' is not a string`);
  return value;
}

/** An optional object. @throws KsqlError 40000 */
export function objectField(body: Readonly<Record<string, unknown>>, name: string): Readonly<Record<string, unknown>> {
  const value = body[name] ?? {};
  if (typeof value !== 'object' || Array.isArray(value))
    throw badRequest(`Invalid JSON in request: '${name}' is not an object`);
  return value as Record<string, unknown>;
}

/** The session that a request describes. @throws KsqlError 40000 */
export function sessionOf(
  context: KsqlContext,
  body: Readonly<Record<string, unknown>>,
  settingsField: string,
): Session {
  const variables = Object.entries(objectField(body, 'sessionVariables')).map(
    ([name, value]) => [name, String(value)] as const,
  );
  return {
    settings: requestSettings(objectField(body, settingsField), context.settings),
    variables: new Map(variables),
  };
}

/** Waits until the command was applied that a request depends on. */
export async function waitForCommand(context: KsqlContext, body: Readonly<Record<string, unknown>>): Promise<void> {
  const number = body['commandSequenceNumber'];
  if (number === undefined || number === null || Number(number) < 0) return;
  if (!Number.isSafeInteger(number))
    throw badRequest("Invalid JSON in request: 'commandSequenceNumber' is not a number");
  await context.engine.waitForCommand(number as number);
}
