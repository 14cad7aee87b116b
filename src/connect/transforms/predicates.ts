/** Conditions under which a transformation applies. */
import { both, nonEmptyText, regex } from './checks.ts';
import { key, predicate } from './transformation.ts';
import type { PredicatePlugin } from './transformation.ts';

export const predicates: readonly PredicatePlugin[] = [
  predicate(
    'HasHeaderKey',
    [key('name', 'STRING', 'MEDIUM', 'The name of a header that is there.', { check: nonEmptyText('name') })],
    (values) => {
      const name = values.text('name');
      return ({ headers }) => headers.some((header) => header.key === name);
    },
  ),
  predicate('RecordIsTombstone', [], () => (record) => record.value === null),
  predicate(
    'TopicNameMatches',
    [
      key('pattern', 'STRING', 'MEDIUM', 'What the topic has to match, as a whole.', {
        check: both(nonEmptyText('pattern'), regex('pattern')),
      }),
    ],
    (values) => {
      const pattern = new RegExp(`^(?:${values.text('pattern')})$`);
      return ({ topic }) => pattern.test(topic);
    },
  ),
];
