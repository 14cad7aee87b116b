/**
 * Runs a planned case: its persistent queries one after the other, one input record at a time, and compares what the topics
 * get with what the case expects (`README.md` beside the cases tells how).
 */
import { messageOf } from '../../../src/core/errors.ts';
import type { DataSource } from '../../../src/sql/catalog/source.ts';
import { withSchemaIds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { functionLookup } from '../../../src/sql/functions/lookup.ts';
import type { PhysicalNode, PhysicalPlan } from '../../../src/sql/physical/plan.ts';
import { planDriver } from '../../../src/runtime/driver.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import type { Json, KsqlCase } from './cases.ts';
import { compareAll } from './compare.ts';
import { crashingDriver } from './crashing-driver.ts';
import { encodeRecord, insertedRecord, NotRun } from './encode-record.ts';
import { caseAggregates, caseFunctions } from './functions.ts';
import type { PlannedCase } from './plan-case.ts';
import type { ProtobufText } from './protobuf-json.ts';

export interface RunOptions {
  /** Never the generated loop. */
  readonly rowsOnly?: boolean;
  /** The task dies at every record and is restored. */
  readonly crashes?: boolean;
  /** A record that fails ends the run with its error. */
  readonly stopOnError?: boolean;
}

/** What the queries of a case did. */
export interface CaseRun {
  /** By topic: what the queries wrote. */
  readonly written: ReadonlyMap<string, readonly FedRecord[]>;
  /** By topic: all that is in those that are read or written. */
  readonly topics: ReadonlyMap<string, readonly FedRecord[]>;
  /** What the processing log got. */
  readonly errors: readonly string[];
  readonly schemaOf: (id: number) => ProtobufText;
}

const sourceFinder = ({ catalog }: PlannedCase): ((topic: string) => DataSource) => {
  const sources = [...catalog.sources.values()];
  return (topic) => {
    const found = sources.findLast((source) => source.topic === topic);
    if (found === undefined) throw new NotRun(`no source reads or writes ${topic}`);
    return found;
  };
};

/** Throws what is different. */
export function runCase(one: KsqlCase, planned: PlannedCase, options: RunOptions = {}): void {
  const { written, topics, errors, schemaOf } = runQueries(one, planned, options);
  const list = (name: string): Json[] => (one.json[name] ?? []) as Json[];
  try {
    compareAll(
      list('outputs'),
      {
        anyTimeForZero: list('inputs').length === 0,
        exact: one.properties['use.exact.numeric.comparison'] !== 'false',
      },
      (topic) => [...(written.get(topic) ?? topics.get(topic) ?? [])],
      sourceFinder(planned),
      schemaOf,
    );
  } catch (error) {
    if (error instanceof NotRun || errors.length === 0) throw error;
    throw new Error(`${messageOf(error)}\n    noted: ${errors.slice(0, 3).join('; ')}`, { cause: error });
  }
}

/** Runs the queries and compares nothing. */
export function runQueries(
  one: KsqlCase,
  planned: PlannedCase,
  { rowsOnly = false, stopOnError = false, crashes = false }: RunOptions = {},
): CaseRun {
  const sourceOf = sourceFinder(planned);
  const schemas = new Map<string, ProtobufText & { id: number }>(
    planned.schemas.map((schema) => [schema.subject, schema]),
  );
  const all = [...schemas.values()];
  for (const plan of planned.plans) {
    if (!('registrations' in plan)) continue;
    for (const { subject, id, schema, references = [], onlyIfAbsent = false } of plan.registrations) {
      const known = all.find((one) => one.id === id);
      if (known !== undefined) schemas.set(subject, known);
      else if (!onlyIfAbsent || !schemas.has(subject)) {
        const made = { id: 1000 + all.length, schema, references };
        all.push(made);
        schemas.set(subject, made);
      }
    }
  }
  const ids = new Map([...schemas].map(([subject, { id }]) => [subject, id]));
  const schemaOf = (id: number): ProtobufText => {
    const found = all.find((schema) => schema.id === id);
    if (found === undefined) throw new Error(`no schema ${id}`);
    return found;
  };
  const topics = new Map<string, FedRecord[]>();
  for (const plan of planned.plans) {
    if (plan.do !== 'insert-values') continue;
    const { topic } = sourceOf(plan.source.topic);
    topics.set(topic, [...(topics.get(topic) ?? []), insertedRecord(plan, schemas)]);
  }
  const inputs = ((one.json['inputs'] ?? []) as Json[]).map((record) =>
    encodeRecord(record, sourceOf(String(record['topic'])), schemas),
  );
  const given = new Set(inputs.map(({ topic }) => topic));
  for (const input of inputs) topics.set(input.topic, [...(topics.get(input.topic) ?? []), input]);
  const functions = functionLookup(
    { now: () => 1_600_000_000_000, random: () => 0.5, uuid: () => '00000000-0000-4000-8000-000000000000' },
    caseFunctions,
  );
  const written = new Map<string, FedRecord[]>();
  const errors: string[] = [];
  for (const plan of planned.plans) {
    if (plan.do === 'insert-values') continue;
    if (plan.do !== 'start-query') continue;
    const physical = withSchemaIds(plan, ids).query.plan;
    const { root } = physical;
    if (root.node !== 'topic-sink') continue;
    const driver = (crashes ? crashingDriver : planDriver)(physical, {
      functions,
      aggregates: caseAggregates,
      schema: (id) => {
        const { schema, references = [] } = schemaOf(id);
        return { text: schema, references };
      },
      rowsOnly,
      onError: (error) => {
        if (stopOnError) throw error;
        errors.push(messageOf(error));
      },
    });
    const read = topicsOf(plan.query.plan);
    const feed = [
      ...inputs.filter(({ topic }) => read.has(topic)),
      ...[...read].filter((topic) => !given.has(topic)).flatMap((topic) => topics.get(topic) ?? []),
    ];
    const out = feed.flatMap((record) =>
      driver
        .feed(record)
        .map(({ key, value, timestamp, headers }) => ({ topic: root.topic, key, value, timestamp, headers })),
    );
    topics.set(root.topic, [...(topics.get(root.topic) ?? []), ...out]);
    written.set(root.topic, [...(written.get(root.topic) ?? []), ...out]);
  }
  return { written, topics, errors, schemaOf };
}

function topicsOf(plan: PhysicalPlan): Set<string> {
  const found = new Set<string>();
  const visit = (node: PhysicalNode): void => {
    if (node.node === 'source') found.add(node.topic);
    else if ('left' in node) {
      visit(node.left);
      visit(node.right);
    } else visit(node.input);
  };
  visit(plan.root.input);
  return found;
}
