/** `/subjects…`: names, versions, look-up, registration and deletion. */
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import { RegistryError, invalidSubject, schemaNotFound, subjectNotFound, versionNotFound } from '../errors.ts';
import type { SchemaVersion } from '../model.ts';
import { withoutEmpty } from '../records.ts';
import { flag, page, schemaRequestOf, versionOf } from '../request.ts';
import { schemaGuid } from '../schema-hash.ts';
import { anyContext, isValidSubject, normalizeSubject } from '../subject-name.ts';
import {
  answer,
  formatted,
  inEachContext,
  onInContexts,
  pathContext,
  pathSubject,
  rawSubject,
  text,
  versionJson,
  wantsNormalized,
} from './services.ts';
import type { RegistryHandler, Services } from './services.ts';

export function subjectRoutes(router: Router, services: Services): void {
  const on = (method: string, pattern: string, handler: RegistryHandler): void =>
    onInContexts(router, method, pattern, handler);
  const { state, deletion } = services;
  on('GET', '/subjects', (request) => listSubjects(request, services));
  on('POST', '/subjects/:subject', (request) => lookUp(request, services));
  on('DELETE', '/subjects/:subject', async (request) =>
    answer(await deletion.deleteSubject(pathSubject(request, state), flag(request, 'permanent'))),
  );
  on('GET', '/subjects/:subject/metadata', (request) => latestWithMetadata(request, services));
  on('GET', '/subjects/:subject/versions', (request) => listVersions(request, services));
  on('POST', '/subjects/:subject/versions', (request) => register(request, services));
  on('GET', '/subjects/:subject/versions/:version', (request) =>
    answer(versionJson(formatted(request, findVersion(request, services), services.parser))),
  );
  on('GET', '/subjects/:subject/versions/:version/schema', (request) =>
    text(formatted(request, findVersion(request, services), services.parser).schema),
  );
  on('GET', '/subjects/:subject/versions/:version/referencedby', (request) => referencedBy(request, services));
  on('DELETE', '/subjects/:subject/versions/:version', async (request) => {
    const version = versionOf(request.params['version'] ?? '');
    return answer(await deletion.deleteVersion(pathSubject(request, state), version, flag(request, 'permanent')));
  });
  on('POST', '/subjects/:subject/versions/:version/tags', () => {
    throw new RegistryError(
      422,
      "Changing tags is not supported by this registry. Change the schema's confluent:tags itself.",
    );
  });
}

function listSubjects(request: RoutedRequest, { state }: Services): HttpResponse {
  const prefix = prefixOf(request, anyContext);
  const filter = flag(request, 'deletedOnly') ? 'deleted' : flag(request, 'deleted') ? 'all' : 'living';
  return answer(page(request, state.subjectNames(prefix, filter)));
}

/** `subjectPrefix`, inside the context of the path if there is one. */
export function prefixOf(request: RoutedRequest, byDefault: string): string {
  const context = pathContext(request);
  const prefix = request.query.get('subjectPrefix');
  if (context === '') return prefix ?? byDefault;
  return prefix?.startsWith(':.') ? prefix : context + (prefix ?? '');
}

function lookUp(request: RoutedRequest, { state, lookup }: Services): HttpResponse {
  const subject = pathSubject(request, state);
  const wanted = schemaRequestOf(request);
  const options = { normalize: wantsNormalized(request, subject, state), deleted: flag(request, 'deleted') };
  for (const [i, name] of inEachContext(subject, state).entries()) {
    try {
      const found = lookup.find(name, wanted, options);
      if (found !== undefined) return answer(versionJson(found));
    } catch (error) {
      // In another context its references may mean nothing.
      if (i === 0) throw error;
    }
  }
  throw state.hasSubjects(subject, options.deleted) ? schemaNotFound() : subjectNotFound(subject);
}

async function register(request: RoutedRequest, { state, registration }: Services): Promise<HttpResponse> {
  const wanted = schemaRequestOf(request);
  const raw = rawSubject(request);
  if (!isValidSubject(raw, false)) throw invalidSubject(raw);
  const subject = pathSubject(request, state);
  if (request.query.get('format') === 'logical')
    throw new RegistryError(422, 'format=logical is not supported by this registry.');
  const normalize = wantsNormalized(request, subject, state);
  const registered = await registration.register(subject, wanted, { normalize, force: flag(request, 'force') });
  const { id, version, schemaType, references, metadata, ruleSet, schema } = registered;
  const type = schemaType === 'AVRO' ? {} : { schemaType };
  return answer(
    withoutEmpty({ id, version, guid: schemaGuid(registered), ...type, references, metadata, ruleSet, schema }),
  );
}

function listVersions(request: RoutedRequest, { state }: Services): HttpResponse {
  const subject = pathSubject(request, state);
  const [deleted, deletedOnly] = [flag(request, 'deleted'), flag(request, 'deletedOnly')];
  const asNegative = flag(request, 'deletedAsNegative');
  if (!state.hasSubjects(subject, deleted || deletedOnly)) throw subjectNotFound(subject);
  const filter = asNegative ? 'all' : deletedOnly ? 'deleted' : deleted ? 'all' : 'living';
  const numbers = state
    .versions(subject, filter)
    .map((version) => (asNegative && version.deleted ? -version.version : version.version));
  return answer(page(request, numbers));
}

function latestWithMetadata(request: RoutedRequest, { state, parser }: Services): HttpResponse {
  const subject = pathSubject(request, state);
  const deleted = flag(request, 'deleted');
  const values = request.query.getAll('value');
  const wanted = request.query.getAll('key').slice(0, values.length);
  const found = state
    .versions(subject, deleted ? 'all' : 'living')
    .reverse()
    .find(({ metadata }) => {
      const { properties } = metadata ?? {};
      return properties !== undefined && wanted.every((key, i) => properties[key] === values[i]);
    });
  if (found === undefined) throw state.hasSubjects(subject, deleted) ? schemaNotFound() : subjectNotFound(subject);
  return answer(versionJson(formatted(request, found, parser)));
}

/** The version that the path names. */
function findVersion(request: RoutedRequest, services: Services, deleted = flag(request, 'deleted')): SchemaVersion {
  const { state } = services;
  const subject = pathSubject(request, state);
  const wanted = versionOf(request.params['version'] ?? '');
  for (const name of inEachContext(subject, state)) {
    const found = wanted === -1 ? state.latest(name) : state.version(name, wanted);
    if (found !== undefined && (!found.deleted || deleted)) return found;
  }
  throw state.hasSubjects(subject, deleted) ? versionNotFound(wanted) : subjectNotFound(normalizeSubject(subject));
}

function referencedBy(request: RoutedRequest, services: Services): HttpResponse {
  const { subject, version } = findVersion(request, services, true);
  const referrers = services.state.referrers(subject, version, flag(request, 'deleted'));
  const ids = [...new Set(referrers.map(({ id }) => id))].sort((a, b) => a - b);
  return answer(page(request, ids, schemasPerAnswer));
}

/** `schema.search.max.limit`: so many schemas at once. */
export const schemasPerAnswer = 1000;
