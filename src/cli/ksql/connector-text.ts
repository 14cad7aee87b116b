/** DESCRIBE CONNECTOR and DESCRIBE FUNCTION as text. */
import { line, listOf, objectOf, textOf } from './entities.ts';
import type { Json } from './entities.ts';
import { listTable } from './tables.ts';

export function connectorText(entity: Json, width: number): string {
  const status = objectOf(entity, 'status');
  const connector = objectOf(status, 'connector');
  const trace = textOf(connector, 'trace');
  const table = (headers: readonly string[], rows: readonly (readonly string[])[]): string =>
    rows.length === 0 ? '' : `\n${listTable(headers, rows, width)}`;
  const cells = (list: readonly Json[], names: readonly string[]): string[][] =>
    list.map((one) => names.map((name) => textOf(one, name)));
  return [
    line('Name', textOf(status, 'name')),
    line('Class', textOf(entity, 'connectorClass')),
    line('Type', textOf(status, 'type')),
    line('State', textOf(connector, 'state')),
    line('WorkerId', textOf(connector, 'worker_id') || textOf(connector, 'workerId')),
    trace === '' ? '' : line('Trace', trace),
    table(['Task ID', 'State', 'Error Trace'], cells(listOf(status, 'tasks'), ['id', 'state', 'trace'])),
    table(['KSQL Source Name', 'Kafka Topic', 'Type'], cells(listOf(entity, 'sources'), ['name', 'topic', 'type'])),
    table(
      ['Related Topics'],
      listOf<string>(entity, 'topics').map((topic) => [topic]),
    ),
  ].join('');
}

export function functionText(entity: Json, width: number): string {
  const name = textOf(entity, 'name').toUpperCase();
  const label = (prefix: string, title: string): string => `${prefix}${title.padEnd(12)}: `;
  const plain = (title: string, text: string): string =>
    text.trim() === '' ? '' : `${label('', title)}${text.trim()}\n`;
  const described = (prefix: string, title: string, text: string): string => {
    if (text.trim() === '') return '';
    const start = label(prefix, title);
    const indent = start.replaceAll('\t', '  ').length;
    const lines = broken(text.trim(), Math.max(width, 80) - indent);
    return `${start}${lines.join(`\n${' '.repeat(indent)}`)}\n`;
  };
  const variations = listOf(entity, 'functions').map((one) => {
    const args = listOf(one, 'arguments');
    return [
      `\n${label('\t', 'Variation')}${name}(${args.map(argumentText).join(', ')})\n`,
      `${label('\t', 'Returns')}${textOf(one, 'returnType')}\n`,
      described('\t', 'Description', textOf(one, 'description')),
      ...args.map((arg) => described('\t', textOf(arg, 'name'), textOf(arg, 'description'))),
    ].join('');
  });
  return [
    `${label('', 'Name')}${name}\n`,
    plain('Author', textOf(entity, 'author')),
    plain('Version', textOf(entity, 'version')),
    described('', 'Overview', textOf(entity, 'description')),
    `${label('', 'Type')}${textOf(entity, 'type')}\n`,
    `${label('', 'Jar')}${textOf(entity, 'path')}\n`,
    `${label('', 'Variations')}\n`,
    ...variations,
  ].join('');
}

function argumentText(argument: Json): string {
  const type = `${textOf(argument, 'type')}${argument['isVariadic'] === true ? '[]' : ''}`;
  const name = textOf(argument, 'name');
  return name === '' ? type : `${name} ${type}`;
}

/** Lines of at most `width`, broken at spaces; the spaces stay. */
function broken(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(/( )/)) {
      const last = lines.at(-1) ?? '';
      if (last.length + word.length > width && last !== '') lines.push(word);
      else lines[lines.length - 1] = last + word;
    }
    return lines;
  });
}
