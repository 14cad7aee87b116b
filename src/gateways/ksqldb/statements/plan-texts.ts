/**
 * A running plan as the two texts that people read in EXPLAIN: the steps of ksqlDB's execution plan, the last one first, each with its
 * schema; and the topology, laid out and named as Kafka Streams prints one.
 */
import { keyColumns } from '../../../runtime/rows/row-shape.ts';
import type { PhysicalColumn, PhysicalNode, PhysicalSink } from '../../../sql/physical/plan.ts';
import { quoteName, typeText } from '../../../sql/types.ts';

/** ` > [ PROJECT ] | Schema: … | Logger: …`, inputs two tabs deeper. `name`: of the query, in front of the loggers' names. */
export function executionPlanText(root: PhysicalSink, name: string): string {
  const lines: string[] = [];
  const add = (depth: number, step: string, schema: string, logger: string): void =>
    void lines.push(`${'\t'.repeat(depth * 2)} > [ ${step} ] | Schema: ${schema} | Logger: ${name}.${logger}\n`);
  const visit = (node: PhysicalNode, depth: number): void => {
    const step = stepOf(node);
    add(depth, step.name, schemaOf(node), step.logger);
    let below = depth + 1;
    if (node.node === 'aggregate') add(below++, 'GROUP_BY', schemaOf(node.input), 'Aggregate.GroupBy');
    for (const input of inputsOf(node)) visit(input, below);
  };
  if (root.node === 'topic-sink') {
    const marked = (columns: readonly PhysicalColumn[], mark: string): string[] =>
      columns.map(({ name: column, type }) => `${quoteName(column)} ${typeText(type)}${mark}`);
    add(0, 'SINK', [...marked(root.key, ' KEY'), ...marked(root.value, '')].join(', '), root.topic);
  }
  visit(root.input, root.node === 'topic-sink' ? 1 : 0);
  return lines.join('');
}

function stepOf(node: PhysicalNode): { readonly name: string; readonly logger: string } {
  switch (node.node) {
    case 'source':
      return { name: 'SOURCE', logger: 'KsqlTopic.Source' };
    case 'filter':
      return { name: 'FILTER', logger: 'WhereFilter' };
    case 'project':
      return { name: 'PROJECT', logger: 'Project' };
    case 'flat-map':
      return { name: 'FLATMAP', logger: 'FlatMap' };
    case 'aggregate':
      return { name: 'AGGREGATE', logger: 'Aggregate.Aggregate' };
    default:
      return { name: 'JOIN', logger: 'Join' };
  }
}

/** Keys first and marked; columns that every source has by itself are left out. */
function schemaOf(node: PhysicalNode): string {
  const columns = columnsOf(node);
  const keys = new Set(keyColumns(node));
  const text = (index: number): string => {
    const { name, type } = columns[index] as PhysicalColumn;
    return `${quoteName(name)} ${typeText(type)}${keys.has(index) ? ' KEY' : ''}`;
  };
  const shown = columns.flatMap(({ name }, i) => (ownColumns.has(name) ? [] : [i]));
  return [...shown.filter((i) => keys.has(i)), ...shown.filter((i) => !keys.has(i))].map(text).join(', ');
}

const ownColumns = new Set(['ROWTIME', 'ROWPARTITION', 'ROWOFFSET', 'WINDOWSTART', 'WINDOWEND']);

function columnsOf(node: PhysicalNode): readonly PhysicalColumn[] {
  switch (node.node) {
    case 'source':
    case 'project':
      return node.columns;
    case 'filter':
      return columnsOf(node.input);
    case 'flat-map':
      return [...columnsOf(node.input), ...node.functions];
    case 'aggregate': {
      const bounds = ['WINDOWSTART', 'WINDOWEND'].map((name) => ({ name, type: { kind: 'BIGINT' } as const }));
      return [...node.keys, ...node.aggregates, ...(node.window === undefined ? [] : bounds)];
    }
    default:
      return [...columnsOf(node.left), ...columnsOf(node.right), node.key];
  }
}

function inputsOf(node: PhysicalNode): readonly PhysicalNode[] {
  if (node.node === 'source') return [];
  return 'left' in node ? [node.left, node.right] : [node.input];
}

interface Processor {
  readonly name: string;
  readonly kind: string;
  readonly stores: string;
  readonly inputs: readonly string[];
  outputs: string;
}

/** `Topologies:` and what follows; a processor is numbered when its inputs are. */
export function topologyText(root: PhysicalSink): string {
  const processors: Processor[] = [];
  const add = (name: string, kind: string, stores: string, inputs: readonly string[]): string => {
    const numbered = `${name}-${String(processors.length).padStart(10, '0')}`;
    for (const one of processors) if (inputs.includes(one.name)) one.outputs = numbered;
    processors.push({ name: numbered, kind, stores, inputs, outputs: 'none' });
    return numbered;
  };
  const visit = (node: PhysicalNode): string => {
    const inputs = inputsOf(node).map(visit);
    if (node.node === 'source')
      return add(`K${tableOrStream(node.changelog)}-SOURCE`, 'Source', `topics: [${node.topic}]`, []);
    return add(processorName(node), 'Processor', `stores: [${storesOf(node).join(', ')}]`, inputs);
  };
  const last = visit(root.input);
  if (root.node === 'topic-sink' && root.silent !== true) add('KSTREAM-SINK', 'Sink', `topic: ${root.topic}`, [last]);
  const lines = processors.flatMap(({ name, kind, stores, inputs, outputs }) => [
    `    ${kind}: ${name} (${stores})`,
    ...(kind === 'Sink' ? [] : [`      --> ${outputs}`]),
    ...(kind === 'Source' ? [] : [`      <-- ${inputs.join(', ')}`]),
  ]);
  return `Topologies:\n   Sub-topology: 0\n${lines.join('\n')}\n\n`;
}

function tableOrStream(changelog: 'append' | 'upsert' | undefined): string {
  return changelog === 'upsert' ? 'TABLE' : 'STREAM';
}

function processorName(node: Exclude<PhysicalNode, { node: 'source' }>): string {
  switch (node.node) {
    case 'filter':
      return `K${tableOrStream(node.changelog)}-FILTER`;
    case 'project':
      return 'KSTREAM-TRANSFORMVALUES';
    case 'flat-map':
      return 'KSTREAM-FLATMAP';
    case 'aggregate':
      return 'KSTREAM-AGGREGATE';
    case 'stream-join':
      return 'KSTREAM-MERGE';
    case 'lookup-join':
      return `KSTREAM-${node.type === 'LEFT' ? 'LEFTJOIN' : 'JOIN'}`;
    case 'table-join':
      return 'KTABLE-MERGE';
    default:
      return 'KTABLE-FK-JOIN-OUTPUT';
  }
}

function storesOf({ node }: PhysicalNode): readonly string[] {
  switch (node) {
    case 'aggregate':
      return ['Aggregate-Aggregate-Materialize'];
    case 'stream-join':
      return ['KSTREAM-JOINTHIS-store', 'KSTREAM-JOINOTHER-store'];
    case 'lookup-join':
    case 'table-join':
    case 'foreign-key-join':
      return ['KafkaTopic_Left-Reduce', 'KafkaTopic_Right-Reduce'];
    default:
      return [];
  }
}
