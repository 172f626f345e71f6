// Typed questions to the server. Every refusal becomes a Problem with the server's own words (RFC 9457).

import type { StyleSpecification } from 'maplibre-gl';
import type { FlowDef } from './flow/flow';
import { absence } from './presence';
import type { Box } from './tilemath';

export interface Text { 'zh-CN': string; en: string }
export interface GroupDef { id: string; title: Text; order: number }
export interface Enumerated { value: string; title: Text; color?: string }

export interface PropertyDef {
  name: string;
  title: Text;
  type: 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'time';
  unit?: string;
  values?: Enumerated[];
  tile: boolean;
  description?: Text;
}

export interface LayerDef {
  id: string;
  group: string;
  title: Text;
  description?: Text;
  geometry: 'point' | 'line' | 'polygon' | 'any';
  properties: PropertyDef[];
  label?: string;
  minzoom: number;
  maxzoom: number;
  hidden?: boolean;
  order: number;
  edits?: string; // a permission that is enough to change features, besides edit.features
  flow?: FlowDef;
  scene?: { view?: unknown }; // of what looks somewhere
  count?: number;
  extent?: Box | null;
}

/** The layer whose features are incidents: they are dispatched, and closed off. */
export const INCIDENTS = 'incidents';

export interface Definitions { groups: GroupDef[]; layers: LayerDef[] }
export type Value = string | number | boolean;

/** Common columns, which every feature has besides its properties. */
export interface Common {
  owner?: string;
  version?: number;
  updated_at?: string;
  effective_from?: string;
  effective_to?: string;
  source?: string;
  accuracy_m?: number;
}

export interface Feature {
  type: 'Feature';
  id: string;
  geometry: GeoJSON.Geometry | null;
  properties: Record<string, Value | null>;
  common?: Common;
  bbox?: number[];
}

/** A Problem is an answer that is not what was asked for. status 0: no answer at all. */
export class Problem extends Error {
  constructor(readonly status: number, readonly title: string, readonly detail: string) {
    super(detail || title);
  }
}

/** Asks the server; body is sent as JSON. An answer without content is undefined. */
export async function ask<T>(path: string, signal?: AbortSignal | null, method = 'GET', body?: unknown, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { ...absence(), Accept: 'application/json, application/geo+json;q=0.9' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  Object.assign(headers, more);
  let answer: Response;
  try {
    answer = await fetch(path, { method, headers, signal: signal ?? null, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  } catch (err) {
    if (signal?.aborted) throw err;
    throw new Problem(0, 'no answer', String(err));
  }
  if (answer.status === 204) return undefined as T;
  if (answer.ok) return (await answer.json()) as T;
  if (answer.status === 401) signIn();
  const said = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
  throw new Problem(answer.status, said.title ?? answer.statusText, said.detail ?? '');
}

/** The session has ended: whoever looks has to sign in again, and comes back to what he saw. */
export function signIn(): void {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
}

/** Who looks, and what he may. */
export interface Me { name: string; title?: string; demo: boolean; signed_in: boolean; permissions: string[] }

export const me = (): Promise<Me> => ask('/me');

export const definitions = (): Promise<Definitions> => ask('/layers');

export const style = (): Promise<StyleSpecification> => ask('/style.json');

export const feature = (layer: string, id: string, signal?: AbortSignal): Promise<Feature> =>
  ask(`/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(id)}`, signal);

/** Changes properties of a feature, if it is still of the version that was read; null removes one. */
export const change = (layer: string, id: string, properties: Record<string, Value | null>, version?: number): Promise<Feature> =>
  ask(`/collections/${encodeURIComponent(layer)}/items/${encodeURIComponent(id)}`, null, 'PATCH', { properties },
    { 'Content-Type': 'application/merge-patch+json', ...(version === undefined ? {} : { 'If-Match': `"v${version}"` }) });

export interface Found extends Feature {
  geometry: GeoJSON.Point;
  properties: Record<string, Value | null> & { layer: string };
}

export const search = (text: string, limit: number, signal?: AbortSignal): Promise<{ features: Found[] }> =>
  ask(`/search?q=${encodeURIComponent(text)}&limit=${limit}`, signal);
