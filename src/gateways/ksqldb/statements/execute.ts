/** One request's statements, in order: all are checked before the first is carried out. */
import { functionContext } from '../../../runtime/functions.ts';
import type { ParsedStatement } from '../../../sql/dialects/ksqldb/ast.ts';
import type { Catalog } from '../../../sql/catalog/catalog.ts';
import { commandIdOf } from '../command.ts';
import { effectiveSettings } from '../context.ts';
import type { KsqlContext, Session } from '../context.ts';
import { warningEntity } from '../entities.ts';
import type { KsqlEntity } from '../entities.ts';
import {
  badRequest,
  badStatement,
  KsqlError,
  ksqlErrorCodes,
  statementFailure,
  tooManyQueries,
  wrongEndpoint,
} from '../errors.ts';
import { planStatement } from '../planning.ts';
import { checkSet, checkUnset, numberSetting, plainName } from '../properties.ts';
import { checkTopic } from '../side-effects.ts';
import { assertSchema, assertTopic } from './assertions.ts';
import {
  createConnector,
  describeConnector,
  dropConnector,
  listConnectorPlugins,
  listConnectors,
} from './connectors.ts';
import { explain } from './explain.ts';
import { describeFunction, listFunctions } from './functions.ts';
import { insertValues } from './insert-values.ts';
import { listProperties, listQueries, listSources, listTopics, listTypes, listVariables } from './list.ts';
import { describeAll, describeOne, sourceNamed } from './source-descriptions.ts';

/** @throws KsqlError, with the entities of the statements before the one that failed */
export async function executeStatements(
  context: KsqlContext,
  session: Session,
  statements: readonly ParsedStatement[],
): Promise<KsqlEntity[]> {
  await validate(context, session, statements);
  const entities: KsqlEntity[] = [];
  for (const statement of statements) {
    try {
      const given = await execute(context, session, statement);
      if (given !== undefined) entities.push(given);
    } catch (error) {
      throw statementFailure(error, statement.maskedText, entities);
    }
  }
  return entities;
}

/** Goes through the statements on a catalogue of their own, so that a wrong one keeps all from happening. */
async function validate(context: KsqlContext, session: Session, statements: readonly ParsedStatement[]): Promise<void> {
  const trial = new Trial(context, session);
  for (const statement of statements) {
    try {
      await trial.check(statement);
    } catch (error) {
      throw statementFailure(error, statement.maskedText);
    }
  }
}

class Trial {
  readonly #context: KsqlContext;
  readonly #session: Session;
  readonly #newTopics = new Set<string>();
  #catalog: Catalog;
  #nextQueryNumber: number;

  constructor(context: KsqlContext, session: Session) {
    this.#context = context;
    this.#session = { settings: new Map(session.settings), variables: new Map(session.variables) };
    this.#catalog = context.engine.catalog;
    this.#nextQueryNumber = context.engine.nextQueryNumber;
  }

  async check(parsed: ParsedStatement): Promise<void> {
    const { statement, maskedText } = parsed;
    switch (statement.kind) {
      case 'query':
      case 'print':
        throw wrongEndpoint(maskedText);
      case 'set':
      case 'unset':
      case 'define':
      case 'undefine':
        changeSession(this.#context, this.#session, parsed);
        return;
      case 'describe-source':
        sourceNamed(this.#catalog, statement.name, maskedText);
        return;
      case 'terminate':
      case 'pause':
      case 'resume':
        this.#checkQuery(statement.queryId, maskedText);
        return;
      case 'insert-values':
        await this.#plan(parsed);
        return;
      default:
        if (commandIdOf(statement) !== undefined) await this.#checkCommand(parsed);
    }
  }

  #plan(parsed: ParsedStatement): ReturnType<typeof planStatement> {
    const { dialect, registry, clock, random } = this.#context;
    const session = effectiveSettings(this.#context, this.#session);
    const world = functionContext(clock, random);
    const context = { catalog: this.#catalog, session, nextQueryNumber: this.#nextQueryNumber, world };
    return planStatement(dialect, registry, parsed, context);
  }

  async #checkCommand(parsed: ParsedStatement): Promise<void> {
    const plan = await this.#plan(parsed);
    if (plan.do !== 'ddl' && plan.do !== 'start-query') return;
    if (plan.do === 'start-query') this.#context.queries.check(plan.query.plan);
    const { topic } = plan;
    if (topic !== undefined && !this.#newTopics.has(topic.topic)) {
      const exists = await checkTopic(this.#context.kafka.admin, topic, parsed);
      if (!exists) this.#newTopics.add(topic.topic);
    }
    this.#catalog = this.#catalog.with(...plan.changes);
    if (plan.do === 'start-query') this.#checkCapacity();
    this.#nextQueryNumber++;
  }

  #checkCapacity(): void {
    const limit = numberSetting('ksql.query.persistent.active.limit', this.#context.settings);
    const { size } = this.#catalog.queries;
    if (size > limit) throw badRequest(tooManyQueries('persistent', size, limit));
  }

  #checkQuery(queryId: string | undefined, text: string): void {
    if (queryId === undefined) return;
    const { persistent } = this.#context.engine;
    const known = persistent.has(queryId) || this.#catalog.queries.has(queryId);
    const isPush = this.#context.transient.all().some((one) => one.queryId === queryId);
    if (!known && !isPush) throw badStatement(`Unknown queryId: ${queryId}`, text);
  }
}

/** SET, UNSET, DEFINE and UNDEFINE; a warning when there was nothing to undefine. */
function changeSession(
  context: KsqlContext,
  session: Session,
  { statement, maskedText }: ParsedStatement,
): KsqlEntity | undefined {
  switch (statement.kind) {
    case 'set':
      checkSet(statement.name, statement.value, maskedText, context.settings);
      session.settings.set(plainName(statement.name), statement.value);
      return undefined;
    case 'unset':
      checkUnset(statement.name, maskedText);
      session.settings.delete(plainName(statement.name));
      return undefined;
    case 'define':
      session.variables.set(statement.name, statement.value);
      return undefined;
    case 'undefine': {
      const was = session.variables.delete(statement.name);
      return was
        ? undefined
        : warningEntity(maskedText, `Cannot undefine variable '${statement.name}' which was never defined`);
    }
    default:
      return undefined;
  }
}

/** The entity of a statement; SET and its like have none. */
async function execute(
  context: KsqlContext,
  session: Session,
  parsed: ParsedStatement,
): Promise<KsqlEntity | undefined> {
  const { statement, maskedText: text } = parsed;
  switch (statement.kind) {
    case 'query':
    case 'print':
      throw wrongEndpoint(text);
    case 'set':
    case 'unset':
    case 'define':
    case 'undefine':
      return changeSession(context, session, parsed);
    case 'insert-values':
      await insertValues(context, session, parsed);
      return undefined;
    case 'list-streams':
    case 'list-tables':
      return await listSources(context, statement, text);
    case 'list-topics':
      return await listTopics(context, statement, text);
    case 'list-queries':
      return await listQueries(context, statement, text);
    case 'list-functions':
      return listFunctions(text);
    case 'list-properties':
      return listProperties(context, session, text);
    case 'list-types':
      return listTypes(context, text);
    case 'list-variables':
      return listVariables(session, text);
    case 'list-connectors':
      return await listConnectors(context, statement, text);
    case 'list-connector-plugins':
      return await listConnectorPlugins(context, text);
    case 'describe-source':
      return await describeOne(context, statement, text);
    case 'describe-sources':
      return await describeAll(context, statement, text);
    case 'describe-function':
      return describeFunction(statement, text);
    case 'describe-connector':
      return await describeConnector(context, statement, text);
    case 'create-connector':
      return await createConnector(context, statement, text);
    case 'drop-connector':
      return await dropConnector(context, statement, text);
    case 'explain':
      return await explain(context, session, parsed);
    case 'assert-topic':
      return await assertTopic(context, session, statement, text);
    case 'assert-schema':
      return await assertSchema(context, session, statement, text);
    case 'terminate':
      if (statement.queryId !== undefined && (await context.transient.close(statement.queryId)))
        return terminated(text, statement.queryId);
      return await context.engine.distribute(parsed, Object.fromEntries(session.settings));
    case 'alter-system':
      throw noSharedRuntime(text);
    case 'run-script':
    case 'spool':
      throw badStatement('This is a command of the ksqlDB command line, not a statement for the server.', text);
    default:
      return await context.engine.distribute(parsed, Object.fromEntries(session.settings));
  }
}

/** ksqlDB's answer where its queries do not share a runtime, which is its default; ours never do. */
function noSharedRuntime(statementText: string): KsqlError {
  return new KsqlError(
    ksqlErrorCodes.serverError,
    'Could not write the statement into the command topic.\nCaused by: Cannot alter system configs when KSQL_SHARED_RUNTIME_ENABLED is\n\tturned off.\nSet the property in the configuration of the server.',
    { statementText },
  );
}

function terminated(statementText: string, queryId: string): KsqlEntity {
  return { '@type': 'terminate_query', statementText, queryId, wasTerminated: true, warnings: [] };
}
