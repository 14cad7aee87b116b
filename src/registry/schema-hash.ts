/** The MD5 that tells schemas apart, written as a UUID: the `guid` of the REST answers. docs/internals/schemas-topic.md says what goes in. */
import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { RuleSet, SchemaContent, SchemaMetadata, SchemaRule } from './model.ts';

export function schemaGuid({ schema, references, metadata, ruleSet }: SchemaContent): string {
  const hash = createHash('md5').update(schema);
  for (const { name, subject, version } of references) {
    const number = Buffer.alloc(4);
    number.writeInt32BE(version);
    hash.update(name).update(subject).update(number);
  }
  if (metadata !== undefined) addMetadata(hash.update('\u0001'), metadata);
  if (ruleSet !== undefined) addRuleSet(hash.update('\u0001'), ruleSet);
  return hash.digest('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function addMetadata(hash: Hash, { tags = {}, properties = {}, sensitive = [] }: SchemaMetadata): void {
  for (const [name, values] of Object.entries(tags)) {
    hash.update(name);
    for (const value of values) hash.update(value);
  }
  for (const [name, value] of Object.entries(properties)) hash.update(name).update(value);
  for (const name of sensitive) hash.update(name);
}

function addRuleSet(hash: Hash, { migrationRules, domainRules, encodingRules, enableAt }: RuleSet): void {
  for (const rule of [migrationRules, domainRules, encodingRules].flatMap((rules) => rules ?? [])) addRule(hash, rule);
  if (enableAt !== undefined) hash.update(enableAt);
}

function addRule(hash: Hash, rule: SchemaRule): void {
  const { name, doc, kind, mode, type, tags = [], params = {}, expr, onSuccess, onFailure, disabled } = rule;
  for (const part of [
    name,
    doc,
    kind,
    mode,
    type,
    ...tags,
    ...Object.entries(params).flat(),
    expr,
    onSuccess,
    onFailure,
  ])
    if (part !== undefined) hash.update(part);
  if (disabled) hash.update('\u0001');
}
