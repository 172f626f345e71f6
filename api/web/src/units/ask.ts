// Questions to the server about units.

import { ask } from '../api';

/** What is known of a unit besides what the stream tells. */
export interface Details {
  name?: string;
  class?: string;
  kind?: string;
  org?: string;
  skills?: string[];
  state?: string;
  state_at?: string;
  fix?: string;
  speed?: number;
  course?: number;
  accuracy?: number;
  battery?: number;
  source?: string;
  inside?: (string | { id: string; name?: string })[];
}

export const details = async (id: string, signal?: AbortSignal): Promise<Details> =>
  (await ask<{ properties: Details }>(`/units/${encodeURIComponent(id)}`, signal)).properties;

export const setState = (id: string, state: string): Promise<unknown> => ask(`/units/${encodeURIComponent(id)}/state`, null, 'PUT', { state });

export type By = 'road' | 'meters';
export interface Origin { lon: number; lat: number; incident?: string }

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
  fix?: string;
  age_s?: number;
  method: string;
}

export interface LeftOut { id: string; name: string; meters: number; why: string }
export interface Answer { by: string; origin: [number, number]; units: Near[]; left_out?: LeftOut[] }

export function nearest(of: Origin, by: By, kind: string, signal?: AbortSignal): Promise<Answer> {
  const query = new URLSearchParams({ by, k: '10', ...(of.incident ? { incident: of.incident } : { lon: String(of.lon), lat: String(of.lat) }), ...(kind ? { class: kind } : {}) });
  return ask(`/units/nearest?${query}`, signal);
}

type Routed = GeoJSON.Feature | GeoJSON.FeatureCollection;

/** The way by road as a line, or null when there is none. */
export async function route(from: [number, number], to: [number, number], signal?: AbortSignal): Promise<[number, number][] | null> {
  const got = await ask<Routed>(`/route?from=${from.join(',')}&to=${to.join(',')}`, signal);
  const features = got.type === 'FeatureCollection' ? got.features : [got];
  const line = features.map((f) => f.geometry).find((g) => g?.type === 'LineString');
  return line ? ((line as GeoJSON.LineString).coordinates as [number, number][]) : null;
}
