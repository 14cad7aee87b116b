/** `/config…` and `/mode…`. */
import type { RoutedRequest, Router } from '../../http/router.ts';
import { RegistryError, invalidMode, invalidSubject } from '../errors.ts';
import { registryModes } from '../model.ts';
import type { Config, RegistryMode } from '../model.ts';
import { withoutEmpty } from '../records.ts';
import { bodyOf, configUpdateOf, flag, textIn } from '../request.ts';
import { globalSettings, isDefaultContext, isValidSubject, normalizeSubject } from '../subject-name.ts';
import { answer, pathContext, rawSubject } from './services.ts';
import type { RegistryHandler, Services } from './services.ts';

export function settingsRoutes(router: Router, { settings }: Services): void {
  const on = (method: string, path: string, handler: RegistryHandler): void => {
    for (const pattern of [path, `${path}/:subject`])
      router.on(method, pattern, handler).on(method, `/contexts/:context${pattern}`, handler);
  };
  on('GET', '/config', (request) =>
    answer(withoutEmpty(settings.config(settingsSubject(request), flag(request, 'defaultToGlobal')))),
  );
  on('PUT', '/config', async (request) => {
    const update = configUpdateOf(request);
    return answer(writtenConfig(await settings.updateConfig(validSubject(request), update)));
  });
  on('DELETE', '/config', async (request) =>
    answer(withoutEmpty(await settings.deleteConfig(settingsSubject(request)))),
  );
  on('GET', '/mode', (request) =>
    answer({ mode: settings.mode(settingsSubject(request), flag(request, 'defaultToGlobal')) }),
  );
  on('PUT', '/mode', async (request) => {
    const body = bodyOf(request);
    const subject = validSubject(request);
    const text = textIn(body, 'mode');
    await settings.setMode(subject, modeOf(text, subject), flag(request, 'force'));
    return answer(text === undefined ? {} : { mode: text });
  });
  on('DELETE', '/mode', async (request) => {
    const mode = await settings.deleteMode(settingsSubject(request), flag(request, 'recursive'));
    return answer(mode === undefined ? {} : { mode });
  });
}

/** Undefined: the settings of everything. */
function settingsSubject(request: RoutedRequest): string | undefined {
  const raw = request.params['subject'] === undefined ? pathContext(request) : rawSubject(request);
  return isDefaultContext(raw) ? undefined : normalizeSubject(raw);
}

function validSubject(request: RoutedRequest): string | undefined {
  const raw = request.params['subject'] === undefined ? '' : rawSubject(request);
  if (!isValidSubject(raw, true)) throw invalidSubject(raw);
  return settingsSubject(request);
}

/** The level has another name when it is written. */
function writtenConfig({ compatibilityLevel, ...others }: Config): unknown {
  return withoutEmpty({ ...others, compatibility: compatibilityLevel });
}

function modeOf(text: string | undefined, subject: string | undefined): RegistryMode | undefined {
  if (text === undefined) return undefined;
  const mode = registryModes.find((one) => one === text.toUpperCase());
  if (mode === undefined) throw invalidMode();
  if (mode === 'FORWARD') {
    if (subject !== globalSettings) throw invalidMode('Forward mode only supported on global level');
    throw new RegistryError(422, 'The mode FORWARD is not supported by this registry.');
  }
  return mode;
}
