/** ListTransactions, versions 0–2: filtered by state, producer, duration (1+) and a pattern of ids (2). */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { transactionStatuses } from '../transactions/records.ts';

export const listTransactions: ApiHandler<'ListTransactions'> = apiHandler(
  'ListTransactions',
  [0, 2],
  ({ clock, transactions }, { body }) => {
    const known = new Set<string>(transactionStatuses);
    const unknownStateFilters = body.stateFilters.filter((state) => !known.has(state));
    const states = new Set(body.stateFilters);
    const producers = new Set(body.producerIdFilters.map(Number));
    const longerThanMs = Number(body.durationFilter);
    let pattern: RegExp | undefined;
    try {
      if (body.transactionalIdPattern !== null && body.transactionalIdPattern !== '')
        pattern = new RegExp(`^(?:${body.transactionalIdPattern})$`, 'u');
    } catch {
      return { errorCode: errorCode('INVALID_REGULAR_EXPRESSION') };
    }
    const now = clock.now();
    const found = Array.from(transactions.all()).filter(
      ({ transactionalId, producerId, status, startTimestamp }) =>
        status !== 'Dead' &&
        (states.size === 0 || states.has(status)) &&
        (producers.size === 0 || producers.has(producerId)) &&
        (longerThanMs < 0 || (startTimestamp >= 0 && now - startTimestamp > longerThanMs)) &&
        (pattern?.test(transactionalId) ?? true),
    );
    return {
      unknownStateFilters,
      transactionStates: found.map(({ transactionalId, producerId, status }) => ({
        transactionalId,
        producerId,
        transactionState: status,
      })),
    };
  },
);
