/** What the routes work with, and what they have in common: contexts in paths, aliases, the JSON of a version. */
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import type { Deletion } from '../deletion.ts';
import { RegistryError, contentType } from '../errors.ts';
import type { SchemaLookup } from '../lookup.ts';
import type { SchemaVersion } from '../model.ts';
import { withoutEmpty } from '../records.ts';
import type { Registration } from '../registration.ts';
import { flag } from '../request.ts';
import { schemaGuid } from '../schema-hash.ts';
import type { SchemaParser } from '../schema-parser.ts';
import type { Settings } from '../settings.ts';
import type { RegistryState } from '../state.ts';
import {
  defaultContext,
  normalizeSubject,
  parseSubject,
  prefixOfContextInPath,
  qualify,
  resolveSubject,
} from '../subject-name.ts';

export interface Services {
  readonly state: RegistryState;
  readonly parser: SchemaParser;
  readonly lookup: SchemaLookup;
  readonly registration: Registration;
  readonly deletion: Deletion;
  readonly settings: Settings;
  /** The Kafka cluster's id. */
  readonly clusterId: () => Promise<string>;
  /** Of this software. */
  readonly version: string;
}

export type RegistryHandler = (request: RoutedRequest) => HttpResponse | Promise<HttpResponse>;

/** Most paths also exist below `/contexts/{context}`. */
export function onInContexts(router: Router, method: string, pattern: string, handler: RegistryHandler): void {
  router.on(method, pattern, handler).on(method, `/contexts/:context${pattern}`, handler);
}

/** `:.ctx:` of a path below `/contexts/ctx`; empty without. */
export function pathContext({ params }: RoutedRequest): string {
  const { context } = params;
  if (context === undefined) return '';
  const prefix = prefixOfContextInPath(context);
  if (prefix === undefined) throw new RegistryError(400, `Context name '${context}' cannot contain a colon`);
  return prefix;
}

/** The subject of the path as it was written. */
export function rawSubject(request: RoutedRequest): string {
  const { subject = '' } = request.params;
  return subject.startsWith(':.') || subject.startsWith(':*:') ? subject : pathContext(request) + subject;
}

/** The subject of the path, in its one spelling, or the one that it is an alias of. */
export function pathSubject(request: RoutedRequest, state: RegistryState): string {
  return unaliased(normalizeSubject(rawSubject(request)), state);
}

function unaliased(subject: string, state: RegistryState): string {
  const alias = subject === '' ? undefined : state.ownConfig(subject)?.alias;
  return alias === undefined || alias === '' ? subject : resolveSubject(subject, alias);
}

/** The `subject` of the query, in which an id is looked for; undefined when there is none. */
export function subjectOfQuery(request: RoutedRequest, state: RegistryState): string | undefined {
  const subject = request.query.get('subject');
  const prefix = pathContext(request);
  if (subject === null && prefix === '') return undefined;
  return unaliased(subject?.startsWith(':.') ? subject : prefix + (subject ?? ''), state);
}

/** A name without a context is looked for in the default one and then in all others; this is each of them. */
export function inEachContext(subject: string, state: RegistryState): string[] {
  const name = parseSubject(subject);
  if (name.context !== defaultContext) return [subject];
  return [subject, ...state.namedContexts().map((context) => qualify({ context, subject: name.subject }))];
}

/** The answer of a request that worked. */
export function answer(value: unknown): HttpResponse {
  return text(JSON.stringify(value));
}

export function text(body: string): HttpResponse {
  return { status: 200, headers: { 'content-type': contentType }, body };
}

/** A version as REST shows it; AVRO is what a missing `schemaType` means. */
export function versionJson(version: SchemaVersion, schema: string = version.schema): object {
  const { subject, id, schemaType, references, metadata, ruleSet } = version;
  return withoutEmpty({
    subject,
    version: version.version,
    id,
    guid: schemaGuid(version),
    ...(schemaType === 'AVRO' ? {} : { schemaType }),
    references,
    metadata,
    ruleSet,
    schema,
  }) as object;
}

/** The text in the form that the query's `format` names, and with references as `referenceFormat` says. */
export function formatted(request: RoutedRequest, version: SchemaVersion, parser: SchemaParser): SchemaVersion {
  const format = request.query.get('format')?.trim() ?? '';
  if (format === 'logical' || request.query.has('findTags'))
    throw new RegistryError(422, 'format=logical and findTags are not supported by this registry.');
  const schema = format === '' ? version.schema : parser.registered(version).format(format);
  const qualified = request.query.get('referenceFormat') === 'qualified';
  const references = qualified
    ? version.references.map((reference) => ({
        ...reference,
        subject: resolveSubject(version.subject, reference.subject),
      }))
    : version.references;
  return { ...version, schema, references };
}

/** `normalize=true`, or what the configuration says. */
export function wantsNormalized(request: RoutedRequest, subject: string, state: RegistryState): boolean {
  return flag(request, 'normalize') || state.configInScope(subject).normalize === true;
}
