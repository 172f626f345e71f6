// Questions to the server about units.

import { ask } from '../api';

/** What is known of a unit besides what the stream tells. */
export interface Details {
  name: string;
  kind: string;
  org: string;
  skills: string[];
  state: string;
  state_at: string | null;
  accuracy: number | null;
  battery: number | null;
  inside: string[]; // fences, as "layer/feature"
}

export const details = async (id: string, signal?: AbortSignal): Promise<Details> =>
  (await ask<{ properties: Details }>(`/units/${encodeURIComponent(id)}`, signal)).properties;

export const setState = (id: string, state: string): Promise<unknown> => ask(`/units/${encodeURIComponent(id)}/state`, null, 'PUT', { state });

export type By = 'road' | 'meters';

/** A place to come to; a unit that stands there does not come to itself. */
export interface Origin { lon: number; lat: number; incident?: string; unit?: string }

/** A unit that can come, the first one first. */
export interface Near {
  rank: number;
  id: string;
  name: string;
  class: string;
  state: string;
  lon: number;
  lat: number;
  meters: number;
  seconds?: number | null;
  road_meters?: number | null;
  fix: string | null;
  method: 'road' | 'straight line';
  note?: string; // why it is not by road
}

export interface LeftOut { id: string; name: string; meters: number; why: string }
export interface Answer { by: string; origin: [number, number]; units: Near[]; left_out: LeftOut[] }

const MANY = 10;

/** The units nearest to a place, at most ten. */
export async function nearest(of: Origin, by: By, kind: string, signal?: AbortSignal): Promise<Answer> {
  const place: Record<string, string> = of.incident ? { incident: of.incident } : { lon: of.lon.toFixed(7), lat: of.lat.toFixed(7) };
  const query = new URLSearchParams({ by, k: String(of.unit ? MANY + 1 : MANY), ...place, ...(kind ? { class: kind } : {}) });
  const answer = await ask<Answer>(`/units/nearest?${query}`, signal);
  const others = <T extends { id: string }>(list: readonly T[]) => list.filter((one) => one.id !== of.unit);
  return { ...answer, units: others(answer.units).slice(0, MANY).map((one, i) => ({ ...one, rank: i + 1 })), left_out: others(answer.left_out ?? []) };
}

/** What is to be sent to an incident, by its run card. */
export interface Recommendation { card: { id: string; name: string } | null; missing: number; needs: { need: string; units: Near[] }[] }

export const recommended = (incident: string, signal?: AbortSignal): Promise<Recommendation> => ask(`/units/recommended?incident=${encodeURIComponent(incident)}`, signal);

type Routed = GeoJSON.Feature | GeoJSON.FeatureCollection;

/** The way by road as a line, or null when there is none. */
export async function route(from: [number, number], to: [number, number], signal?: AbortSignal): Promise<[number, number][] | null> {
  const got = await ask<Routed>(`/route?from=${from.join(',')}&to=${to.join(',')}`, signal);
  const features = got.type === 'FeatureCollection' ? got.features : [got];
  const line = features.map((f) => f.geometry).find((g) => g?.type === 'LineString');
  return line ? ((line as GeoJSON.LineString).coordinates as [number, number][]) : null;
}
