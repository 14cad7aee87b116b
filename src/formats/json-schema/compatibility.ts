/**
 * Can what fitted the old JSON Schema always be read with the new one? By the registry's rules: an object is open (further properties of any kind),
 * closed (none), or partly open (further ones of a schema), and what may be added or left out depends on that. Only what breaks is found.
 */
import type { JsonDifferenceType } from './differences.ts';
import { at, bounds, enums, numbers, one, patterns, sameJson } from './keyword-differences.ts';
import type { JsonDifference } from './keyword-differences.ts';
import { isObject } from './schema.ts';
import type { Json, JsonSchemaNode } from './schema.ts';

/** What the registry's policy LENIENT lets pass, though some documents of the old schema may then not fit. */
const toleratedWhenLenient: ReadonlySet<JsonDifferenceType> = new Set([
  'ADDITIONAL_PROPERTIES_NARROWED',
  'ADDITIONAL_PROPERTIES_REMOVED',
  'UNEVALUATED_PROPERTIES_NARROWED',
  'UNEVALUATED_PROPERTIES_REMOVED',
  'REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL',
  'OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
  'PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL',
  'PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
  'PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL',
]);

/** What keeps `update` from reading everything that fits `original`; less of it when `lenient`. */
export function jsonDifferences(original: JsonSchemaNode, update: JsonSchemaNode, lenient = false): JsonDifference[] {
  // A pair inside itself counts as fitting; if it then does not, the next round knows. Each round finds more, so that this ends.
  let broken = new Map<string, JsonDifference[]>();
  for (;;) {
    const round = new Comparison(broken, lenient);
    const found = round.compare(original, update);
    const next = round.brokenPairs();
    if (!round.assumed || next.size === broken.size) return found;
    broken = next;
  }
}

type Node = JsonSchemaNode | undefined;

class Comparison {
  /** True when the result leans on a pair that was still being compared. */
  assumed = false;
  private readonly ids = new Map<JsonSchemaNode, number>();
  private readonly known = new Map<string, JsonDifference[]>();
  private readonly underWay = new Set<string>();
  private readonly lenient: boolean;
  private readonly broken: ReadonlyMap<string, JsonDifference[]>;

  constructor(broken: ReadonlyMap<string, JsonDifference[]>, lenient: boolean) {
    this.lenient = lenient;
    this.broken = broken;
  }

  brokenPairs(): Map<string, JsonDifference[]> {
    return new Map([...this.known].filter(([, found]) => found.length > 0));
  }

  compare(original: Node, update: Node): JsonDifference[] {
    if (update === undefined) return [];
    if (original === undefined) return one('SCHEMA_ADDED');
    const key = `${this.id(original)} ${this.id(update)}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    if (this.underWay.has(key)) {
      const before = this.broken.get(key);
      this.assumed ||= before === undefined;
      return before ?? [];
    }
    this.underWay.add(key);
    const found = this.compareKinds(original, update).filter(
      ({ type }) => !this.lenient || !toleratedWhenLenient.has(type),
    );
    this.underWay.delete(key);
    this.known.set(key, found);
    return found;
  }

  /** Nodes are numbered as they are met, which is the same in each round. */
  private id(node: JsonSchemaNode): number {
    const id = this.ids.get(node) ?? this.ids.size;
    this.ids.set(node, id);
    return id;
  }

  private fits(original: Node, update: Node): boolean {
    return this.compare(original, update).length === 0;
  }

  private compareKinds(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    if (original.kind !== 'combined' && update.kind === 'combined') {
      const { parts } = update;
      if ((parts.length === 1 || update.criterion !== 'allOf') && parts.some((part) => this.fits(original, part)))
        return [];
    } else if (original.kind === 'combined' && update.kind !== 'combined') {
      const { parts } = original;
      if ((parts.length === 1 || original.criterion === 'allOf') && parts.some((part) => this.fits(part, update)))
        return [];
    }
    if (original.kind !== update.kind) {
      if (original.kind === 'nothing' || update.kind === 'anything') return [];
      const bytes = original.json['connect.type'] === 'bytes' && update.json['connect.type'] === 'bytes';
      return bytes ? [] : one('TYPE_CHANGED');
    }
    const [a, b] = [original.json, update.json];
    switch (original.kind) {
      case 'string':
        return [...bounds(a, b, ['maxLength', 'minLength']), ...patterns(a, b)];
      case 'number':
        return numbers(original, update);
      case 'const':
        return sameJson(a['const'], b['const']) ? [] : one('ENUM_ARRAY_CHANGED', 'const');
      case 'enum':
        return enums(a['enum'] as unknown[], b['enum'] as unknown[]);
      case 'not':
        return this.fits(update.child(b['not']), original.child(a['not'])) ? [] : one('NOT_TYPE_EXTENDED', 'not');
      case 'object':
        return this.objects(original, update);
      case 'array':
        return this.arrays(original, update);
      case 'combined':
        return this.combinations(original, update);
      default:
        return [];
    }
  }

  private objects(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    const [a, b] = [original.json, update.json];
    return [
      ...requirements(a, b),
      ...at('properties', this.properties(original, update)),
      ...at('dependencies', this.dependencies(original, update)),
      ...at('additionalProperties', this.further(original, update, 'additionalProperties', 'ADDITIONAL_PROPERTIES')),
      ...at(
        'unevaluatedProperties',
        this.unevaluated(original, update, 'unevaluatedProperties', 'UNEVALUATED_PROPERTIES'),
      ),
      ...bounds(a, b, ['maxProperties', 'minProperties']),
    ];
  }

  private properties(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    const [old, fresh] = [mapIn(original.json, 'properties'), mapIn(update.json, 'properties')];
    const names = new Set([...Object.keys(old), ...Object.keys(fresh)]);
    return [...names].flatMap((name) => {
      const before = name in old ? original.child(old[name]) : undefined;
      const after = name in fresh ? update.child(fresh[name]) : undefined;
      if (after === undefined) return at(name, this.removedProperty(before, update, name));
      if (before === undefined) return at(name, this.addedProperty(original, update, after, name));
      return at(name, this.compare(before, after));
    });
  }

  private removedProperty(before: Node, update: JsonSchemaNode, name: string): JsonDifference[] {
    if (isOpen(update)) return [];
    const covering = coveringSchema(update, name);
    if (covering === undefined)
      return before?.kind === 'nothing' ? [] : one('PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL');
    const found = this.compare(before, covering);
    return found.length === 0 ? [] : [...found, ...one('PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL')];
  }

  private addedProperty(
    original: JsonSchemaNode,
    update: JsonSchemaNode,
    after: JsonSchemaNode,
    name: string,
  ): JsonDifference[] {
    const required = requiredNames(update.json).includes(name);
    const hasDefault = 'default' in after.json || defaultBehind(update, name);
    if (isOpen(original)) {
      if (after.kind === 'anything') return [];
      if (!required) return one('OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL');
      return one(
        hasDefault
          ? 'REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN_CONTENT_MODEL'
          : 'REQUIRED_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL',
      );
    }
    const covering = coveringSchema(original, name);
    const found = covering === undefined ? [] : this.compare(covering, after);
    return [
      ...found,
      ...(found.length > 0 ? one('PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL') : []),
      ...(required && !hasDefault ? one('REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL') : []),
    ];
  }

  private dependencies(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    const all = ({ json }: JsonSchemaNode): Json => ({
      ...mapIn(json, 'dependencies'),
      ...mapIn(json, 'dependentRequired'),
      ...mapIn(json, 'dependentSchemas'),
    });
    const [old, fresh] = [all(original), all(update)];
    return Object.entries(fresh).flatMap(([name, after]): JsonDifference[] => {
      const before = old[name];
      if (!Array.isArray(after))
        return at(
          name,
          before === undefined || Array.isArray(before)
            ? one('DEPENDENCY_SCHEMA_ADDED')
            : this.compare(original.child(before), update.child(after)),
        );
      if (!Array.isArray(before)) return at(name, one('DEPENDENCY_ARRAY_ADDED'));
      const added = after.some((one) => !before.includes(one));
      const gone = before.some((one) => !after.includes(one));
      return added ? at(name, one(gone ? 'DEPENDENCY_ARRAY_CHANGED' : 'DEPENDENCY_ARRAY_EXTENDED')) : [];
    });
  }

  private arrays(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    const [a, b] = [items(original), items(update)];
    const found = at('items', this.compare(a.all, b.all));
    for (let i = 0; i < Math.max(a.each.length, b.each.length); i++) {
      const [before, after] = [a.each[i], b.each[i]];
      found.push(...at('items', at(String(i), this.item(a, b, before, after))));
    }
    const open = (value: unknown): boolean => value === undefined || value === true;
    const further = at(
      'additionalItems',
      this.furtherOf(original, update, a.further, b.further, 'ADDITIONAL_ITEMS', open),
    );
    return [
      ...found,
      ...further,
      ...at('unevaluatedItems', this.unevaluated(original, update, 'unevaluatedItems', 'UNEVALUATED_ITEMS')),
      ...bounds(original.json, update.json, ['maxItems', 'minItems']),
      ...(original.json['uniqueItems'] !== true && update.json['uniqueItems'] === true
        ? one('UNIQUE_ITEMS_ADDED', 'uniqueItems')
        : []),
      ...bounds(original.json, update.json, ['maxContains', 'minContains']),
    ];
  }

  private item(a: Items, b: Items, before: Node, after: Node): JsonDifference[] {
    if (before !== undefined && after !== undefined) return this.compare(before, after);
    if (after === undefined) {
      if (b.isOpen) return [];
      if (b.covering === undefined)
        return before?.kind === 'nothing' ? [] : one('ITEM_REMOVED_FROM_CLOSED_CONTENT_MODEL');
      const found = this.compare(before, b.covering);
      return found.length === 0 ? [] : [...found, ...one('ITEM_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL')];
    }
    if (a.isOpen) return after.kind === 'anything' ? [] : one('ITEM_ADDED_TO_OPEN_CONTENT_MODEL');
    if (a.covering === undefined) return [];
    const found = this.compare(a.covering, after);
    return found.length === 0 ? [] : [...found, ...one('ITEM_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL')];
  }

  /** `additionalProperties`: false, anything (absent), or a schema. */
  private further(
    original: JsonSchemaNode,
    update: JsonSchemaNode,
    keyword: string,
    type: 'ADDITIONAL_PROPERTIES',
  ): JsonDifference[] {
    const open = (value: unknown): boolean => value === undefined || value === true;
    return this.furtherOf(original, update, original.json[keyword], update.json[keyword], type, open);
  }

  private furtherOf(
    original: JsonSchemaNode,
    update: JsonSchemaNode,
    a: unknown,
    b: unknown,
    type: 'ADDITIONAL_PROPERTIES' | 'ADDITIONAL_ITEMS',
    isAny: (value: unknown) => boolean,
  ): JsonDifference[] {
    if ((a === false) !== (b === false)) return b === false ? one(`${type}_REMOVED`) : [];
    if (a === false || isAny(b)) return [];
    return isAny(a) ? one(`${type}_NARROWED`) : this.compare(original.child(a), update.child(b));
  }

  private unevaluated(
    original: JsonSchemaNode,
    update: JsonSchemaNode,
    keyword: string,
    type: 'UNEVALUATED_PROPERTIES' | 'UNEVALUATED_ITEMS',
  ): JsonDifference[] {
    const [a, b] = [original.child(original.json[keyword]), update.child(update.json[keyword])];
    if (b === undefined || a?.kind === 'nothing') return [];
    if (b.kind === 'nothing') return one(`${type}_REMOVED`);
    if (a === undefined || (a.kind === 'anything' && b.kind !== 'anything')) return one(`${type}_NARROWED`);
    return b.kind === 'anything' ? [] : this.compare(a, b);
  }

  private combinations(original: JsonSchemaNode, update: JsonSchemaNode): JsonDifference[] {
    const single = original.parts.length === 1;
    const isSameOrWider =
      original.criterion === update.criterion ||
      update.criterion === 'anyOf' ||
      (single && update.parts.length === 1) ||
      (single && update.criterion === 'oneOf') ||
      (update.parts.length === 1 && original.criterion === 'allOf');
    if (!isSameOrWider) return one('COMBINED_TYPE_CHANGED');
    const [old, fresh] = [distinct(original.parts), distinct(update.parts)];
    const found: JsonDifference[] = [];
    if (old.length < fresh.length && update.criterion === 'allOf') found.push(...one('PRODUCT_TYPE_EXTENDED'));
    if (old.length > fresh.length && original.criterion !== 'allOf') found.push(...one('SUM_TYPE_NARROWED'));
    const pairs = matched(old, fresh, (a, b) => this.fits(a, b));
    if (pairs < Math.min(old.length, fresh.length)) found.push(...one('COMBINED_TYPE_SUBSCHEMAS_CHANGED'));
    return found;
  }
}

interface Items {
  readonly all: Node;
  readonly each: readonly Node[];
  readonly further: unknown;
  readonly isOpen: boolean;
  /** What further items have to fit, if not anything goes. */
  readonly covering: Node;
}

/** One schema for all items, or one for each of the first; the newest draft calls the latter `prefixItems`, and `items` what follows. */
function items({ json, child }: JsonSchemaNode): Items {
  const list = json['prefixItems'] ?? (Array.isArray(json['items']) ? json['items'] : undefined);
  const further = json['prefixItems'] === undefined ? json['additionalItems'] : json['items'];
  const all = list === undefined ? child(json['items']) : undefined;
  const unevaluated = child(json['unevaluatedItems']);
  const isAny = further === undefined || further === true;
  const isOpen = isAny && (unevaluated === undefined || unevaluated.kind === 'anything');
  const rest = unevaluated?.kind === 'nothing' ? undefined : unevaluated;
  const covering = further === false || isOpen ? undefined : isAny ? rest : child(further);
  return { all, each: ((list ?? []) as unknown[]).map(child), further, isOpen, covering };
}

function isOpen({ json, child }: JsonSchemaNode): boolean {
  const further = json['additionalProperties'];
  if (further !== undefined && further !== true) return false;
  if (Object.keys(mapIn(json, 'patternProperties')).length > 0) return false;
  const unevaluated = child(json['unevaluatedProperties']);
  return unevaluated === undefined || unevaluated.kind === 'anything';
}

/** The schema that a property without one of its own has to fit. */
function coveringSchema({ json, child }: JsonSchemaNode, name: string): Node {
  for (const [pattern, schema] of Object.entries(mapIn(json, 'patternProperties')))
    if (matches(pattern, name)) return child(schema);
  const further = json['additionalProperties'];
  if (isObject(further)) return child(further);
  if (further === false) return undefined;
  const unevaluated = child(json['unevaluatedProperties']);
  return unevaluated?.kind === 'nothing' || unevaluated?.kind === 'anything' ? undefined : unevaluated;
}

function matches(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(name);
  } catch {
    return false;
  }
}

/** A default may stand beside a combination. */
function defaultBehind({ json }: JsonSchemaNode, name: string): boolean {
  const property = mapIn(json, 'properties')[name];
  return isObject(property) && 'default' in property;
}

function requirements(a: Json, b: Json): JsonDifference[] {
  const [old, fresh] = [mapIn(a, 'properties'), mapIn(b, 'properties')];
  return requiredNames(b)
    .filter((name) => name in old && name in fresh && !requiredNames(a).includes(name))
    .filter((name) => !(isObject(fresh[name]) && 'default' in fresh[name]))
    .flatMap((name) => at('required', one('REQUIRED_ATTRIBUTE_ADDED', name)));
}

function requiredNames(json: Json): readonly string[] {
  return Array.isArray(json['required']) ? (json['required'] as string[]) : [];
}

function mapIn(json: Json, name: string): Json {
  const value = json[name];
  return isObject(value) ? value : {};
}

function distinct(parts: readonly JsonSchemaNode[]): JsonSchemaNode[] {
  return parts.filter(
    (part, i) =>
      !parts
        .slice(0, i)
        .some(
          (other) =>
            other === part ||
            (other.kind === part.kind &&
              other.kind !== 'combined' &&
              other.isInteger === part.isInteger &&
              sameJson(other.json, part.json)),
        ),
  );
}

/** The largest number of pairs, each of one and another that fit (Kuhn's algorithm). */
function matched<T>(left: readonly T[], right: readonly T[], fits: (a: T, b: T) => boolean): number {
  const partner = new Map<number, number>();
  const find = (i: number, tried: Set<number>): boolean =>
    right.some((candidate, j) => {
      if (tried.has(j) || !fits(left[i] as T, candidate)) return false;
      tried.add(j);
      const other = partner.get(j);
      if (other !== undefined && !find(other, tried)) return false;
      partner.set(j, i);
      return true;
    });
  return left.filter((_, i) => find(i, new Set())).length;
}
