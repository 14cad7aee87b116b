/** `/schemas…`: schemas by id, by guid, and all of them. */
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import { schemaNotFound } from '../errors.ts';
import type { SchemaVersion } from '../model.ts';
import { withoutEmpty } from '../records.ts';
import { flag, idOf, page } from '../request.ts';
import { schemaGuid } from '../schema-hash.ts';
import { schemaTypes } from '../schema-types/schema-types.ts';
import type { RegistryState } from '../state.ts';
import { contextOf, contextPrefix, defaultContext, parseSubject } from '../subject-name.ts';
import { answer, formatted, inEachContext, onInContexts, subjectOfQuery, text, versionJson } from './services.ts';
import type { RegistryHandler, Services } from './services.ts';
import { prefixOf, schemasPerAnswer } from './subjects.ts';

export function schemaRoutes(router: Router, services: Services): void {
  const on = (method: string, pattern: string, handler: RegistryHandler): void =>
    onInContexts(router, method, pattern, handler);
  const { state, parser } = services;
  on('GET', '/schemas', (request) => listSchemas(request, state));
  on('GET', '/schemas/types', () => answer([...schemaTypes.keys()]));
  on('GET', '/schemas/ids/:id', (request) => byId(request, services));
  on('GET', '/schemas/ids/:id/schema', (request) => {
    const { id, found } = findById(request, state);
    if (found === undefined) throw schemaNotFound(id);
    return text(formatted(request, found, parser).schema);
  });
  on('GET', '/schemas/ids/:id/subjects', (request) =>
    answer(
      page(
        request,
        usesOf(request, state).map(({ subject }) => subject),
      ),
    ),
  );
  on('GET', '/schemas/ids/:id/versions', (request) =>
    answer(
      page(
        request,
        usesOf(request, state).map(({ subject, version }) => ({ subject, version })),
      ),
    ),
  );
  on('GET', '/schemas/guids/:guid', (request) => {
    const guid = guidOf(request);
    const [use] = idsOfGuid(guid, state);
    const found = use && state.byId(use.id, contextPrefix(use.context));
    if (found === undefined) throw schemaNotFound(guid);
    return answer(schemaJson(formatted(request, found, parser), {}));
  });
  on('GET', '/schemas/guids/:guid/ids', (request) => answer(idsOfGuid(guidOf(request), state)));
}

function listSchemas(request: RoutedRequest, state: RegistryState): HttpResponse {
  const prefix = prefixOf(request, '');
  const filter = flag(request, 'deleted') ? 'all' : 'living';
  const aliases = flag(request, 'aliases') ? state.aliases(prefix) : new Map<string, string[]>();
  let versions = state.versionsOf(prefix, filter);
  const listed = new Set(versions.map(({ subject }) => subject));
  for (const subject of aliases.keys()) if (!listed.has(subject)) versions.push(...state.versions(subject, filter));
  versions.sort((a, b) => (a.subject === b.subject ? a.version - b.version : a.subject < b.subject ? -1 : 1));
  if (flag(request, 'latestOnly')) versions = versions.filter(({ subject }, i) => versions[i + 1]?.subject !== subject);
  const ruleType = request.query.get('ruleType') ?? '';
  if (ruleType !== '') versions = versions.filter((version) => hasRules(version, ruleType));
  return answer(
    page(request, versions, schemasPerAnswer).map((version) => ({
      ...versionJson(version),
      ...(aliases.has(version.subject) ? { aliases: aliases.get(version.subject) } : {}),
    })),
  );
}

function hasRules({ ruleSet = {} }: SchemaVersion, type: string): boolean {
  const { migrationRules = [], domainRules = [], encodingRules = [] } = ruleSet;
  return [...migrationRules, ...domainRules, ...encodingRules].some((rule) => rule.type === type);
}

/** A schema apart from where it is registered. */
function schemaJson(version: SchemaVersion, more: object): unknown {
  const { schemaType, schema, references, metadata, ruleSet } = version;
  const type = schemaType === 'AVRO' ? {} : { schemaType };
  return withoutEmpty({ guid: schemaGuid(version), ...type, schema, references, metadata, ruleSet, ...more });
}

function byId(request: RoutedRequest, { state, parser }: Services): HttpResponse {
  const { id, found } = findById(request, state);
  if (found === undefined) throw schemaNotFound(id);
  const { subject, version } = found;
  const place = request.query.get('subject') ? { subject, version } : {};
  const maxId = flag(request, 'fetchMaxId') ? { maxId: Math.max(1, state.maxId(contextOf(subject))) } : {};
  // The guid belongs to the schema as it is stored, whatever form it is shown in.
  const shown = schemaJson(formatted(request, found, parser), { ...place, ...maxId }) as object;
  return answer({ ...shown, guid: schemaGuid(found) });
}

/**
 * An id belongs to a context. A subject of the query tells which; one without a context is looked for in all of them, and if no subject of that
 * name has the id, any with the id in the default context will do.
 */
function findById(request: RoutedRequest, state: RegistryState): { id: number; found: SchemaVersion | undefined } {
  const id = idOf(request.params['id'] ?? '');
  const subject = subjectOfQuery(request, state) ?? '';
  if (parseSubject(subject).subject === '') return { id, found: state.byId(id, subject) };
  for (const name of inEachContext(subject, state)) {
    const found = state.byId(id, name);
    if (found !== undefined) return { id, found };
  }
  const anywhere = parseSubject(subject).context === defaultContext;
  return { id, found: anywhere ? state.byId(id, '') : undefined };
}

function usesOf(request: RoutedRequest, state: RegistryState): SchemaVersion[] {
  const { id, found } = findById(request, state);
  if (found === undefined) throw schemaNotFound();
  const deleted = flag(request, 'deleted');
  return state.usesOf(id, contextOf(found.subject)).filter((version) => deleted || !version.deleted);
}

function guidOf({ params }: RoutedRequest): string {
  const guid = (params['guid'] ?? '').toLowerCase();
  return /^[0-9a-f]{32}$/.test(guid) ? guid.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : guid;
}

function idsOfGuid(guid: string, state: RegistryState): { context: string; id: number }[] {
  return [defaultContext, ...state.namedContexts()].flatMap((context) => {
    const id = state.idByGuid(guid, context);
    return id === undefined ? [] : [{ context, id }];
  });
}
