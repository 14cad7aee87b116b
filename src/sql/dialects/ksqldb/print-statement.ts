/** Statements as text with their semicolon; what is parsed from it is the statement again. */
import type { ColumnElement, Properties, Statement, StatementOf } from './ast.ts';
import { printDuration, printQuery } from './print-query.ts';
import { printExpression, printName, printString, printType } from './print.ts';

export function printStatement(statement: Statement): string {
  return `${printBody(statement)};`;
}

function printBody(statement: Statement): string {
  switch (statement.kind) {
    case 'query':
      return printQuery(statement.query, false);
    case 'create-source': {
      const columns = statement.columns.length === 0 ? '' : ` (${statement.columns.map(printColumn).join(', ')})`;
      return `${printCreate(statement, statement.readOnly)}${columns}${printProperties(statement.properties)}`;
    }
    case 'create-as':
      return `${printCreate(statement, false)}${printProperties(statement.properties)} AS ${printQuery(statement.query, true)}`;
    case 'insert-query':
      return `INSERT INTO ${printName(statement.target)}${printProperties(statement.properties)} ${printQuery(statement.query, true)}`;
    case 'insert-values': {
      const columns = statement.columns.length === 0 ? '' : ` (${statement.columns.map(printName).join(', ')})`;
      return `INSERT INTO ${printName(statement.target)}${columns} VALUES (${statement.values.map(printExpression).join(', ')})`;
    }
    case 'drop-source': {
      const topic = statement.deleteTopic ? ' DELETE TOPIC' : '';
      return `DROP ${statement.source} ${ifExists(statement)}${printName(statement.name)}${topic}`;
    }
    case 'drop-type':
      return `DROP TYPE ${ifExists(statement)}${printName(statement.name)}`;
    case 'drop-connector':
      return `DROP CONNECTOR ${ifExists(statement)}${printName(statement.name)}`;
    case 'alter-source': {
      const add = statement.add.map(({ name, type }) => `ADD COLUMN ${printName(name)} ${printType(type)}`);
      return `ALTER ${statement.source} ${printName(statement.name)}\n${add.join(',\n')}`;
    }
    case 'create-type':
      return `CREATE TYPE ${ifNotExists(statement)}${printName(statement.name)} AS ${printType(statement.type)}`;
    case 'create-connector': {
      const head = `CREATE ${statement.direction} CONNECTOR ${ifNotExists(statement)}${printName(statement.name)}`;
      return `${head}${printProperties(statement.properties, printString)}`;
    }
    case 'explain':
      return statement.queryId === undefined
        ? `EXPLAIN \n${printBody(statement.statement)}`
        : `EXPLAIN \n${printName(statement.queryId)}`;
    case 'print':
      return printPrint(statement);
    case 'assert-topic':
    case 'assert-schema':
      return printAssert(statement);
    default:
      return printCommand(statement);
  }
}

type Command = Exclude<
  Statement,
  StatementOf<
    | 'query'
    | 'create-source'
    | 'create-as'
    | 'insert-query'
    | 'insert-values'
    | 'drop-source'
    | 'drop-type'
    | 'drop-connector'
    | 'alter-source'
    | 'create-type'
    | 'create-connector'
    | 'explain'
    | 'print'
    | 'assert-topic'
    | 'assert-schema'
  >
>;

/** Statements of a few words. */
function printCommand(statement: Command): string {
  switch (statement.kind) {
    case 'list-streams':
    case 'list-tables':
    case 'list-queries':
      return `SHOW ${statement.kind.slice('list-'.length).toUpperCase()}${extended(statement)}`;
    case 'list-topics':
      return `SHOW ${statement.all ? 'ALL ' : ''}TOPICS${extended(statement)}`;
    case 'list-functions':
    case 'list-properties':
    case 'list-types':
    case 'list-variables':
      return `SHOW ${statement.kind.slice('list-'.length).toUpperCase()}`;
    case 'list-connector-plugins':
      return 'SHOW CONNECTOR PLUGINS';
    case 'list-connectors':
      return `SHOW ${statement.scope === 'ALL' ? '' : `${statement.scope} `}CONNECTORS`;
    case 'describe-source':
      return `DESCRIBE ${printName(statement.name)}${extended(statement)}`;
    case 'describe-sources':
      return `DESCRIBE ${statement.source}S${extended(statement)}`;
    case 'describe-function':
      return `DESCRIBE FUNCTION ${printName(statement.name)}`;
    case 'describe-connector':
      return `DESCRIBE CONNECTOR ${printName(statement.name)}`;
    case 'terminate':
    case 'pause':
    case 'resume':
      return `${statement.kind.toUpperCase()} ${statement.queryId === undefined ? 'ALL' : printName(statement.queryId)}`;
    case 'set':
      return `SET ${printString(statement.name)}=${printString(statement.value)}`;
    case 'alter-system':
      return `ALTER SYSTEM ${printString(statement.name)}=${printString(statement.value)}`;
    case 'unset':
      return `UNSET ${printString(statement.name)}`;
    case 'define':
      return `DEFINE ${statement.name}=${printString(statement.value)}`;
    case 'undefine':
      return `UNDEFINE ${statement.name}`;
    case 'run-script':
      return `RUN SCRIPT ${printString(statement.file)}`;
    case 'spool':
      return `SPOOL ${statement.file === undefined ? 'OFF' : printString(statement.file)}`;
  }
}

function printCreate(statement: StatementOf<'create-source' | 'create-as'>, readOnly: boolean): string {
  const replace = statement.orReplace ? 'OR REPLACE ' : '';
  const source = `${readOnly ? 'SOURCE ' : ''}${statement.source}`;
  return `CREATE ${replace}${source} ${ifNotExists(statement)}${printName(statement.name)}`;
}

function printColumn({ name, type, constraint }: ColumnElement): string {
  const suffix =
    constraint === undefined
      ? ''
      : constraint.kind === 'HEADER'
        ? ` HEADER(${printString(constraint.key)})`
        : ` ${constraint.kind}`;
  return `${printName(name)} ${printType(type)}${suffix}`;
}

/** In the order of their names. */
function printProperties(properties: Properties, printKey: (name: string) => string = printName): string {
  if (properties.size === 0) return '';
  const entries = [...properties].sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = entries.map(
    ([name, { kind, value }]) => `${printKey(name)}=${kind === 'string' ? printString(value) : value}`,
  );
  return ` WITH (${texts.join(', ')})`;
}

function printPrint(statement: StatementOf<'print'>): string {
  const beginning = statement.fromBeginning ? ' FROM BEGINNING' : '';
  const interval = statement.interval === undefined ? '' : ` INTERVAL ${statement.interval}`;
  const limit = statement.limit === undefined ? '' : ` LIMIT ${statement.limit}`;
  return `PRINT ${printString(statement.topic)}${beginning}${interval}${limit}`;
}

function printAssert(statement: StatementOf<'assert-topic' | 'assert-schema'>): string {
  const head = `ASSERT ${statement.exists ? '' : 'NOT EXISTS '}`;
  const timeout = statement.timeout === undefined ? '' : ` TIMEOUT ${printDuration(statement.timeout)}`;
  if (statement.kind === 'assert-topic') {
    return `${head}TOPIC ${printString(statement.topic)}${printProperties(statement.properties)}${timeout}`;
  }
  const subject = statement.subject === undefined ? '' : ` SUBJECT ${printString(statement.subject)}`;
  return `${head}SCHEMA${subject}${statement.id === undefined ? '' : ` ID ${statement.id}`}${timeout}`;
}

function ifNotExists(statement: { readonly ifNotExists: boolean }): string {
  return statement.ifNotExists ? 'IF NOT EXISTS ' : '';
}

function ifExists(statement: { readonly ifExists: boolean }): string {
  return statement.ifExists ? 'IF EXISTS ' : '';
}

function extended(statement: { readonly extended: boolean }): string {
  return statement.extended ? ' EXTENDED' : '';
}
