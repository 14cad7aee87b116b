/** UpdateFeatures, versions 0–2: levels within what this broker supports; all of a request or none. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';
import { supportedFeatures } from '../features.ts';
import type { Services } from '../services.ts';

const upgradeTypes = { upgrade: 1, safeDowngrade: 2, unsafeDowngrade: 3 } as const;

/** Levels that this broker would not behave by: saying them and not doing them would be a lie. */
const fixedFeatures = new Set(['metadata.version', 'kraft.version', 'transaction.version']);

export const updateFeatures: ApiHandler<'UpdateFeatures'> = apiHandler(
  'UpdateFeatures',
  [0, 2],
  async (services, { version, body }) => {
    const { metadata } = services;
    try {
      for (const update of body.featureUpdates) {
        const upgradeType =
          version === 0
            ? update.allowDowngrade
              ? upgradeTypes.unsafeDowngrade
              : upgradeTypes.upgrade
            : update.upgradeType;
        check(services, update.feature, update.maxVersionLevel, upgradeType);
      }
      if (!body.validateOnly) {
        metadata.change(
          body.featureUpdates.map(({ feature, maxVersionLevel }) => ({
            name: 'FeatureLevelRecord' as const,
            body: { name: feature, featureLevel: maxVersionLevel },
          })),
        );
        await metadata.whenDurable();
      }
      return {
        errorCode: 0,
        results: version < 2 ? body.featureUpdates.map(({ feature }) => ({ feature, errorCode: 0 })) : [],
      };
    } catch (error) {
      return {
        errorCode: codeOf(error),
        errorMessage: `The update failed for all features since the following feature had an error: ${textOf(error)}`,
      };
    }
  },
);

function check({ catalog, nodeId }: Services, feature: string, level: number, upgradeType: number): void {
  const invalid = (why: string): Error =>
    kafkaError('INVALID_UPDATE_VERSION', `Invalid update version ${level} for feature ${feature}. ${why}`);
  const range = supportedFeatures[feature as keyof typeof supportedFeatures] as readonly [number, number] | undefined;
  if (range === undefined) throw invalid(`Local controller ${nodeId} does not support this feature.`);
  if (level < range[0] || level > range[1])
    throw invalid(`Local controller ${nodeId} only supports versions ${range[0]}-${range[1]}`);
  const current = catalog.features.get(feature) ?? 0;
  if (level < current && upgradeType === upgradeTypes.upgrade)
    throw invalid(
      `Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.`,
    );
  if (level !== current && fixedFeatures.has(feature)) throw invalid('This broker has one level of it.');
}
