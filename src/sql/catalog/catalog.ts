/** The catalogue: sources, named types, and which query reads and writes what. Immutable; a change gives the next one. */
import type { SqlType } from '../types.ts';
import type { DataSource } from './source.ts';

/** A persistent query as far as other statements care. */
export interface CatalogQuery {
  readonly id: string;
  readonly kind: 'CREATE_AS' | 'INSERT' | 'CREATE_SOURCE';
  /** Names of the sources it reads and of the one it writes. */
  readonly sources: readonly string[];
  readonly sink: string;
}

export type CatalogChange =
  | { readonly change: 'put-source'; readonly source: DataSource }
  | { readonly change: 'drop-source'; readonly name: string }
  | { readonly change: 'put-type'; readonly name: string; readonly type: SqlType }
  | { readonly change: 'drop-type'; readonly name: string }
  | { readonly change: 'put-query'; readonly query: CatalogQuery }
  | { readonly change: 'drop-query'; readonly id: string };

export class Catalog {
  static readonly empty: Catalog = new Catalog(new Map(), new Map(), new Map());

  readonly sources: ReadonlyMap<string, DataSource>;
  readonly types: ReadonlyMap<string, SqlType>;
  readonly queries: ReadonlyMap<string, CatalogQuery>;

  private constructor(
    sources: ReadonlyMap<string, DataSource>,
    types: ReadonlyMap<string, SqlType>,
    queries: ReadonlyMap<string, CatalogQuery>,
  ) {
    this.sources = sources;
    this.types = types;
    this.queries = queries;
  }

  /** The catalogue after these changes. */
  with(...changes: readonly CatalogChange[]): Catalog {
    const sources = new Map(this.sources);
    const types = new Map(this.types);
    const queries = new Map(this.queries);
    for (const change of changes) {
      switch (change.change) {
        case 'put-source':
          sources.set(change.source.name, change.source);
          break;
        case 'drop-source':
          sources.delete(change.name);
          break;
        case 'put-type':
          types.set(change.name, change.type);
          break;
        case 'drop-type':
          types.delete(change.name);
          break;
        case 'put-query':
          queries.set(change.query.id, change.query);
          break;
        case 'drop-query':
          queries.delete(change.id);
      }
    }
    return new Catalog(sources, types, queries);
  }

  readersOf(source: string): CatalogQuery[] {
    return [...this.queries.values()].filter((query) => query.sources.includes(source));
  }

  writersOf(source: string): CatalogQuery[] {
    return [...this.queries.values()].filter((query) => query.sink === source);
  }
}
