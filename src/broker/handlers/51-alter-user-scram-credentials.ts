/** AlterUserScramCredentials, version 0: credentials are kept, as keys that do not give the password away (RFC 5802). */
import { createHash, createHmac } from 'node:crypto';
import { KafkaError, kafkaError } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';
import type { MetadataRecord } from '../metadata/metadata-log.ts';
import type { Services } from '../services.ts';

type Result = Input<ResponseBody<'AlterUserScramCredentials'>['results'][number]>;
type Upsertion = RequestBody<'AlterUserScramCredentials'>['upsertions'][number];

const hashes = new Map([
  [1, 'sha256'],
  [2, 'sha512'],
]);
const iterationsMin = 4096;
const iterationsMax = 16_384;

export const alterUserScramCredentials: ApiHandler<'AlterUserScramCredentials'> = apiHandler(
  'AlterUserScramCredentials',
  [0, 0],
  async (services, { body }) => {
    const { metadata } = services;
    const records: MetadataRecord[] = [];
    const refused = new Map<string, KafkaError>();
    const mentioned = new Set<string>();
    const check = (user: string, mechanism: number, plan: () => MetadataRecord): void => {
      try {
        if (user === '') throw kafkaError('UNACCEPTABLE_CREDENTIAL', 'Username must not be empty');
        if (!hashes.has(mechanism)) throw kafkaError('UNSUPPORTED_SASL_MECHANISM', 'Unknown SCRAM mechanism');
        if (mentioned.has(`${mechanism} ${user}`))
          throw kafkaError('DUPLICATE_RESOURCE', 'A user credential cannot be altered twice in the same request');
        mentioned.add(`${mechanism} ${user}`);
        records.push(plan());
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        if (!refused.has(user)) refused.set(user, error);
      }
    };
    for (const { name, mechanism } of body.deletions) check(name, mechanism, () => deletion(services, name, mechanism));
    for (const upsertion of body.upsertions) check(upsertion.name, upsertion.mechanism, () => storing(upsertion));
    const users = new Set([...body.deletions, ...body.upsertions].map(({ name }) => name));
    const wanted = records.filter(({ body: record }) => !refused.has((record as { name: string }).name));
    let failure: unknown;
    try {
      metadata.change(wanted);
      await metadata.whenDurable();
    } catch (error) {
      failure = error;
    }
    return {
      results: Array.from(users, (user): Result => {
        const error = refused.get(user) ?? failure;
        return error === undefined
          ? { user, errorCode: 0 }
          : { user, errorCode: codeOf(error), errorMessage: textOf(error) };
      }),
    };
  },
);

function deletion({ catalog }: Services, name: string, mechanism: number): MetadataRecord {
  if (!catalog.scram.get(name)?.has(mechanism))
    throw kafkaError('RESOURCE_NOT_FOUND', 'Attempt to delete a user credential that does not exist');
  return { name: 'RemoveUserScramCredentialRecord', body: { name, mechanism } };
}

function storing({ name, mechanism, iterations, salt, saltedPassword }: Upsertion): MetadataRecord {
  if (iterations < iterationsMin) throw kafkaError('UNACCEPTABLE_CREDENTIAL', 'Too few iterations');
  if (iterations > iterationsMax) throw kafkaError('UNACCEPTABLE_CREDENTIAL', 'Too many iterations');
  const hash = hashes.get(mechanism) ?? 'sha256';
  const clientKey = createHmac(hash, saltedPassword).update('Client Key').digest();
  const storedKey = createHash(hash).update(clientKey).digest();
  const serverKey = createHmac(hash, saltedPassword).update('Server Key').digest();
  return { name: 'UserScramCredentialRecord', body: { name, mechanism, iterations, salt, storedKey, serverKey } };
}
