/** An Avro value as Java's `GenericData.toString` prints it: `{"brand": "Acme", "duration": 30}`. */
import type { AvroValue } from '../../../formats/avro/codec.ts';
import { branchName } from '../../../formats/avro/schema.ts';
import type { AvroSchema } from '../../../formats/avro/schema.ts';
import { javaDouble } from '../../../sql/functions/java-double.ts';

export function avroText(value: AvroValue, schema: AvroSchema): string {
  if (value === null) return 'null';
  switch (schema.kind) {
    case 'union': {
      const branch = schema.branches.find((one) => fits(value, one));
      return branch === undefined ? String(value) : avroText(value, branch);
    }
    case 'record': {
      const fields = schema.fields.map(
        ({ name, type: one }) =>
          `${JSON.stringify(name)}: ${avroText((value as Record<string, AvroValue>)[name] ?? null, one)}`,
      );
      return `{${fields.join(', ')}}`;
    }
    case 'array':
      return `[${(value as readonly AvroValue[]).map((item) => avroText(item, schema.items)).join(', ')}]`;
    case 'map': {
      const entries = [...(value as ReadonlyMap<string, AvroValue>)];
      return `{${entries.map(([key, one]) => `${JSON.stringify(key)}: ${avroText(one, schema.values)}`).join(', ')}}`;
    }
    case 'float':
    case 'double':
      return Number.isFinite(value) ? javaDouble(value as number) : `"${javaDouble(value as number)}"`;
    case 'bytes':
    case 'fixed':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
    case 'string':
    case 'enum':
      return JSON.stringify(value);
    default:
      return String(value);
  }
}

function fits(value: AvroValue, branch: AvroSchema): boolean {
  switch (branchName(branch)) {
    case 'null':
      return false;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
    case 'long':
      return typeof value === 'bigint' || Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'bytes':
      return value instanceof Uint8Array;
    case 'array':
      return Array.isArray(value);
    case 'map':
      return value instanceof Map;
    default:
      return branch.kind === 'enum' ? typeof value === 'string' : typeof value === 'object';
  }
}
