// The map: MapLibre with the server's style, marks for the pointer and the open feature, and tiles that are
// never older than the server's announcements nor blank when the server is gone.

import { absence } from './presence';
import { Map as MapLibre, setWorkerUrl, type PaddingOptions, type StyleSpecification } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Camera } from './hash';
import { fontFaces } from './fonts';
import { Freshness, type HeldTile } from './fresh';
import { HOVER, layerOf, OPEN, ready, SEEN, sourcesOf, WAY, worded } from './mapstyle';
import { Pace } from './pace';
import type { Box } from './tilemath';

setWorkerUrl(workerUrl);

const GAP = 250; // ms between refreshes of one source

/** A tile in MapLibre's hands: the part of it that this module reads. */
interface Tile { state: string; tileID: { canonical: { z: number; x: number; y: number } }; hasData(): boolean; latestFeatureIndex?: unknown }

/** WardMap is the map of the wall. */
export class WardMap {
  readonly map: MapLibre;
  private faces = fontFaces();
  private books = new Map<string, Freshness>();
  private sources: Map<string, string>;
  private pace = new Pace(GAP, (source) => this.sweep(source));
  private open: GeoJSON.GeoJSON | null = null;
  private way: GeoJSON.GeoJSON | null = null;
  private seen: GeoJSON.GeoJSON | null = null;
  private answering = false;
  private fields = new Map<string, unknown>(); // text-field of each label, as the server gave it

  constructor(container: HTMLElement, private style: StyleSpecification, private shown: (layer: string) => boolean, camera: Camera | null, private english: () => boolean) {
    this.sources = sourcesOf(style);
    this.map = new MapLibre({
      container,
      style: this.prepared(),
      center: camera ? [camera.lon, camera.lat] : style.center ? [style.center[0] ?? 0, style.center[1] ?? 0] : [105.72, 34.58],
      zoom: camera?.zoom ?? style.zoom ?? 11,
      bearing: camera?.bearing ?? 0,
      pitch: camera?.pitch ?? 0,
      maxPitch: 70,
      minZoom: 2,
      maxZoom: 20,
      attributionControl: false,
      fadeDuration: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200,
      // Tiles of the last zoom are drawn larger, not cut anew: one request, one address, one box.
      zoomLevelsToOverscale: undefined as never,
      // The server's tag decides whether a tile is still the same, never the browser's guess.
      transformRequest: (url, type) => ({ url, headers: absence(), ...(type === 'Tile' ? { cache: 'no-cache' as const } : {}) }),
    });
    this.map.touchPitch.disable();
    // Switches and language may have been turned while the style was on its way.
    this.map.on('style.load', () => {
      this.reswitch();
      this.reword();
    });
    this.keepBooks();
  }

  /** Takes a new style. What did not change stays as it is on the screen. */
  restyle(style: StyleSpecification): void {
    this.style = style;
    this.sources = sourcesOf(style);
    this.map.setStyle(this.prepared(), { diff: true });
  }

  /** Shows and hides layers as the switches say now. */
  reswitch(): void {
    for (const layer of this.style.layers) {
      const id = layerOf(layer);
      if (!id || !this.map.getLayer(layer.id)) continue;
      const want = this.shown(id) ? 'visible' : 'none';
      if ((this.map.getLayoutProperty(layer.id, 'visibility') ?? 'visible') !== want) this.map.setLayoutProperty(layer.id, 'visibility', want);
    }
  }

  /** Words the labels in the current language, where tiles carry it. */
  reword(): void {
    for (const [id, field] of this.fields) {
      const want = worded(field, this.english());
      if (this.map.getLayer(id) && JSON.stringify(this.map.getLayoutProperty(id, 'text-field')) !== JSON.stringify(want)) this.map.setLayoutProperty(id, 'text-field', want as never);
    }
  }

  /** Marks what is under the pointer; null is nothing. */
  markHover(geometry: GeoJSON.Geometry | null): void {
    this.mark(HOVER, geometry && feature(geometry));
  }

  /** Marks the feature whose card is open; null is nothing. */
  markOpen(geometry: GeoJSON.Geometry | null): void {
    this.open = geometry && feature(geometry);
    this.mark(OPEN, this.open);
  }

  /** Draws the ways of the nearest units; null is nothing. */
  markWay(way: GeoJSON.FeatureCollection | null): void {
    this.way = way;
    this.mark(WAY, way);
  }

  /** Draws what is seen, or what sees; null is nothing. */
  markSeen(seen: GeoJSON.GeoJSON | null): void {
    if (!seen && !this.seen) return;
    this.seen = seen;
    this.mark(SEEN, seen);
  }

  /** Tiles of these layers inside these boxes are new. */
  changed(layers: Record<string, Box[]>): void {
    const bySource = new Map<string, Box[]>();
    for (const [layer, boxes] of Object.entries(layers)) {
      const source = this.sources.get(layer);
      if (source) bySource.set(source, [...(bySource.get(source) ?? []), ...boxes]);
    }
    for (const [source, boxes] of bySource) {
      this.book(source).announce(boxes);
      this.pace.ask(source);
    }
  }

  /** Every tile may be new. */
  everything(): void {
    for (const source of new Set(this.sources.values())) {
      this.book(source).announce(null);
      this.pace.ask(source);
    }
  }

  /** Tells whether the server answers. Tiles that could not be had are asked for again when it does. */
  connected(is: boolean): void {
    this.answering = is;
    if (is) this.retry();
  }

  /** Shows the box, clear of what covers the map. */
  look(box: Box, padding: PaddingOptions, moving: boolean): void {
    const still = !moving || matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.map.fitBounds([box[0], box[1], box[2], box[3]], { padding, maxZoom: 17, duration: still ? 0 : 1200 });
  }

  private retry(): void {
    for (const source of new Set(this.sources.values())) this.pace.ask(source);
  }

  private prepared(): StyleSpecification {
    this.fields = new Map(this.style.layers.flatMap((l) => (l.type === 'symbol' && l.layout?.['text-field'] ? [[l.id, l.layout['text-field']] as const] : [])));
    const style = ready(this.style, this.shown, this.faces, { open: this.open, way: this.way, seen: this.seen });
    return { ...style, layers: style.layers.map((l) => (l.type === 'symbol' && this.fields.has(l.id) ? { ...l, layout: { ...l.layout, 'text-field': worded(this.fields.get(l.id), this.english()) as never } } : l)) };
  }

  private mark(source: string, data: GeoJSON.GeoJSON | null): void {
    const held = this.map.getSource(source) as { setData?(data: GeoJSON.GeoJSON): void } | undefined;
    held?.setData?.(data ?? { type: 'FeatureCollection', features: [] });
  }

  private book(source: string): Freshness {
    let book = this.books.get(source);
    if (!book) this.books.set(source, (book = new Freshness()));
    return book;
  }

  private keepBooks(): void {
    this.map.on('sourcedataloading', (e) => {
      if (e.tile) this.book(e.sourceId).ask(e.tile as object);
    });
    this.map.on('error', (e) => {
      const { tile, sourceId } = e as unknown as { tile?: Tile; sourceId?: string };
      if (!tile) return console.warn('map:', e.error?.message ?? e);
      this.failed(tile, sourceId);
    });
    // Tiles come back from the map's own cache when the view moves, with the frame that draws them: they may be
    // older than announcements.
    this.map.on('move', () => this.retry());
    this.map.on('idle', () => this.retry());
  }

  /** A tile that could not be refreshed stays on the screen as it was, and is asked for again later. */
  private failed(tile: Tile, sourceId?: string): void {
    const source = sourceId ?? this.sourceOf(tile);
    if (source) this.book(source).fail(tile);
    if (source && this.answering) setTimeout(() => this.answering && this.pace.ask(source), 3000);
    if (tile.latestFeatureIndex) {
      tile.state = 'loaded';
      this.map.triggerRepaint();
    }
  }

  private sourceOf(tile: Tile): string | undefined {
    return [...this.books.keys()].find((source) => this.held(source).some((one) => one.key === tile));
  }

  private held(source: string): HeldTile[] {
    const manager = this.map.style?.tileManagers[source];
    if (!manager) return [];
    const tiles = manager.getIds().map((id) => manager.getTileByID(id) as unknown as Tile | undefined).filter((tile) => tile !== undefined);
    return tiles.map((tile) => ({ id: tile.tileID.canonical, key: tile, busy: tile.state !== 'loaded' && tile.state !== 'errored' }));
  }

  /** Asks for the source's stale tiles, and later again for those that are under way now. */
  private sweep(source: string): void {
    if (!this.map.style?.tileManagers[source]) return;
    const book = this.book(source);
    const { ask, waiting } = book.due(this.held(source));
    for (const tile of ask) book.ask(tile.key);
    if (ask.length) this.map.refreshTiles(source, ask.map((tile) => tile.id));
    if (waiting) this.pace.ask(source);
  }
}

function feature(geometry: GeoJSON.Geometry): GeoJSON.Feature {
  return { type: 'Feature', properties: {}, geometry };
}
