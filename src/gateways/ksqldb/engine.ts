/**
 * The state of a ksqlDB server: what its commands made of an empty catalogue, and the queries that run because of them.
 *
 * Statements that change it go through `distribute`, one at a time; `#apply` is the only place that changes it, for commands of
 * our own, of other servers on the cluster, and of earlier runs alike (docs/internals/command-topic.md).
 */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import { functionContext } from '../../runtime/functions.ts';
import type { QueryManager } from '../../runtime/jobs.ts';
import { Catalog } from '../../sql/catalog/catalog.ts';
import type { ParsedStatement } from '../../sql/dialects/ksqldb/ast.ts';
import type { StatementPlan } from '../../sql/dialects/ksqldb/plan.ts';
import { commandIdOf } from './command.ts';
import type { Command, CommandPlan } from './command.ts';
import { CommandTopic } from './command-topic.ts';
import type { KsqlDialect } from './dialect.ts';
import { entity, warningEntity } from './entities.ts';
import type { KsqlEntity } from './entities.ts';
import { KsqlError, badStatement, ksqlErrorCodes } from './errors.ts';
import { PersistentQueries } from './persistent-queries.ts';
import { planStatement } from './planning.ts';
import { numberSetting, withoutEffect } from './properties.ts';
import type { Settings } from './properties.ts';
import { deleteTopic, prepareTopic, registerSchemas } from './side-effects.ts';

export interface EngineOptions {
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  readonly queries: QueryManager;
  readonly dialect: KsqlDialect;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The server's, by plain name. */
  readonly settings: Settings;
}

export interface CommandStatus {
  readonly status: 'QUEUED' | 'PARSING' | 'EXECUTING' | 'RUNNING' | 'TERMINATED' | 'SUCCESS' | 'ERROR';
  readonly message: string;
  readonly queryId: string | null;
}

export class KsqlEngine {
  readonly options: EngineOptions;
  readonly persistent: PersistentQueries;
  readonly #topic: CommandTopic;
  readonly #statuses = new Map<string, CommandStatus>();
  readonly #closing = new AbortController();
  #catalog = Catalog.empty;
  /** Offset behind the last command with a plan: the number of the next query. */
  #nextQueryNumber = 0;
  #restoring = true;
  #degraded = false;
  #last: Promise<unknown> = Promise.resolve();
  #tail: Promise<void> = Promise.resolve();

  private constructor(options: EngineOptions) {
    this.options = options;
    const { settings, logger, queries } = options;
    this.persistent = new PersistentQueries(queries, settings, logger);
    this.#topic = new CommandTopic(settings['ksql.service.id'] ?? 'default_', options);
  }

  /** Reads the command topic and starts the queries that are left. */
  static async open(options: EngineOptions): Promise<KsqlEngine> {
    const engine = new KsqlEngine(options);
    await engine.#topic.open();
    await engine.#exclusive(() => engine.#catchUp());
    engine.#restoring = false;
    engine.persistent.startAll();
    engine.#tail = engine.#follow();
    return engine;
  }

  get catalog(): Catalog {
    return this.#catalog;
  }

  get nextQueryNumber(): number {
    return this.#nextQueryNumber;
  }

  /** A command was skipped that this version does not understand. */
  get degraded(): boolean {
    return this.#degraded;
  }

  get statuses(): ReadonlyMap<string, CommandStatus> {
    return this.#statuses;
  }

  get commandTopic(): string {
    return this.#topic.topic;
  }

  /** Waits until the command with this offset was applied. @throws KsqlError 50301 */
  async waitForCommand(sequenceNumber: number): Promise<void> {
    const { clock, settings } = this.options;
    const limit = clock.monotonic() + numberSetting('ksql.server.command.response.timeout.ms', settings);
    while (this.#topic.position <= sequenceNumber) {
      await this.#exclusive(() => this.#catchUp());
      if (this.#topic.position > sequenceNumber) return;
      if (clock.monotonic() >= limit) {
        const text = `Timed out while waiting for a previous command to execute. command sequence number: ${sequenceNumber}`;
        throw new KsqlError(ksqlErrorCodes.commandQueueTimeout, text, { code: 'MILLRACE_TIMEOUT' });
      }
      await sleep(clock, 20);
    }
  }

  /** Everything up to the topic's end is applied. */
  refresh(): Promise<void> {
    return this.#exclusive(() => this.#catchUp());
  }

  /** Plans a statement against the catalogue as it is. */
  plan(statement: ParsedStatement, session: Settings): Promise<StatementPlan> {
    const { dialect, registry, clock, random } = this.options;
    const world = functionContext(clock, random);
    const context = { catalog: this.#catalog, session, nextQueryNumber: this.#nextQueryNumber, world };
    return planStatement(dialect, registry, statement, context);
  }

  /** Carries a statement out through the command topic. `overrides` are the session's settings alone. */
  async distribute(statement: ParsedStatement, overrides: Settings): Promise<KsqlEntity> {
    const id = commandIdOf(statement.statement);
    if (id === undefined) throw badStatement(`A ${statement.statement.kind} is no command.`, statement.maskedText);
    return await this.#exclusive(async () => {
      let warning: string | undefined;
      const { offset } = await this.#topic.write(async () => {
        await this.#catchUp();
        const plan = await this.#prepare(statement, overrides);
        if (plan === undefined || plan.do !== 'nothing' || !statement.statement.kind.startsWith('create'))
          return this.#command(id, statement, overrides, plan);
        warning = plan.message;
        return undefined;
      });
      if (warning !== undefined) return warningEntity(statement.maskedText, warning);
      await this.#catchUp();
      const warnings = withoutEffect(Object.keys(overrides)).map((name) => ({
        message: `The property '${name}' is accepted and has no effect in Millrace.`,
      }));
      const fields = { commandId: id, commandStatus: this.#statuses.get(id), commandSequenceNumber: offset };
      return entity('currentStatus', statement.maskedText, fields, warnings);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#tail;
    await this.#last.catch(() => {});
  }

  /** Checks, and does what has to be there before the command. Undefined for statements that are stored without a plan. */
  async #prepare(statement: ParsedStatement, overrides: Settings): Promise<CommandPlan | undefined> {
    const { kind } = statement.statement;
    if (kind === 'terminate' || kind === 'pause' || kind === 'resume') {
      const { queryId } = statement.statement;
      if (queryId !== undefined && !this.persistent.has(queryId))
        throw badStatement(`Unknown queryId: ${queryId}`, statement.maskedText);
      return undefined;
    }
    const { kafka, registry, dialect, settings } = this.options;
    const plan = await this.plan(statement, { ...settings, ...overrides });
    if (plan.do === 'nothing') return plan;
    if (plan.do !== 'ddl' && plan.do !== 'start-query')
      throw badStatement(`A ${plan.do} is no command.`, statement.maskedText);
    // A command is for good: what could not run is refused before anything is made for it.
    if (plan.do === 'start-query') this.options.queries.check(plan.query.plan);
    if (plan.topic !== undefined) await prepareTopic(kafka.admin, plan.topic, statement);
    if (plan.do === 'ddl' && plan.deleteTopic !== undefined) await deleteTopic(kafka.admin, registry, plan.deleteTopic);
    const ids = await registerSchemas(registry, plan.registrations);
    return dialect.withSchemaIds(plan, ids);
  }

  #command(id: string, statement: ParsedStatement, overrides: Settings, plan: CommandPlan | undefined): Command {
    return {
      id,
      statement: statement.text,
      streamsProperties: overrides,
      originalProperties: this.options.settings,
      plan,
    };
  }

  async #catchUp(): Promise<void> {
    for await (const { offset, command } of this.#topic.readNew()) {
      if (command === undefined) {
        this.#degraded = true;
        continue;
      }
      if (command.plan !== undefined) this.#nextQueryNumber = offset + 1;
      try {
        this.#statuses.set(command.id, await this.#apply(command));
      } catch (error) {
        this.options.logger.error(`The command ${command.id} failed: ${messageOf(error)}`, { offset });
        this.#statuses.set(command.id, { status: 'ERROR', message: messageOf(error), queryId: null });
      }
    }
  }

  async #apply(command: Command): Promise<CommandStatus> {
    const { plan } = command;
    if (plan === undefined) return success(await this.#applyText(command.statement));
    if (plan.do === 'nothing') return success(plan.message);
    this.#catalog = this.#catalog.with(...plan.changes);
    const live = !this.#restoring;
    if (plan.do === 'ddl') {
      for (const id of plan.terminate) await this.#end(id, live);
      return success(plan.message);
    }
    const { query } = plan;
    if (!plan.unchanged) {
      if (plan.replaces !== undefined) await this.persistent.remove(plan.replaces, { live, dispose: false });
      await this.persistent.add(query, command, live);
    }
    const failure = this.persistent.get(query.queryId)?.failure;
    if (failure !== undefined && live) return { status: 'ERROR', message: failure, queryId: query.queryId };
    return success(plan.message, query.queryId);
  }

  /** Commands that are stored as text alone. */
  async #applyText(text: string): Promise<string> {
    const [parsed] = this.options.dialect.parse(text, {});
    const statement = parsed?.statement;
    const live = !this.#restoring;
    const ids =
      statement !== undefined && 'queryId' in statement && statement.queryId !== undefined
        ? [statement.queryId]
        : this.persistent.ids();
    switch (statement?.kind) {
      case 'terminate':
        for (const id of ids) await this.#end(id, live);
        return 'Query terminated.';
      case 'pause':
        for (const id of ids) await this.persistent.setPaused(id, true, live);
        return 'Query paused.';
      case 'resume':
        for (const id of ids) await this.persistent.setPaused(id, false, live);
        return 'Query resumed.';
      default:
        throw badStatement(`Unexpected statement type: ${statement?.kind ?? 'none'}`, text);
    }
  }

  async #end(id: string, live: boolean): Promise<void> {
    this.#catalog = this.#catalog.with({ change: 'drop-query', id });
    await this.persistent.remove(id, { live, dispose: true });
  }

  /** Applies what other servers on the cluster write. */
  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        await this.#topic.waitForMore(signal);
        if (!signal.aborted) await this.#exclusive(() => this.#catchUp());
      } catch (error) {
        if (signal.aborted) return;
        this.options.logger.warn(`The command topic cannot be read: ${messageOf(error)}`, { topic: this.#topic.topic });
        await sleep(this.options.clock, 1000, signal);
      }
    }
  }

  /** One after the other. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work, work);
    this.#last = next.catch(() => {});
    return next;
  }
}

function success(message: string, queryId: string | null = null): CommandStatus {
  return { status: 'SUCCESS', message, queryId };
}
