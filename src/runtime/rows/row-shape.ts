/** What follows from a node's shape: how many columns it has, and which of them are its key. */
import type { PhysicalNode } from '../../sql/physical/plan.ts';
import { columnsOf } from '../compiler/used-columns.ts';

export function widthOf(node: PhysicalNode): number {
  switch (node.node) {
    case 'source':
    case 'project':
      return node.columns.length;
    case 'filter':
      return widthOf(node.input);
    case 'flat-map':
      return widthOf(node.input) + node.functions.length;
    case 'aggregate':
      return node.keys.length + node.aggregates.length + (node.window === undefined ? 0 : 2);
    default:
      return widthOf(node.left) + widthOf(node.right) + 1;
  }
}

/** Columns whose values are there also when a row is withdrawn. */
export function keyColumns(node: PhysicalNode): number[] {
  switch (node.node) {
    case 'source':
      return node.columns.flatMap(({ origin }, i) =>
        origin.from === 'key' || origin.from === 'window-start' || origin.from === 'window-end' ? [i] : [],
      );
    case 'filter':
    case 'flat-map':
      return keyColumns(node.input);
    case 'project': {
      const keys = new Set(keyColumns(node.input));
      return node.columns.flatMap(({ expression }, i) =>
        expression.kind === 'column' && keys.has(expression.index) ? [i] : [],
      );
    }
    case 'aggregate': {
      const first = node.keys.length + node.aggregates.length;
      return [...node.keys.map((_, i) => i), ...(node.window === undefined ? [] : [first, first + 1])];
    }
    case 'foreign-key-join':
      return [...node.primaryKey];
    default:
      return [widthOf(node) - 1, ...keyColumns(node.left)];
  }
}

/** Columns whose values are there when the row has no value: its key, and what is computed from nothing else. */
export function knownColumns(node: PhysicalNode): number[] {
  switch (node.node) {
    case 'filter':
      return knownColumns(node.input);
    case 'project': {
      const known = new Set(knownColumns(node.input));
      return node.columns.flatMap(({ expression }, i) =>
        [...columnsOf([expression]).keys()].every((column) => known.has(column)) ? [i] : [],
      );
    }
    default:
      return keyColumns(node);
  }
}

/** Do these columns stand for the whole key of the source, in its order? */
export function isSourceKey(node: PhysicalNode, columns: readonly number[]): boolean {
  if (node.node === 'filter' || node.node === 'flat-map') return isSourceKey(node.input, columns);
  if (node.node === 'project') {
    const below = columns.map((column) => {
      const expression = node.columns[column]?.expression;
      return expression?.kind === 'column' ? expression.index : -1;
    });
    return isSourceKey(node.input, below);
  }
  return keyColumns(node).slice(0, columns.length).join() === columns.join();
}

/** Columns that hold the window of a row's key: start, end; none when keys have no windows. */
export function windowColumns(node: PhysicalNode): number[] {
  switch (node.node) {
    case 'source':
      return ['window-start', 'window-end'].flatMap((from) => {
        const at = node.columns.findIndex(({ origin }) => origin.from === from);
        return at < 0 ? [] : [at];
      });
    case 'filter':
    case 'flat-map':
      return windowColumns(node.input);
    case 'project':
      return windowColumns(node.input).flatMap((column) => {
        const at = node.columns.findIndex(
          ({ expression }) => expression.kind === 'column' && expression.index === column,
        );
        return at < 0 ? [] : [at];
      });
    case 'aggregate': {
      const first = node.keys.length + node.aggregates.length;
      return node.window === undefined ? [] : [first, first + 1];
    }
    default:
      return windowColumns(node.left);
  }
}
