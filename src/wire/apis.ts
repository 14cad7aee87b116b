/** The APIs of Kafka: keys, versions, and the versions of the headers before their bodies (KIP-482). */
import { apiTable } from './generated/tables.ts';

export type ApiName = keyof typeof apiTable;

export interface Api {
  readonly name: ApiName;
  readonly key: number;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly requestFlexibleFrom: number;
  readonly responseFlexibleFrom: number;
  readonly listeners: readonly ('broker' | 'controller')[];
}

export const apis: Readonly<Record<ApiName, Api>> = apiTable;

const byKey = new Map<number, Api>(Object.values(apis).map((api) => [api.key, api]));

export function apiByKey(key: number): Api | undefined {
  return byKey.get(key);
}

export function requestHeaderVersion(api: Api, version: number): 1 | 2 {
  return version >= api.requestFlexibleFrom ? 2 : 1;
}

/** The answer to ApiVersions has always the oldest header: the asker does not know yet what the broker speaks. */
export function responseHeaderVersion(api: Api, version: number): 0 | 1 {
  return version >= api.responseFlexibleFrom && api.name !== 'ApiVersions' ? 1 : 0;
}
