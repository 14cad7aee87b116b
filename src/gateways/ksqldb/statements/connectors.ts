/** Connector statements, carried out by Kafka Connect's REST interface. */
import type { StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import type { KsqlContext } from '../context.ts';
import { entity, warningEntity } from '../entities.ts';
import type { KsqlEntity, KsqlWarning } from '../entities.ts';
import { KsqlError, badRequest, ksqlErrorCodes } from '../errors.ts';
import { describeSource } from './source-descriptions.ts';

interface ConnectorInfo {
  readonly name: string;
  readonly config: Readonly<Record<string, string>>;
  readonly tasks: readonly unknown[];
  readonly type: string;
}

interface ConnectorStatus {
  readonly name: string;
  readonly connector: { readonly state: string; readonly worker_id: string; readonly trace?: string };
  readonly tasks: readonly { readonly id: number; readonly state: string }[];
  readonly type: string;
}

type Answer<T> = { readonly status: number } & (
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: string }
);

/** One call; a failure comes back as text, so that each statement can word it. */
async function call<T>({ connect }: KsqlContext, method: string, path: string, body?: unknown): Promise<Answer<T>> {
  if (connect === undefined) {
    const text = 'There is no Kafka Connect cluster. Name one with ksql.connect.url.';
    throw new KsqlError(ksqlErrorCodes.serverError, text, { code: 'MILLRACE_CONFIG_INVALID' });
  }
  const { status, body: text } = await connect(method, path, body);
  let value: unknown;
  try {
    value = text === '' ? undefined : JSON.parse(text);
  } catch {
    return { status, error: text };
  }
  if (status < 400) return { status, value: value as T };
  return { status, error: String((value as { message?: unknown } | undefined)?.message ?? text) };
}

const pathOf = (name: string): string => `/connectors/${encodeURIComponent(name)}`;

async function connectorNames(context: KsqlContext): Promise<readonly string[]> {
  const answer = await call<string[]>(context, 'GET', '/connectors');
  if (answer.error !== undefined)
    throw new KsqlError(ksqlErrorCodes.serverError, `Failed to check for existing connector: ${answer.error}`);
  return answer.value ?? [];
}

function failed(what: string, answer: { readonly status: number; readonly error: string }): KsqlError {
  return new KsqlError(answer.status * 100, `${what}: ${answer.error}`);
}

export async function createConnector(
  context: KsqlContext,
  { name, ifNotExists, properties }: StatementOf<'create-connector'>,
  text: string,
): Promise<KsqlEntity> {
  const config: Record<string, string> = {};
  for (const [property, { value, kind }] of properties) if (kind !== 'null') config[property] = value;
  config['name'] = name;
  const exists = (await connectorNames(context)).some((one) => one.toLowerCase() === name.toLowerCase());
  if (exists && ifNotExists) return warningEntity(text, `Connector ${name} already exists`);
  if (exists) throw new KsqlError(ksqlErrorCodes.conflict, `Connector ${name} already exists`);
  await validate(context, config);
  const answer = await call<ConnectorInfo>(context, 'POST', '/connectors', { name, config });
  if (answer.error !== undefined) throw failed('Failed to create connector', answer);
  return entity('connector_info', text, { info: answer.value });
}

async function validate(context: KsqlContext, config: Readonly<Record<string, string>>): Promise<void> {
  const plugin = config['connector.class'];
  if (plugin === undefined) {
    const shown = Object.entries(config).map(([name, value]) => `${name}=${value}`);
    throw badRequest(`Validation error: Connector config {${shown.join(', ')}} contains no connector type`);
  }
  if (plugin.trim() === '') throw badRequest('Validation error: Connector type cannot be empty');
  type Validation = { configs?: readonly { value: { name: string; errors: readonly string[] } }[] };
  const path = `/connector-plugins/${encodeURIComponent(plugin)}/config/validate`;
  const answer = await call<Validation>(context, 'PUT', path, config);
  if (answer.error !== undefined) throw badRequest(`Validation error: ${answer.error}`);
  const wrong = (answer.value?.configs ?? []).filter(({ value }) => value.errors.length > 0);
  if (wrong.length === 0) return;
  throw badRequest(
    `Validation error: ${wrong.map(({ value }) => `${value.name} - ${value.errors.join('. ')}`).join('\n')}`,
  );
}

export async function dropConnector(
  context: KsqlContext,
  { name, ifExists }: StatementOf<'drop-connector'>,
  text: string,
): Promise<KsqlEntity> {
  const answer = await call<undefined>(context, 'DELETE', pathOf(name));
  if (answer.error === undefined) return entity('drop_connector', text, { connectorName: name });
  if (ifExists && answer.status === 404) return warningEntity(text, `Connector '${name}' does not exist.`);
  throw failed('Failed to drop connector', answer);
}

export async function listConnectors(
  context: KsqlContext,
  { scope }: StatementOf<'list-connectors'>,
  text: string,
): Promise<KsqlEntity> {
  const answer = await call<string[]>(context, 'GET', '/connectors');
  if (answer.error !== undefined) throw failed('Failed to list connectors', answer);
  const warnings: KsqlWarning[] = [];
  const connectors: unknown[] = [];
  for (const name of answer.value ?? []) {
    const info = await call<ConnectorInfo>(context, 'GET', pathOf(name));
    const status = await call<ConnectorStatus>(context, 'GET', `${pathOf(name)}/status`);
    if (info.value === undefined || status.value === undefined) {
      warnings.push({ message: `Could not describe connector ${name}: ${info.error ?? status.error ?? ''}` });
      if (scope === 'ALL') connectors.push({ name, type: 'unknown', className: null, state: null });
    } else if (scope === 'ALL' || info.value.type.toUpperCase() === scope) {
      const className = info.value.config['connector.class'];
      connectors.push({ name, type: info.value.type, className, state: summary(status.value) });
    }
  }
  return entity('connector_list', text, { connectors }, warnings);
}

function summary({ connector, tasks }: ConnectorStatus): string {
  if (connector.state !== 'RUNNING') return connector.state;
  const running = tasks.filter((task) => task.state === 'RUNNING').length;
  return `${tasks.length > 0 && running === 0 ? 'WARNING' : 'RUNNING'} (${running}/${tasks.length} tasks RUNNING)`;
}

export async function listConnectorPlugins(context: KsqlContext, text: string): Promise<KsqlEntity> {
  type Plugin = { class: string; type: string; version?: string };
  const answer = await call<Plugin[]>(context, 'GET', '/connector-plugins');
  if (answer.error !== undefined) throw failed('Failed to list connector plugins', answer);
  const connectorsPlugins = (answer.value ?? []).map(({ class: className, type, version }) => ({
    className,
    type,
    version,
  }));
  return entity('connector_plugins_list', text, { connectorsPlugins });
}

export async function describeConnector(
  context: KsqlContext,
  { name }: StatementOf<'describe-connector'>,
  text: string,
): Promise<KsqlEntity> {
  const status = await call<ConnectorStatus>(context, 'GET', `${pathOf(name)}/status`);
  if (status.error !== undefined) throw failed('Failed to query connector status', status);
  const info = await call<ConnectorInfo>(context, 'GET', pathOf(name));
  if (info.error !== undefined) throw failed('Failed to describe connector', info);
  const answer = await call<Record<string, { topics?: string[] }>>(context, 'GET', `${pathOf(name)}/topics`);
  const topics = answer.value?.[name]?.topics ?? [];
  const unlisted = answer.error !== undefined && answer.status !== 404;
  const warnings = unlisted ? [{ message: `Could not list related topics due to error: ${answer.error}` }] : [];
  const fed = [...context.engine.catalog.sources.values()].filter((source) => topics.includes(source.topic));
  const sources = await Promise.all(
    fed.map(async (source) => (await describeSource(context, source, false)).description),
  );
  const connectorClass = info.value?.config['connector.class'];
  return entity('connector_description', text, { connectorClass, status: status.value, sources, topics }, warnings);
}
