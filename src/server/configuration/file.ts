/**
 * `millrace.yaml`: our own settings, and the real properties nested by component. Nesting below a component is the same as points, lists
 * the same as commas.
 *
 *     listen: 0.0.0.0
 *     broker:
 *       num.partitions: 3
 *       log.retention: { hours: 24 }
 *     ksqldb-server:
 *       ksql.service.id: mine_
 */
import { readFileSync } from '../../core/disk.ts';
import type { Disk } from '../../core/disk.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import { isComponent } from './component.ts';
import type { Component } from './component.ts';
import { ownSettings } from './own-settings.ts';

export interface FromFile {
  readonly own: ReadonlyMap<string, string>;
  readonly properties: ReadonlyMap<Component, ReadonlyMap<string, string>>;
}

export interface FileSources {
  readonly disk: Disk;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** `--config`; absent: `MILLRACE_CONFIG`, or `./millrace.yaml` if it is there. */
  readonly file?: string;
}

/** @throws StackError MILLRACE_CONFIG_INVALID with the file's name and, for what is no YAML, the line */
export async function loadConfigurationFile({
  disk,
  file,
  environment,
}: FileSources): Promise<FromFile & { readonly path: string }> {
  const named = file ?? environment['MILLRACE_CONFIG'];
  const path = named ?? 'millrace.yaml';
  if (named === undefined && !disk.existsSync(path)) return { path, own: new Map(), properties: new Map() };
  let text: string;
  try {
    text = readFileSync(disk, path).toString('utf8');
  } catch (error) {
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `The configuration file ${path} cannot be read: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return { path, ...(await parsed(path, text)) };
}

async function parsed(path: string, text: string): Promise<FromFile> {
  const { parse } = await import('yaml');
  let root: unknown;
  try {
    // Numbers stay as they are written: `1.10` is a version for somebody.
    root = parse(text, { schema: 'failsafe' }) as unknown;
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `${path} is not YAML: ${messageOf(error).split('\n')[0]}`, {
      cause: error,
    });
  }
  const own = new Map<string, string>();
  const properties = new Map<Component, Map<string, string>>();
  if (root === null || root === '') return { own, properties };
  const wrong = (why: string): StackError => new StackError('MILLRACE_CONFIG_INVALID', `${path}: ${why}`);
  if (!isMap(root)) throw wrong('it has to be a mapping of settings.');
  const flat = new Map<string, string>();
  for (const [key, value] of Object.entries(root)) {
    if (isComponent(key)) {
      if (!isMap(value) && value !== '' && value !== null) throw wrong(`${key} has to be a mapping of properties.`);
      const of = new Map<string, string>();
      flatten(isMap(value) ? value : {}, '', of);
      properties.set(key, of);
    } else if (isMap(value)) flatten(value, `${key}.`, flat);
    else flat.set(key, textOf(value));
  }
  for (const [name, value] of flat) {
    if (!ownSettings.some((one) => one.name === name))
      throw wrong(
        `there is no setting "${name}" (value "${value}"). There are ${ownSettings.map((one) => one.name).join(', ')}, and the components broker, schema-registry, connect, ksqldb-server.`,
      );
    own.set(name, value);
  }
  return { own, properties };
}

function flatten(map: Readonly<Record<string, unknown>>, prefix: string, into: Map<string, string>): void {
  for (const [key, value] of Object.entries(map)) {
    if (isMap(value)) flatten(value, `${prefix}${key}.`, into);
    else into.set(prefix + key, textOf(value));
  }
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(',');
  return value === null || value === undefined ? '' : String(value);
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
