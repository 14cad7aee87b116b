/** DescribeCluster, versions 0–2. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { authorizedOperations, noAuthorizedOperations } from '../authorized-operations.ts';

const brokers = 1;
const controllers = 2;

export const describeCluster: ApiHandler<'DescribeCluster'> = apiHandler(
  'DescribeCluster',
  [0, 2],
  ({ clusterId, config, nodeId }, { body, context }) => {
    if (body.endpointType !== brokers) {
      return body.endpointType === controllers
        ? {
            errorCode: errorCode('MISMATCHED_ENDPOINT_TYPE'),
            errorMessage:
              'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER',
          }
        : {
            errorCode: errorCode('UNSUPPORTED_ENDPOINT_TYPE'),
            errorMessage: `Unsupported endpoint type ${body.endpointType}`,
          };
    }
    const { host, port } = context.endpoint;
    return {
      clusterId,
      controllerId: nodeId,
      brokers: [{ brokerId: nodeId, host, port, rack: config.value('broker.rack') }],
      clusterAuthorizedOperations: body.includeClusterAuthorizedOperations
        ? authorizedOperations.cluster
        : noAuthorizedOperations,
    };
  },
);
