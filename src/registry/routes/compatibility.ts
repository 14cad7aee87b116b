/** `/compatibility…`: would a schema fit, without registering it. */
import type { HttpResponse, RoutedRequest, Router } from '../../http/router.ts';
import { RegistryError, invalidSchema, versionNotFound } from '../errors.ts';
import type { SchemaVersion } from '../model.ts';
import { flag, schemaRequestOf, versionOf } from '../request.ts';
import { answer, onInContexts, pathSubject, wantsNormalized } from './services.ts';
import type { Services } from './services.ts';

export function compatibilityRoutes(router: Router, services: Services): void {
  const { state } = services;
  const path = '/compatibility/subjects/:subject/versions';
  onInContexts(router, 'POST', path, (request) => {
    const subject = pathSubject(request, state);
    return check(request, subject, state.versions(subject, 'living'), services);
  });
  onInContexts(router, 'POST', `${path}/:version`, (request) => {
    const subject = pathSubject(request, state);
    const wanted = versionOf(request.params['version'] ?? '');
    const found = wanted === -1 ? state.latest(subject) : state.version(subject, wanted);
    const living = found === undefined || found.deleted ? undefined : found;
    if (living === undefined && wanted !== -1) throw versionNotFound(wanted);
    return check(request, subject, living === undefined ? [] : [living], services);
  });
}

function check(
  request: RoutedRequest,
  subject: string,
  versions: readonly SchemaVersion[],
  { state, parser, registration }: Services,
): HttpResponse {
  const verbose = flag(request, 'verbose');
  const wanted = schemaRequestOf(request);
  const messages = ((): string[] => {
    try {
      const normalize = wantsNormalized(request, subject, state);
      const prepared = parser.prepare(subject, wanted, { normalize, deletedReferences: false });
      if (prepared === undefined) throw invalidSchema('Empty schema');
      return registration.problems(prepared, versions, state.configInScope(subject));
    } catch (error) {
      if (verbose && error instanceof RegistryError && error.code === 42201) return [error.message];
      throw error;
    }
  })();
  return answer({ is_compatible: messages.length === 0, ...(verbose ? { messages } : {}) });
}
