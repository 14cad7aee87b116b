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
    english = (load('@js-joda/locale_en-us') as { Locale: { ENGLISH: unknown; US: unknown } }).Locale.US;
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

const zones = new Map<string, JodaCore.ZoneId>();
const shortZones: Readonly<Record<string, string>> = {
  PST: 'America/Los_Angeles',
  CST: 'America/Chicago',
  EST: '-05:00',
  MST: '-07:00',
  HST: '-10:00',
  JST: 'Asia/Tokyo',
  IST: 'Asia/Kolkata',
  CET: 'CET',
  EET: 'EET',
};

/** A zone by the names that Java's TimeZone knows. @throws RangeError for others */
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
