/** `/`, `/contexts` and what the registry says of itself. */
import type { Router } from '../../http/router.ts';
import { RegistryError } from '../errors.ts';
import { page } from '../request.ts';
import { defaultContext, prefixOfContextInPath } from '../subject-name.ts';
import { answer } from './services.ts';
import type { Services } from './services.ts';

/** `schema.registry.group.id`. */
const groupId = 'schema-registry';

export function serverRoutes(router: Router, { state, deletion, clusterId, version }: Services): void {
  router.on('GET', '/', () => answer({}));
  router.on('POST', '/', () => answer({}));
  router.on('GET', '/contexts', (request) => {
    const prefix = request.query.get('contextPrefix') ?? '';
    const contexts = [defaultContext, ...state.namedContexts()].filter((context) => context.startsWith(prefix));
    return answer(page(request, contexts));
  });
  router.on('DELETE', '/contexts/:context', async ({ params }) => {
    const { context = '' } = params;
    const prefix = prefixOfContextInPath(context);
    if (prefix === undefined) throw new RegistryError(400, `Context name '${context}' cannot contain a colon`);
    await deletion.deleteContext(prefix);
    return { status: 204 };
  });
  router.on('GET', '/v1/metadata/id', async () => {
    const clusters = { 'kafka-cluster': await clusterId(), 'schema-registry-cluster': groupId };
    return answer({ scope: { path: [], clusters }, id: '' });
  });
  router.on('GET', '/v1/metadata/version', () => answer({ version, commitId: '' }));
  router.on('GET', '/v1/metadata/deployment', () => answer({}));
}
