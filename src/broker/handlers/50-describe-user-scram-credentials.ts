/** DescribeUserScramCredentials, version 0: what was stored. Nobody authenticates with it here. */
import { errorCode } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

type Result = Input<ResponseBody<'DescribeUserScramCredentials'>['results'][number]>;

export const describeUserScramCredentials: ApiHandler<'DescribeUserScramCredentials'> = apiHandler(
  'DescribeUserScramCredentials',
  [0, 0],
  ({ catalog }, { body }) => {
    const all = body.users === null || body.users.length === 0;
    const asked = all ? [...catalog.scram.keys()] : (body.users ?? []).map(({ name }) => name);
    const results = [...new Set(asked)].map((user): Result => {
      if (asked.indexOf(user) !== asked.lastIndexOf(user)) {
        return {
          user,
          errorCode: errorCode('DUPLICATE_RESOURCE'),
          errorMessage: `Cannot describe SCRAM credentials for the same user twice in a single request: ${user}`,
        };
      }
      const credentials = catalog.scram.get(user);
      if (credentials === undefined) {
        return {
          user,
          errorCode: errorCode('RESOURCE_NOT_FOUND'),
          errorMessage: `Attempt to describe a user credential that does not exist: ${user}`,
        };
      }
      return {
        user,
        errorCode: 0,
        errorMessage: '',
        credentialInfos: Array.from(credentials, ([mechanism, { iterations }]) => ({ mechanism, iterations })),
      };
    });
    return { errorMessage: '', results };
  },
);
