/**
 * FindCoordinator, versions 0–6, for groups and transactions: always this node. The topic of the coordinator is made at first use;
 * Kafka answers COORDINATOR_NOT_AVAILABLE then, and its clients ask again. Left out: share groups.
 */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf, kafkaText } from '../errors.ts';
import type { RequestContext } from '../context.ts';
import { groupOffsetsTopic, transactionStateTopic } from '../metadata/topic-names.ts';
import type { Services } from '../services.ts';

const keyTypes = { group: 0, transaction: 1, share: 2 } as const;

interface Found {
  readonly key: string;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
  readonly errorCode: number;
  readonly errorMessage: string;
}

export const findCoordinator: ApiHandler<'FindCoordinator'> = apiHandler(
  'FindCoordinator',
  [0, 6],
  (services, { version, body, context }) => {
    const keyType = version === 0 ? keyTypes.group : body.keyType;
    if (version >= 4) return { coordinators: body.coordinatorKeys.map((key) => find(services, context, keyType, key)) };
    const { key: _, errorMessage, ...found } = find(services, context, keyType, body.key);
    return { ...found, errorMessage: found.errorCode === 0 ? 'NONE' : errorMessage };
  },
);

function find(services: Services, { endpoint }: RequestContext, keyType: number, key: string): Found {
  const refused = (code: number, errorMessage = ''): Found => ({
    key,
    nodeId: -1,
    host: '',
    port: -1,
    errorCode: code,
    errorMessage,
  });
  if (keyType !== keyTypes.group && keyType !== keyTypes.transaction)
    return refused(errorCode('INVALID_REQUEST'), keyType === keyTypes.share ? '' : kafkaText('INVALID_REQUEST'));
  if (keyType === keyTypes.transaction && key === '') return refused(errorCode('COORDINATOR_NOT_AVAILABLE'));
  try {
    services.topics.ensure(keyType === keyTypes.group ? groupOffsetsTopic : transactionStateTopic);
  } catch (error) {
    return refused(coordinatorCodeOf(error));
  }
  return { key, nodeId: services.nodeId, ...endpoint, errorCode: 0, errorMessage: '' };
}
