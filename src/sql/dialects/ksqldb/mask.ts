/** Statements as they may be shown and logged: values of INSERT and settings of connectors can be secrets. */
import { quoteName } from '../../types.ts';
import type { Statement } from './ast.ts';
import { printName, printString } from './print.ts';

/** ksqlDB's own form: the statement written anew where something is hidden, otherwise as it stands. */
export function maskStatement(statement: Statement, text: string): string {
  switch (statement.kind) {
    case 'insert-values': {
      const columns = statement.columns.length === 0 ? '' : ` (${statement.columns.map(quoteName).join(', ')})`;
      return `INSERT INTO ${quoteName(statement.target)}${columns} VALUES (${statement.values.map(() => "'[value]'").join(', ')});`;
    }
    case 'create-connector': {
      const properties = [...statement.properties].map(([name, { kind, value }]) => {
        const shown =
          name.toLowerCase() === 'connector.class' ? (kind === 'string' ? printString(value) : value) : "'[string]'";
        return `${printString(name)}=${shown}`;
      });
      const condition = statement.ifNotExists ? 'IF NOT EXISTS ' : '';
      return `CREATE ${statement.direction} CONNECTOR ${condition}${printName(statement.name)} WITH (${properties.join(', ')});`;
    }
    default:
      return text;
  }
}
