/**
 * js-joda, loaded when the first function needs it: most queries never do, and zones are large.
 * Formatters and zones are kept by their texts.
 */
import { createRequire } from 'node:module';
import type * as JodaCore from '@js-joda/core';

let loaded: typeof JodaCore | undefined;
let english: unknown;

export function joda(): typeof JodaCore {
  if (loaded === undefined) {
    const load = createRequire(import.meta.url);
    loaded = load('@js-joda/core') as typeof JodaCore;
    load('@js-joda/timezone');
    load('@js-joda/locale_en-us');
    english = (load('@js-joda/locale') as { Locale: { US: unknown } }).Locale.US;
  }
  return loaded;
}

const formatters = new Map<string, JodaCore.DateTimeFormatter>();

/** The formatter of a Java pattern, in English. */
export function formatterOf(pattern: string): JodaCore.DateTimeFormatter {
  let found = formatters.get(pattern);
  if (found === undefined) {
    const { DateTimeFormatterBuilder, ResolverStyle } = joda();
    const builder = new DateTimeFormatterBuilder().parseCaseInsensitive().appendPattern(pattern);
    const formatter = (builder.toFormatter as (style: unknown) => JodaCore.DateTimeFormatter).call(
      builder,
      ResolverStyle.SMART,
    );
    found = (formatter as unknown as { withLocale(locale: unknown): JodaCore.DateTimeFormatter }).withLocale(english);
    if (formatters.size > 1000) formatters.clear();
    formatters.set(pattern, found);
  }
  return found;
}

const zoneNames = ['en-US', 'en-GB', 'en-AU', 'en-IN', 'en-NZ', 'en-ZA'];

/** A zone's short name at a time, as Java prints it: `PDT`, `BST`. */
function zoneNameOf(zone: string, ms: number): string {
  if (/^(Z|UTC|GMT)$/.test(zone)) return zone === 'Z' ? 'UTC' : zone;
  let name = zone;
  if (/^[+-]/.test(zone)) return zone;
  for (const locale of zoneNames) {
    const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }).formatToParts(ms);
    name = parts.find((part) => part.type === 'timeZoneName')?.value ?? zone;
    if (/^[A-Z]{3,5}$/.test(name)) return name;
  }
  return name;
}

/** Formats a time in a zone; `z` is the zone's short name, which js-joda has only without summer time. */
export function formatZoned(time: JodaCore.ZonedDateTime, pattern: string): string {
  const literal = pattern.replace(/'[^']*'|(z{1,3})/g, (part, zone?: string) =>
    zone === undefined ? part : `'${zoneNameOf(time.zone().id(), time.toInstant().toEpochMilli())}'`,
  );
  return time.format(formatterOf(literal));
}

const zones = new Map<string, JodaCore.ZoneId>();
/** Names of Java that js-joda lacks. */
const shortZones: Readonly<Record<string, string>> = { EST: '-05:00', MST: '-07:00', HST: '-10:00' };

/** A zone by the names that Java's ZoneId knows. @throws RangeError for others */
export function zoneOf(name: string): JodaCore.ZoneId {
  let found = zones.get(name);
  if (found === undefined) {
    const { ZoneId } = joda();
    try {
      found = ZoneId.of(shortZones[name] ?? name);
    } catch (cause) {
      throw new RangeError(`Unknown or invalid time zone: ${name}`, { cause });
    }
    zones.set(name, found);
  }
  return found;
}
