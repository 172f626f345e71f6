// What an alert is, and how it reads: kinds in families, each with its sign and its words.

import { age, distance, number } from '../format';
import { t, type Key } from '../i18n';

/** An Alert as the server tells it. */
export interface Alert {
  seq: number;
  kind: string;
  reason?: string;
  possible?: boolean;
  fence?: string; // "layer/feature"
  fence_name?: string;
  unit?: string;
  class?: string;
  other?: string;
  time: string;
  lon?: number;
  lat?: number;
  for_s?: number;
  value?: number;
}

export type Family = 'emergency' | 'place' | 'post' | 'driving' | 'signal';

/** Families in the order of their filters, with what they look like. */
export const FAMILIES: readonly { id: Family; title: Key; icon: string }[] = [
  { id: 'emergency', title: 'family.emergency', icon: 'M12 3 2.500 20h19L12 3ZM12 10v4.500M12 17.300v.2' },
  { id: 'place', title: 'family.place', icon: 'M10 12h10M16.500 8.500 20 12l-3.500 3.500M13 4H5v16h8' },
  { id: 'post', title: 'family.post', icon: 'M12 21s6.500-6 6.500-11a6.500 6.500 0 0 0-13 0c0 5 6.500 11 6.500 11ZM12 12.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5Z' },
  { id: 'driving', title: 'family.driving', icon: 'M4.500 17a8.500 8.500 0 1 1 15 0M12 14l4-5M12 15.200a1.200 1.200 0 1 0 0-2.400 1.200 1.200 0 0 0 0 2.400Z' },
  { id: 'signal', title: 'family.signal', icon: 'M5 5l14 14M8.500 8.800a6 6 0 0 0-2 3.200M12 6.500c3 0 5 1.800 6 3.500M9.500 15a3.500 3.500 0 0 1 2.500-1M12 18.500v.2' },
];

/** Kinds: their family, their words, and their own sign where the family's does not tell enough. */
const KINDS: Record<string, { family: Family; title: Key; icon?: string }> = {
  emergency: { family: 'emergency', title: 'kind.emergency' },
  enter: { family: 'place', title: 'kind.enter', icon: 'M3 12h10M9.500 8.500 13 12l-3.500 3.500M13 4h7v16h-7' },
  exit: { family: 'place', title: 'kind.exit' },
  cross: { family: 'place', title: 'kind.cross', icon: 'M3 12h18M17.500 8.500 21 12l-3.500 3.500M12 4v4M12 16v4' },
  approach: { family: 'place', title: 'kind.approach', icon: 'M2.500 12h7M6.500 8.500 10 12l-3.500 3.500M21.500 12h-7M17.500 8.500 14 12l3.500 3.500' },
  part: { family: 'place', title: 'kind.part', icon: 'M10 12H2.500M6 8.500 2.500 12 6 15.500M14 12h7.500M18 8.500l3.500 3.500-3.500 3.500' },
  dwell: { family: 'post', title: 'kind.dwell', icon: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3.500 2' },
  absent: { family: 'post', title: 'kind.absent' },
  staffed: { family: 'post', title: 'kind.staffed' },
  speed: { family: 'driving', title: 'kind.speed' },
  off_route: { family: 'driving', title: 'kind.off_route', icon: 'M6 21V14c0-3 2-4 5-4h8M15.500 6.500 19 10l-3.500 3.500M6 10V3' },
  on_route: { family: 'driving', title: 'kind.on_route' },
  lost: { family: 'signal', title: 'kind.lost' },
  stale: { family: 'signal', title: 'kind.stale' },
  expired: { family: 'signal', title: 'kind.expired' },
  returned: { family: 'signal', title: 'kind.returned', icon: 'M4.500 10.500a11 11 0 0 1 15 0M7.500 14a6.500 6.500 0 0 1 9 0M12 18v.2' },
  silent: { family: 'signal', title: 'kind.silent' },
};

const REASONS: Record<string, Key> = {
  created: 'reason.created', edited: 'reason.edited', removed: 'reason.removed', began: 'reason.began', ended: 'reason.ended',
  went_stale: 'reason.went_stale', expired: 'reason.expired', came_back: 'reason.came_back', reclassed: 'reason.reclassed',
};

/** The family of an alert. A kind that this client does not know yet stands with the places. */
export const familyOf = (alert: Alert): Family => KINDS[alert.kind]?.family ?? 'place';

export function iconOf(alert: Alert): string {
  const family = familyOf(alert);
  return KINDS[alert.kind]?.icon ?? FAMILIES.find((one) => one.id === family)!.icon;
}

/** What happened, in a word. */
export function happened(alert: Alert): string {
  const kind = KINDS[alert.kind];
  return kind ? t(kind.title) : alert.kind;
}

/** What more is to say: how long, how fast, how far, and why when it was not by moving. */
export function details(alert: Alert): string[] {
  const { for_s: lasted, value, kind } = alert, out: string[] = [];
  if (lasted) out.push(t('detail.for', { age: age(lasted * 1000) }));
  if (value && kind === 'speed') out.push(t('detail.speed', { speed: number(value * 3.6, 0) }));
  if (value && kind === 'off_route') out.push(t('detail.off', { distance: distance(value) }));
  if (value && (kind === 'approach' || kind === 'part')) out.push(t('detail.apart', { distance: distance(value) }));
  const reason = REASONS[alert.reason ?? ''];
  if (reason) out.push(t(reason));
  return out;
}

/** When it happened, in ms. */
export const timeOf = (alert: Alert): number => Date.parse(alert.time);
