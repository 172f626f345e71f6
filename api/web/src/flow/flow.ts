// The flow of a layer: what may follow a state, what it needs, and until when a feature may stay in it. As the server
// has it, which holds every step against the same rules. Pure.

import type { Enumerated, Feature, LayerDef, PropertyDef } from '../api';

export interface FlowDef {
  property: string;
  steps?: Record<string, string[]>;
  needs?: Record<string, string[]>;
  since?: string;
  times?: Record<string, string>;
  deadlines?: { states: string[]; from?: string; by?: string; within?: Record<string, string>; else?: string }[];
  late?: string;
  pause?: { state: string; spent: string };
  crew?: { property: string; called: string; moves: Record<string, string>; freed: string };
}

/** A step that may be taken, with the properties that it still needs. */
export interface Step { to: Enumerated; needs: PropertyDef[] }

export const stateOf = (def: LayerDef, feature: Feature): string => String(feature.properties[def.flow?.property ?? ''] ?? '');

/** The value of a state, with its title and colour. */
export function named(def: LayerDef, state: string): Enumerated {
  return def.properties.find((p) => p.name === def.flow?.property)?.values?.find((v) => v.value === state) ?? { value: state, title: { 'zh-CN': state, en: state } };
}

/** The steps that may be taken now. */
export function steps(def: LayerDef, feature: Feature): Step[] {
  return (def.flow?.steps?.[stateOf(def, feature)] ?? []).map((state) => ({
    to: named(def, state),
    needs: (def.flow?.needs?.[state] ?? []).filter((name) => !filled(feature.properties[name])).map((name) => def.properties.find((p) => p.name === name)).filter((p) => p !== undefined),
  }));
}

/** The states that a feature went through, with when it last came into each, the first one first. */
export function history(def: LayerDef, feature: Feature): { state: Enumerated; at: number }[] {
  const { times = {}, since } = def.flow ?? {}, out = Object.entries(times).map(([state, name]) => ({ state: named(def, state), at: moment(feature.properties[name]) }));
  const now = stateOf(def, feature);
  if (since && !times[now]) out.push({ state: named(def, now), at: moment(feature.properties[since]) });
  return out.filter(({ at }) => !Number.isNaN(at)).sort((a, b) => a.at - b.at);
}

/** Until when a feature may stay in its state, in ms; null where nothing limits it. */
export function due(def: LayerDef, feature: Feature): number | null {
  const { flow } = def, limit = flow?.deadlines?.find((d) => d.states.includes(stateOf(def, feature)));
  if (!flow || !limit) return null;
  const from = moment(feature.properties[limit.from ?? flow.since ?? '']), long = span(limit.within?.[String(feature.properties[limit.by ?? ''] ?? '')] ?? limit.else ?? '');
  if (Number.isNaN(from) || long === 0) return null;
  return from + long + (limit.from && flow.pause ? Number(feature.properties[flow.pause.spent] ?? 0) * 1000 : 0);
}

/** A span as the server writes it, 1h30m0s, in ms; 0 when it is none. */
export function span(text: string): number {
  let ms = 0;
  for (const [, n, unit] of text.matchAll(/([\d.]+)(h|m|s)/g)) ms += Number(n) * { h: 3_600_000, m: 60_000, s: 1000 }[unit as 'h' | 'm' | 's'];
  return ms;
}

const moment = (v: unknown): number => (typeof v === 'string' ? Date.parse(v) : NaN);
const filled = (v: unknown): boolean => v !== undefined && v !== null && v !== '';
