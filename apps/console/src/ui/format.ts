import { signal } from '@preact/signals';
import type { Address, Identifiers, IdentifierKind, LineItem, Money } from '../api/types';
import { recall, remember } from './storage';

const ZONE_KEY = 'purchasing.zone';

/** Where times are shown: the zone of the reader or UTC. Remembered. */
export const zone = signal<'local' | 'utc'>(recall(ZONE_KEY) === 'utc' ? 'utc' : 'local');

export function setZone(next: 'local' | 'utc'): void {
  remember(ZONE_KEY, next);
  zone.value = next;
}

const optionsOf = (): Intl.DateTimeFormatOptions => (zone.value === 'utc' ? { timeZone: 'UTC' } : {});

/** A date and time as lists show it. */
export const shortTime = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', ...optionsOf() }).format(new Date(iso));

export const timeWithSeconds = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', ...optionsOf() }).format(new Date(iso));

export const shortDate = (iso: string): string =>
  new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', ...optionsOf() }).format(new Date(iso));

/** The time of day of seconds since the epoch. */
export const clockTime = (seconds: number): string =>
  new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', ...optionsOf() }).format(new Date(seconds * 1_000));

/** The end of a day, or of a minute of it (`HH:MM`), in the zone in which times are shown; undefined for a text that is no day. */
export function endOf(day: string, minute = ''): string | undefined {
  const time = new Date(`${day}T${minute === '' ? '23:59' : minute}:59.999${zone.value === 'utc' ? 'Z' : ''}`);
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString();
}

/** Full stamp, both zones: the title of every time. */
export const fullTime = (iso: string): string => {
  const local = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'long' }).format(new Date(iso));
  return `${local}\n${new Date(iso).toISOString()}`;
};

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];

/** "3 minutes ago" */
export function ago(iso: string, now = Date.now()): string {
  const seconds = Math.min(0, Math.round((new Date(iso).getTime() - now) / 1_000));
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? ['second', 1];
  return new Intl.RelativeTimeFormat('en', { numeric: 'auto' }).format(Math.round(seconds / size), unit);
}

/** An amount with its currency; the number is never read as a float. */
export function money({ number, currency }: Money): string {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(\.\d+)?$/.exec(number) ?? [];
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return `${sign}${grouped}${fraction} ${currency}`;
}

const WORDS: Record<string, string> = { order_unconfirmed: 'Unconfirmed order', on_hold: 'On hold' };

/** "part_shipped" as "Part shipped" */
export const label = (value: string): string =>
  WORDS[value] ?? (value.charAt(0).toUpperCase() + value.slice(1)).replace(/_/g, ' ');

/** "ItemsMovedToShipment" as "Items moved to shipment" */
export const eventLabel = (type: string): string =>
  type.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const KINDS: readonly IdentifierKind[] = ['internal', 'visible', 'platform', 'sparklayer'];

/** The identifier that people know a purchase by, and its kind. */
export function mainIdentifier(identifiers: Identifiers): [IdentifierKind, string] | undefined {
  for (const kind of KINDS) {
    const value = identifiers[kind];
    if (value !== undefined) return [kind, value];
  }
  return undefined;
}

/** The page of a purchase in the console. */
export function purchaseHref(identifiers: Identifiers): string | undefined {
  const main = mainIdentifier(identifiers);
  return main && `/purchases/${main[0]}/${encodeURIComponent(main[1])}`;
}

/** The page of the history of a purchase that may have no identifier any more. */
export const historyHref = (purchaseId: string): string => `/purchases/by-id/${purchaseId}`;

export const lineName = (line: LineItem): string => [line.name_parent, line.name_child].filter(Boolean).join(' · ');

export const addressLines = (address: Address): string[] =>
  [
    address.name,
    address.company,
    address.address_line1,
    address.address_line2,
    [address.postal_code, address.city].filter(Boolean).join(' '),
    [address.region_code, address.country_code].filter(Boolean).join(', '),
    address.phone,
  ].filter((line): line is string => Boolean(line));

/** The address of a link that may be followed: http and https alone. */
export const safeUrl = (url: string | undefined): string | undefined =>
  url !== undefined && /^https?:\/\//i.test(url) ? url : undefined;
