/**
 * A Schema Registry as the rest of the stack sees it: ours in this process, or another one over HTTP. Both are a door that takes a
 * method, a path and a body, as the registry's REST interface defines them.
 */
import { StackError, messageOf } from '../core/errors.ts';
import type { HttpClient } from '../core/http.ts';

export interface RegistryAnswer {
  readonly status: number;
  /** The parsed JSON of the answer. */
  readonly body: unknown;
}

/** Rejects when there is no answer. */
export type RegistryDoor = (method: string, path: string, body?: unknown) => Promise<RegistryAnswer>;

export interface SchemaReference {
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

export interface SchemaText {
  readonly schema: string;
  /** `AVRO` when absent. */
  readonly schemaType?: string;
  readonly references?: readonly SchemaReference[];
}

export interface RegisteredSchema extends SchemaText {
  readonly subject: string;
  readonly version: number;
  readonly id: number;
}

export interface SchemaRegistryClient {
  /**
   * The id of the schema under the subject; registered there unless it is. Ids that were given are remembered.
   * @throws StackError MILLRACE_REGISTRY with `details` `{ status, errorCode }`: incompatible (409), invalid (42201) …
   */
  register(subject: string, schema: SchemaText): Promise<number>;
  /** The schema of an id; remembered, as an id never changes its meaning. MILLRACE_REGISTRY (40403) when there is none. */
  schemaById(id: number): Promise<SchemaText>;
  /** The newest version of a subject; undefined when there is none. */
  latest(subject: string): Promise<RegisteredSchema | undefined>;
  version(subject: string, version: number): Promise<RegisteredSchema | undefined>;
  /** Id and version of a schema under a subject; undefined when it is not registered there. */
  lookup(subject: string, schema: SchemaText): Promise<RegisteredSchema | undefined>;
  subjects(): Promise<readonly string[]>;
  /** Ascending; empty when there is no such subject. */
  versions(subject: string): Promise<readonly number[]>;
  /** The versions that went; empty when there was no such subject. `permanent` takes them for good, soft-deleted ones too. */
  deleteSubject(subject: string, options?: { readonly permanent?: boolean }): Promise<readonly number[]>;
  /** Would the registry take the schema as the subject's next one? True when the subject is new. */
  isCompatible(subject: string, schema: SchemaText): Promise<boolean>;
  /** The level of a subject, or of all; a subject without one of its own has that of all. */
  compatibility(subject?: string): Promise<string>;
  setCompatibility(level: string, subject?: string): Promise<void>;
}

const contentType = 'application/vnd.schemaregistry.v1+json';
const requestTimeoutMs = 30_000;
/** So many schemas and ids are remembered; the oldest go first. */
const rememberedMax = 1000;

/** A registry at a URL (several with commas: the next is asked when one does not answer). Credentials may stand in the URL. */
export function httpRegistry(urls: string, http: HttpClient): SchemaRegistryClient {
  const bases = urls
    .split(',')
    .map((url) => url.trim().replace(/\/+$/, ''))
    .filter((url) => url !== '')
    .map(splitCredentials);
  if (bases.length === 0) throw new StackError('MILLRACE_CONFIG_INVALID', 'schema.registry.url names no URL.');
  return registryClient(async (method, path, body) => {
    let failure: unknown;
    for (const { url, authorization } of bases) {
      try {
        const answer = await http({
          method,
          url: `${url}${path}`,
          headers: {
            accept: contentType,
            ...(authorization === undefined ? {} : { authorization }),
            ...(body === undefined ? {} : { 'content-type': contentType }),
          },
          timeoutMs: requestTimeoutMs,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return { status: answer.status, body: parsed(answer.body) };
      } catch (error) {
        failure = error;
      }
    }
    throw new StackError(
      'MILLRACE_UNREACHABLE',
      `Cannot reach the Schema Registry at ${bases.map(({ url }) => url).join(', ')}: ${causeOf(failure)}.`,
      { cause: failure, details: { url: bases[0]?.url } },
    );
  });
}

/** The schemas that a schema imports, directly and by others, each once, by the names under which it does. */
export async function importedSchemas(
  registry: SchemaRegistryClient,
  { references = [] }: SchemaText,
): Promise<readonly { readonly name: string; readonly schema: string }[]> {
  const found = new Map<string, string>();
  const visit = async (list: readonly SchemaReference[]): Promise<void> => {
    for (const { name, subject, version } of list) {
      if (found.has(name)) continue;
      const one = await registry.version(subject, version);
      if (one === undefined)
        throw new StackError(
          'MILLRACE_REGISTRY',
          `Version ${version} of subject ${subject}, which ${name} is, is not there.`,
        );
      found.set(name, one.schema);
      await visit(one.references ?? []);
    }
  };
  await visit(references);
  return [...found].map(([name, schema]) => ({ name, schema }));
}

/** A registry behind any door. */
export function registryClient(door: RegistryDoor): SchemaRegistryClient {
  return new DoorRegistryClient(door);
}

class DoorRegistryClient implements SchemaRegistryClient {
  private readonly door: RegistryDoor;
  private readonly schemas = new Map<number, Promise<SchemaText>>();
  private readonly ids = new Map<string, Promise<number>>();

  constructor(door: RegistryDoor) {
    this.door = door;
  }

  register(subject: string, schema: SchemaText): Promise<number> {
    const key = JSON.stringify([subject, schema.schema, schema.schemaType ?? 'AVRO', schema.references ?? []]);
    return remembered(this.ids, key, async () => {
      const answer = (await this.ask('POST', `${subjectPath(subject)}/versions`, requestOf(schema))) as { id: number };
      return answer.id;
    });
  }

  schemaById(id: number): Promise<SchemaText> {
    return remembered(this.schemas, id, async () => (await this.ask('GET', `/schemas/ids/${id}`)) as SchemaText);
  }

  latest(subject: string): Promise<RegisteredSchema | undefined> {
    return this.askOrNone('GET', `${subjectPath(subject)}/versions/latest`);
  }

  version(subject: string, version: number): Promise<RegisteredSchema | undefined> {
    return this.askOrNone('GET', `${subjectPath(subject)}/versions/${version}`);
  }

  lookup(subject: string, schema: SchemaText): Promise<RegisteredSchema | undefined> {
    return this.askOrNone('POST', subjectPath(subject), requestOf(schema));
  }

  async subjects(): Promise<readonly string[]> {
    return (await this.ask('GET', '/subjects')) as string[];
  }

  async versions(subject: string): Promise<readonly number[]> {
    return (await this.askOrNone<number[]>('GET', `${subjectPath(subject)}/versions`)) ?? [];
  }

  async deleteSubject(
    subject: string,
    { permanent = false }: { readonly permanent?: boolean } = {},
  ): Promise<readonly number[]> {
    this.ids.clear(); // what is registered again gets a new version
    const path = subjectPath(subject);
    const soft = await this.askOrNone<number[]>('DELETE', path);
    if (!permanent) return soft ?? [];
    return (await this.askOrNone<number[]>('DELETE', `${path}?permanent=true`)) ?? soft ?? [];
  }

  async isCompatible(subject: string, schema: SchemaText): Promise<boolean> {
    const answer = await this.askOrNone<{ is_compatible: boolean }>(
      'POST',
      `/compatibility${subjectPath(subject)}/versions/latest`,
      requestOf(schema),
    );
    return answer?.is_compatible ?? true;
  }

  async compatibility(subject?: string): Promise<string> {
    const path = subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}?defaultToGlobal=true`;
    return ((await this.ask('GET', path)) as { compatibilityLevel: string }).compatibilityLevel;
  }

  async setCompatibility(level: string, subject?: string): Promise<void> {
    await this.ask('PUT', subject === undefined ? '/config' : `/config/${encodeURIComponent(subject)}`, {
      compatibility: level,
    });
  }

  private async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    let answer: RegistryAnswer;
    try {
      answer = await this.door(method, path, body);
    } catch (error) {
      if (error instanceof StackError) throw error;
      throw new StackError('MILLRACE_UNREACHABLE', `The Schema Registry did not answer: ${messageOf(error)}.`, {
        cause: error,
      });
    }
    if (answer.status >= 200 && answer.status < 300) return answer.body;
    throw registryError(answer, method, path);
  }

  /** As {@link DoorRegistryClient.ask}; undefined when the subject, version or schema is not there (404). */
  private async askOrNone<T>(method: string, path: string, body?: unknown): Promise<T | undefined> {
    try {
      return (await this.ask(method, path, body)) as T;
    } catch (error) {
      if (error instanceof StackError && absent.has(error.details['errorCode'])) return undefined;
      throw error;
    }
  }
}

/** Subject, version, schema not found; subject or version soft-deleted already. */
const absent: ReadonlySet<unknown> = new Set([40401, 40402, 40403, 40404, 40406]);

function registryError({ status, body }: RegistryAnswer, method: string, path: string): StackError {
  const { error_code: errorCode, message } = (typeof body === 'object' && body !== null ? body : {}) as {
    error_code?: number;
    message?: string;
  };
  // A proxy before the registry, or no registry at all, answers in its own way.
  const text = message ?? `The Schema Registry answered ${method} ${path} with HTTP status ${status}.`;
  return new StackError('MILLRACE_REGISTRY', text, {
    details: { status, errorCode: errorCode ?? status, method, path },
  });
}

/** Asks once for each key; a failure is not remembered. */
function remembered<K, T>(cache: Map<K, Promise<T>>, key: K, ask: () => Promise<T>): Promise<T> {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const asked = ask();
  cache.set(key, asked);
  asked.catch(() => cache.delete(key));
  if (cache.size > rememberedMax) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  return asked;
}

function subjectPath(subject: string): string {
  return `/subjects/${encodeURIComponent(subject)}`;
}

function requestOf({ schema, schemaType, references }: SchemaText): object {
  return {
    schema,
    ...(schemaType === undefined || schemaType === 'AVRO' ? {} : { schemaType }),
    ...(references === undefined || references.length === 0 ? {} : { references }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** `http://user:secret@host` → the URL without them, and a header. */
function splitCredentials(text: string): { readonly url: string; readonly authorization?: string } {
  const match = /^(https?:\/\/)([^/?#@]*)@(.*)$/i.exec(text);
  if (match === null) return { url: text };
  const [, scheme = '', credentials = '', rest = ''] = match;
  return {
    url: `${scheme}${rest}`,
    authorization: `Basic ${Buffer.from(decodeURIComponent(credentials)).toString('base64')}`,
  };
}

/** The platform says "fetch failed" and hides why in the cause. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error)
    return cause.message === '' ? ((cause as NodeJS.ErrnoException).code ?? cause.name) : cause.message;
  return messageOf(error);
}
