/**
 * A session of ksqlDB's command line: local properties and variables, and what becomes of each statement. Queries, PRINT and the statements
 * about the session are done one by one; the others between them go to the server as one text.
 */
import { StackError } from '../../core/errors.ts';
import { parseKsql } from '../../sql/dialects/ksqldb/parser.ts';
import type { ParsedStatement } from '../../sql/dialects/ksqldb/ast.ts';
import { parseJson } from '../../sql/functions/json-text.ts';
import { placeOf, withExcerpt } from '../../sql/syntax/excerpt.ts';
import { fileProblem } from '../kafka/client-config.ts';
import { entityText } from './entity-text.ts';
import { textOf } from './entities.ts';
import type { Json } from './entities.ts';
import { prettyJson } from './java-text.ts';
import { holdsRow, queryLineText } from './query-printer.ts';
import { errorMessageOf } from './rest-client.ts';
import type { KsqlRestClient } from './rest-client.ts';

export type OutputFormat = 'TABULAR' | 'JSON';

export interface KsqlSessionOptions {
  readonly client: KsqlRestClient;
  print(text: string): void;
  /** The content of a script that the user named. */
  readFile(path: string): Buffer;
  /** SPOOL to a file, or no more. */
  spool(path: string | undefined): void;
  /** Columns of the terminal. */
  readonly width: () => number;
  readonly format: OutputFormat;
  /** Rows after which a query is ended. */
  readonly queryRowLimit?: number;
  readonly properties: ReadonlyMap<string, string>;
  readonly variables: ReadonlyMap<string, string>;
}

export class KsqlSession {
  format: OutputFormat;
  client: KsqlRestClient;
  /** Statements do not wait until the commands before them are done. */
  pipelining = false;
  readonly #options: KsqlSessionOptions;
  readonly #properties: Map<string, string>;
  readonly #variables: Map<string, string>;
  #wrap = true;
  #columnWidth = 0;
  /** Of the last command that the server has given one. */
  #sequenceNumber: number | undefined;

  constructor(options: KsqlSessionOptions) {
    this.#options = options;
    this.format = options.format;
    this.client = options.client;
    this.#properties = new Map(options.properties);
    this.#variables = new Map(options.variables);
  }

  /**
   * Does what the statements say; `signal` ends a running query. What the server refuses is printed, and the statements behind it
   * are done all the same, as ksqlDB's command line does. Resolves with whether nothing was refused.
   * @throws StackError whose message is what a person is to read: the parser's, or about a statement of the session
   */
  async run(text: string, signal: AbortSignal): Promise<boolean> {
    const parsed = this.#parse(text);
    let ordinary = '';
    let accepted = true;
    for (const one of parsed) {
      const own = this.#own(one, signal);
      if (own === undefined) {
        ordinary += `${one.text}\n`;
        continue;
      }
      if (!(await this.#send(ordinary))) accepted = false;
      ordinary = '';
      if ((await own()) === false) accepted = false;
    }
    return (await this.#send(ordinary)) && accepted;
  }

  #parse(text: string): readonly ParsedStatement[] {
    try {
      return parseKsql(text, { variables: Object.fromEntries(this.#variables), cli: true });
    } catch (error) {
      const place = error instanceof StackError && !text.includes('${') ? placeOf(error.details) : undefined;
      if (!(error instanceof StackError) || place === undefined) throw error;
      throw new StackError(error.code, withExcerpt(error.message, text, place), { cause: error });
    }
  }

  /** Another server knows none of the commands so far. */
  useServer(client: KsqlRestClient): void {
    this.client = client;
    this.#sequenceNumber = undefined;
  }

  /** SET CLI. @throws StackError MILLRACE_CONFIG_INVALID */
  setCli(property: string, value: string): void {
    const name = property.toUpperCase();
    const wrong = (why: string): StackError =>
      new StackError('MILLRACE_CONFIG_INVALID', `Invalid value ${value} for configuration ${name}: ${why}`);
    if (name === 'WRAP') {
      const onOff = value.toUpperCase();
      if (onOff !== 'ON' && onOff !== 'OFF') throw wrong('String must be one of: ON, OFF, null');
      this.#wrap = onOff === 'ON';
    } else if (name === 'COLUMN-WIDTH') {
      if (!/^[+-]?\d+$/.test(value)) throw wrong('Not a number of type INT');
      if (Number(value) < 0) throw wrong('Not >= 0');
      this.#columnWidth = Number(value);
    } else {
      const known = 'Valid properties are: [WRAP, COLUMN-WIDTH]';
      throw new StackError('MILLRACE_CONFIG_INVALID', `Undefined property: ${property}. ${known}`);
    }
  }

  /** What the next request has to wait for. */
  #after(): number | undefined {
    return this.pipelining ? undefined : this.#sequenceNumber;
  }

  /** How a statement is done that does not go to `/ksql`, with false when it was refused; undefined for those that go there. */
  #own({ statement, text }: ParsedStatement, signal: AbortSignal): (() => Promise<boolean | void> | void) | undefined {
    switch (statement.kind) {
      case 'query':
        return () => this.#query(text, signal);
      case 'print':
        return () => this.#printTopic(text, signal);
      case 'set':
        return () => this.#set(statement.name, statement.value);
      case 'unset':
        return () => this.#unset(statement.name);
      case 'define':
        return () => void this.#variables.set(statement.name, statement.value);
      case 'undefine':
        return () => this.#undefine(statement.name);
      case 'list-variables':
        return () => this.#listVariables();
      case 'run-script':
        return () => this.run(this.#script(statement.file), signal);
      case 'spool':
        return () => this.#options.spool(statement.file);
      default:
        return undefined;
    }
  }

  #script(path: string): string {
    try {
      return this.#options.readFile(path).toString('utf8');
    } catch (error) {
      const message = `Failed to read file: ${path}\nCaused by: ${path} (${fileProblem(error)})`;
      throw new StackError('MILLRACE_CONFIG_INVALID', message, { cause: error });
    }
  }

  async #send(text: string): Promise<boolean> {
    if (text === '') return true;
    const answer = await this.client.statements(text, Object.fromEntries(this.#properties), this.#after());
    if (answer.status === 200) {
      this.#printEntities(JSON.parse(answer.body) as readonly Json[], answer.body);
      return true;
    }
    const done = answer.body.startsWith('{') ? (JSON.parse(answer.body) as Json)['entities'] : undefined;
    if (Array.isArray(done) && done.length > 0) this.#printEntities(done as Json[], JSON.stringify(done));
    return this.#refused(answer.status, answer.body);
  }

  #refused(status: number, body: string): false {
    this.#options.print(`${errorMessageOf(body) ?? `The server answered ${status}: ${body}`}\n`);
    return false;
  }

  #printEntities(entities: readonly Json[], body: string): void {
    for (const { commandSequenceNumber: number } of entities)
      if (typeof number === 'number' && number >= (this.#sequenceNumber ?? 0)) this.#sequenceNumber = number;
    if (this.format === 'JSON') {
      const value = parseJson(body);
      if (value !== undefined) this.#options.print(`${prettyJson(value)}\n`);
      return;
    }
    for (const entity of entities) {
      const which = entities.length > 1 ? `${textOf(entity, 'statementText')}\n` : '';
      this.#options.print(`\n${which}${entityText(entity, this.#options.width())}`);
    }
  }

  async #query(text: string, signal: AbortSignal): Promise<boolean> {
    const layout = { width: this.#options.width(), wrap: this.#wrap, columnWidth: this.#columnWidth };
    let rows = 0;
    const accepted = await this.#stream(text, signal, (line) => {
      this.#options.print(queryLineText(line, this.format === 'JSON' ? 'JSON' : layout));
      if (holdsRow(line)) rows++;
      return rows !== this.#options.queryRowLimit;
    });
    if (accepted) this.#options.print('Query terminated\n');
    return accepted;
  }

  async #printTopic(text: string, signal: AbortSignal): Promise<boolean> {
    const accepted = await this.#stream(text, signal, (line) => {
      this.#options.print(`${line}\n`);
      return true;
    });
    if (accepted) this.#options.print('Topic printing ceased\n');
    return accepted;
  }

  /**
   * Hands over each line of the answer until there are no more, `take` returns false, or `signal` aborts. Resolves with whether the
   * server accepted the statement.
   */
  async #stream(text: string, signal: AbortSignal, take: (line: string) => boolean): Promise<boolean> {
    try {
      const { status, lines } = await this.client.query(
        text,
        Object.fromEntries(this.#properties),
        signal,
        this.#after(),
      );
      let body = '';
      for await (const line of lines) {
        if (status !== 200) body += line;
        else if (!take(line)) return true;
      }
      return status === 200 || this.#refused(status, body);
    } catch (error) {
      if (!signal.aborted) throw error;
      return true;
    }
  }

  async #set(name: string, value: string): Promise<void> {
    const complaint = await this.client.propertyComplaint(name);
    if (complaint !== undefined) throw new StackError('MILLRACE_CONFIG_INVALID', complaint);
    const old = this.#properties.get(name);
    this.#properties.set(name, value);
    this.#options.print(
      old === undefined
        ? `Successfully changed local property '${name}' to '${value}'. Use the UNSET command to revert your change.\n`
        : `Successfully changed local property '${name}' from '${old}' to '${value}'.\n`,
    );
  }

  #unset(name: string): void {
    const old = this.#properties.get(name);
    if (old === undefined)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Cannot unset local property '${name}' which was never set in the first place`,
      );
    this.#properties.delete(name);
    this.#options.print(`Successfully unset local property '${name}' (value was '${old}').\n`);
  }

  #undefine(name: string): void {
    if (!this.#variables.delete(name))
      this.#options.print(`Cannot undefine variable '${name}' which was never defined.\n`);
  }

  #listVariables(): void {
    const variables = [...this.#variables].map(([name, value]) => ({ name, value }));
    const entity = { '@type': 'variables', statementText: 'LIST VARIABLES;', variables };
    this.#printEntities([entity], JSON.stringify([entity]));
  }
}
