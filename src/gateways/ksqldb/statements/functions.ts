/** LIST FUNCTIONS and DESCRIBE FUNCTION. */
import type { StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import { FunctionRegistry } from '../../../sql/functions/registry.ts';
import { paramTypeText } from '../../../sql/functions/signature.ts';
import { entity } from '../entities.ts';
import type { KsqlEntity } from '../entities.ts';
import { badStatement } from '../errors.ts';

export function listFunctions(text: string): KsqlEntity {
  const functions = FunctionRegistry.builtIn
    .list()
    .map(({ name, kind, category }) => ({ name: name.toUpperCase(), type: kind.toUpperCase(), category }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return entity('function_names', text, { functions });
}

/** @throws KsqlError 40001 */
export function describeFunction({ name }: StatementOf<'describe-function'>, text: string): KsqlEntity {
  const known = FunctionRegistry.builtIn.find(name);
  if (known === undefined) throw badStatement(`Can't find any functions with the name '${name.toUpperCase()}'`, text);
  const functions = known.overloads.map(({ signature, description }) => ({
    arguments: signature.parameters.map((one) => ({
      name: one.name,
      type: paramTypeText(one.type),
      description: '',
      isVariadic: one.variadic,
    })),
    returnType: paramTypeText(signature.result),
    description,
  }));
  return entity('describe_function', text, {
    name: known.name.toUpperCase(),
    description: known.description,
    author: 'Millrace',
    version: '',
    path: 'internal',
    functions,
    type: known.kind.toUpperCase(),
  });
}
