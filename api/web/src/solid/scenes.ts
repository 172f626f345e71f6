// The bodies of all layers that have a scene, drawn into the map: tiles are chosen and loaded by 3d-tiles-renderer, in
// geocentric coordinates, and drawn in the map's own frame, so that 2D and 3D stand on each other to the pixel. A layer
// that was edited is loaded anew beside the old picture, which stays until the new one is whole.

import { Camera, Matrix4, PerspectiveCamera, Quaternion, Raycaster, Scene as Stage, Vector3, WebGLRenderer, type Object3D } from 'three';
import { MeshoptDecoder } from 'three/addons/libs/meshopt_decoder.module.js';
import { TilesRenderer } from '3d-tiles-renderer/three';
import { GLTFExtensionsPlugin } from '3d-tiles-renderer/three/plugins';
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre, Point } from 'maplibre-gl';
import type { Ref } from '../card';
import { Pace } from '../pace';
import { absence } from '../presence';
import { blocks, colour, hide, rowAt, type Block, type Origin } from './body';
import { level, type Bounded } from './level';
import { Fleet, MODELS, type Member } from './fleet';
import { eye, mercator, perMetre } from './geodesy';
import { Sky, type Light } from './light';
import type { Properties, RGB } from './tint';

/** A set of 3D Tiles of one layer. */
export interface SceneInfo {
  id: string; tileset: string; bodies: number; opacity: number; terrain: boolean;
  with?: string; // layer with whose switch its glass is shown
  replaces?: { layer: string; property: string }; // the bodies that are not drawn while these are
}

/** What the scenes need of the wall. */
export interface Town {
  shown(layer: string): boolean;
  /** The function that colours the bodies of a layer, by its style now. */
  tint(layer: string): (properties: Properties) => RGB;
  /** What moves in the view, the most important last. */
  moving(): readonly Member[];
  /** A tile could not be read. */
  failed(layer: string, reason: string): void;
}

/** A body under a pixel. */
export interface Hit extends Ref { properties: Properties; distance: number; height: number; glass: boolean }

const LAYER = 'wall-solid';
const NAMED_INK: RGB = [1, 0.52, 0.24], OPEN_INK: RGB = [1, 0.78, 0.22], HOVER_INK: RGB = [0.86, 0.93, 1];
const NEAR = 1, FAR = 2e6; // m, of the camera that chooses tiles
const RESTS = 3; // frames without anything under way after which a picture is whole
const PARSED = 16; // tiles that are read at once: frames may be slow, and each reads that many
const GAP = 800; // ms between two loadings of one layer

/** One loading of a layer's tileset. */
interface Loading { tiles: TilesRenderer; blocks: Map<Object3D, Block[]>; seen: Set<Object3D>; rest: number }

/** The renderer warns of every document that is 1.1, which is what they all are: of 1.1 it reads what ours have. */
class Tiles extends TilesRenderer {
  constructor(url: string, private terrain: boolean) {
    super(url);
  }

  preprocessTileset(json: { asset: { version: string }; root: Bounded }, ...rest: unknown[]): unknown {
    json.asset.version = '1.0';
    if (this.terrain) level(json.root);
    return (Object.getPrototypeOf(Tiles.prototype) as { preprocessTileset(...all: unknown[]): unknown }).preprocessTileset.call(this, json, ...rest);
  }
}

/** Scenes is a layer of the map. */
export class Scenes implements CustomLayerInterface {
  readonly id = LAYER;
  readonly type = 'custom' as const;
  readonly renderingMode = '3d' as const;
  readonly sky = new Sky();
  private stage = new Stage();
  private fleet: Fleet;
  private camera = new Camera();
  private chooser = new PerspectiveCamera();
  private renderer: WebGLRenderer | null = null;
  private layers = new Map<string, { info: SceneInfo; now: Loading; next: Loading | null }>();
  private marks: Record<'hover' | 'open', Ref | null> = { hover: null, open: null };
  private named: { layer: string; ids: Set<string> } | null = null;
  private pace = new Pace(GAP, (layer) => this.reload(layer));
  private order: string[] | null = null; // of the map's layers before areas and lines were moved below
  private light: Light = 'hour';
  private matrix = new Matrix4(); // from the local frame to the screen

  constructor(private map: MapLibre, private town: Town, infos: SceneInfo[], private origin: Origin) {
    this.fleet = new Fleet(this.sky.plain, origin);
    for (const info of infos) this.layers.set(info.id, { info, now: this.load(info), next: null });
    this.relight(this.light);
  }

  /** Puts the layer into the map's style where it is missing: above all that lies on the ground, below names and signs. */
  place(): void {
    const { map } = this, flat = (id: string) => ['fill', 'line', 'background', 'raster'].includes(map.getLayer(id)?.type ?? '');
    if (!map.getLayer(LAYER)) map.addLayer(this, map.getLayersOrder().find((id) => !flat(id)));
    const order = map.getLayersOrder(), above = order.slice(order.indexOf(LAYER) + 1).filter(flat);
    if (!above.length) return;
    this.order ??= order.filter((id) => id !== LAYER);
    for (const id of above) map.moveLayer(id, LAYER); // areas and lines lie on the ground, whatever names stand between them
  }

  remove(): void {
    const { map } = this, order = (this.order ?? []).filter((id) => map.getLayer(id));
    if (!map.getLayer(LAYER)) return;
    map.removeLayer(LAYER);
    for (const id of order) map.moveLayer(id); // to the top, one after the other
    this.order = null;
  }

  /** Lights by the hour, or by day or night. */
  relight(light: Light): void {
    this.light = light;
    this.sky.set(light, this.origin.lon, this.origin.lat);
    this.map.triggerRepaint();
  }

  /** Bodies of the layer may be others. */
  changed(layer: string): void {
    if (this.layers.has(layer)) this.pace.ask(layer);
  }

  /** The style is another one, or a switch was turned. */
  restyle(): void {
    for (const [layer, { now }] of this.layers) this.paint(layer, now);
    this.map.triggerRepaint();
  }

  /** Marks a body; null is none. */
  mark(kind: 'hover' | 'open', ref: Ref | null): void {
    const old = this.marks[kind];
    if (old?.layer === ref?.layer && old?.id === ref?.id) return;
    this.marks[kind] = ref;
    for (const one of [old, ref]) if (one) this.each(one, (of, row) => this.ink(of, row));
    this.map.triggerRepaint();
  }

  /** Marks the bodies that an answer names; null is none. */
  name(all: { layer: string; ids: string[] } | null): void {
    const layers = [this.named?.layer, all?.layer];
    this.named = all && { layer: all.layer, ids: new Set(all.ids) };
    for (const [layer, { now, next }] of this.layers) if (layers.includes(layer)) for (const loading of [now, next]) if (loading) this.paint(layer, loading);
    this.map.triggerRepaint();
  }

  /** The bodies under a pixel of the map: the nearest that one cannot see through first, then the volumes before it. */
  at(point: Point): Hit[] {
    const { clientWidth: w, clientHeight: h } = this.map.getContainer(), inverse = this.matrix.clone().invert();
    const ndc = (z: number) => new Vector3((2 * point.x) / w - 1, 1 - (2 * point.y) / h, z).applyMatrix4(inverse);
    const from = ndc(-1), ray = new Raycaster(from, ndc(1).sub(from).normalize());
    const shown = new Map(this.visible().map((of) => [of.mesh as Object3D, of]));
    const hits = new Map<string, Hit>();
    for (const { object, face, distance, point: p } of ray.intersectObjects([...shown.keys()], false)) {
      const of = shown.get(object);
      if (!of || !face) continue;
      const row = rowAt(of, face.a), id = of.ids[row] ?? '', key = `${of.layer}/${id}`;
      if (!hits.has(key)) hits.set(key, { layer: of.layer, id, properties: of.rows[row] ?? {}, distance, height: p.z, glass: of.glass });
      if (!of.glass) break; // what lies behind it is hidden
    }
    return [...hits.values()].sort((a, b) => Number(a.glass) - Number(b.glass) || a.distance - b.distance);
  }

  /** Whether the view is near enough for models of what moves. */
  get near(): boolean {
    return this.map.getZoom() >= MODELS;
  }

  /** Whether all that the view needs has been loaded, and how much is drawn. For tests. */
  get state(): { whole: boolean; bodies: number; blocks: number; models: number } {
    const shown = this.visible(), waiting = [...this.layers].filter(([layer]) => this.town.shown(layer)).some(([, { now, next }]) => !whole(now) || next !== null);
    return { whole: !waiting, bodies: shown.reduce((n, of) => n + of.ids.length, 0), blocks: shown.length, models: this.fleet.size };
  }

  onAdd(_: MapLibre, gl: WebGLRenderingContext | WebGL2RenderingContext): void {
    this.renderer = new WebGLRenderer({ canvas: this.map.getCanvas(), context: gl as WebGL2RenderingContext, antialias: true });
    this.renderer.autoClear = false;
  }

  onRemove(): void {
    this.renderer?.dispose();
    this.renderer = null;
  }

  render(_: unknown, input: CustomRenderMethodInput): void {
    if (!this.renderer) return;
    const [x, y] = mercator(this.origin.lon, this.origin.lat, 0), scale = perMetre(this.origin.lat);
    const local = new Matrix4().makeTranslation(x, y, 0).scale(new Vector3(scale, -scale, scale));
    this.matrix = new Matrix4().fromArray(Array.from(input.defaultProjectionData.mainMatrix)).multiply(local);
    this.camera.projectionMatrix.copy(this.matrix);
    this.camera.projectionMatrixInverse.copy(this.matrix).invert();
    this.choose();
    this.fleet.show(this.near ? this.town.moving() : [], 1 / (512 * 2 ** this.map.getZoom() * scale));
    this.renderer.resetState();
    this.renderer.render(this.stage, this.camera);
    this.renderer.render(this.fleet.stage, this.camera); // after the volumes, which would tint what stands in them
    this.renderer.resetState();
  }

  /** Lets the tiles see the view. */
  private choose(): void {
    const { map, chooser } = this, c = map.getCenter(), { clientWidth: w, clientHeight: h } = map.getContainer(), fov = map.getVerticalFieldOfView();
    const stand = eye({ lon: c.lng, lat: c.lat, zoom: map.getZoom(), bearing: map.getBearing(), pitch: map.getPitch(), fov, height: h });
    Object.assign(chooser, { fov, aspect: w / h, near: NEAR, far: FAR });
    chooser.updateProjectionMatrix();
    const axes = new Matrix4().makeBasis(new Vector3(...stand.right), new Vector3(...stand.up), new Vector3(...stand.back));
    chooser.position.set(...stand.at);
    chooser.quaternion.copy(new Quaternion().setFromRotationMatrix(axes));
    chooser.updateMatrixWorld(true);
    for (const [layer, { now, next }] of this.layers) {
      if (!this.town.shown(layer)) continue;
      for (const loading of [now, next]) {
        if (!loading) continue;
        loading.tiles.fetchOptions = { headers: absence(), cache: 'no-cache' };
        loading.tiles.setResolution(chooser, w, h);
        loading.tiles.update();
        this.rest(loading);
      }
      if (next && whole(next)) this.swap(layer);
    }
    this.show();
  }

  /** Counts the frames in which nothing was under way: what came last may lead to more. */
  private rest(loading: Loading): void {
    const { queued, downloading, parsing } = (loading.tiles as unknown as { stats: Record<'queued' | 'downloading' | 'parsing', number> }).stats;
    const idle = loading.tiles.root !== null && queued + downloading + parsing === 0;
    loading.rest = idle ? loading.rest + 1 : 0;
    if (idle && !whole(loading)) this.map.triggerRepaint();
  }

  private load({ id: layer, tileset, opacity, terrain }: SceneInfo): Loading {
    const tiles = new Tiles(tileset, terrain), loading: Loading = { tiles, blocks: new Map(), seen: new Set(), rest: 0 };
    tiles.registerPlugin(new GLTFExtensionsPlugin({ metadata: true, meshoptDecoder: MeshoptDecoder as never }));
    tiles.setCamera(this.chooser);
    tiles.autoDisableRendererCulling = false;
    tiles.parseQueue.maxJobs = PARSED;
    const wake = () => this.map.triggerRepaint();
    tiles.addEventListener('load-model', ({ scene }) => {
      if (this.layers.get(layer)?.now !== loading && this.layers.get(layer)?.next !== loading && this.layers.has(layer)) return; // it was given up
      const made = blocks(layer, scene, this.origin, (glass) => this.sky.material(glass ? opacity : 1), this.town.tint(layer));
      loading.blocks.set(scene, made);
      for (const of of made) this.remark(of);
      wake();
    });
    tiles.addEventListener('tile-visibility-change', ({ scene, visible }) => {
      if (visible) loading.seen.add(scene);
      else loading.seen.delete(scene);
      wake();
    });
    tiles.addEventListener('dispose-model', ({ scene }) => {
      for (const of of loading.blocks.get(scene) ?? []) this.drop(of);
      loading.blocks.delete(scene);
      loading.seen.delete(scene);
    });
    tiles.addEventListener('load-error', ({ error }) => this.town.failed(layer, error.message));
    tiles.addEventListener('needs-update', wake);
    tiles.addEventListener('tiles-load-end', wake);
    return loading;
  }

  private reload(layer: string): void {
    const held = this.layers.get(layer);
    if (!held) return;
    if (held.next) this.dispose(held.next);
    held.next = this.load(held.info);
    this.map.triggerRepaint();
  }

  /** What was loaded anew takes the place of the old picture. */
  private swap(layer: string): void {
    const held = this.layers.get(layer);
    if (!held?.next) return;
    const old = held.now;
    held.now = held.next;
    held.next = null;
    this.dispose(old);
  }

  private dispose(loading: Loading): void {
    for (const made of loading.blocks.values()) for (const of of made) this.drop(of);
    loading.blocks.clear();
    loading.seen.clear();
    loading.tiles.dispose();
  }

  private drop(of: Block): void {
    this.stage.remove(of.mesh);
    of.mesh.geometry.dispose();
  }

  /** Keeps on the stage what is visible now. */
  private show(): void {
    const shown = this.visible(), want = new Set(shown.map((of) => of.mesh));
    this.replace(shown);
    for (const mesh of [...this.stage.children]) if (!want.has(mesh as never)) this.stage.remove(mesh);
    for (const mesh of want) if (mesh.parent !== this.stage) this.stage.add(mesh);
  }

  /** Hides the bodies that others stand for. */
  private replace(shown: Block[]): void {
    const gone = new Map<string, Set<string>>();
    for (const { info } of this.layers.values()) if (info.replaces) gone.set(info.replaces.layer, gone.get(info.replaces.layer) ?? new Set());
    for (const of of shown) {
      const by = this.layers.get(of.layer)?.info.replaces;
      if (by) for (const row of of.rows) gone.get(by.layer)?.add(String(row[by.property] ?? ''));
    }
    for (const of of shown) {
      const ids = gone.get(of.layer);
      if (ids) hide(of, ids);
    }
  }

  private visible(): Block[] {
    return [...this.layers].filter(([layer]) => this.town.shown(layer)).flatMap(([, { now, info }]) => {
      const glass = !info.with || this.town.shown(info.with);
      return [...now.seen].flatMap((scene) => now.blocks.get(scene) ?? []).filter((of) => glass || !of.glass);
    });
  }

  private paint(layer: string, loading: Loading): void {
    const paint = this.town.tint(layer);
    for (const made of loading.blocks.values()) {
      for (const of of made) {
        for (const [row, properties] of of.rows.entries()) colour(of, row, paint(properties));
        this.remark(of);
      }
    }
  }

  /** Inks the bodies of a block that are marked. */
  private remark(of: Block): void {
    const ids = new Set([this.marks.hover, this.marks.open].flatMap((ref) => (ref?.layer === of.layer ? [ref.id] : [])));
    if (this.named?.layer === of.layer) for (const id of this.named.ids) ids.add(id);
    if (ids.size) for (const [row, id] of of.ids.entries()) if (ids.has(id)) this.ink(of, row);
  }

  /** The colour of a body with its marks. */
  private ink(of: Block, row: number): void {
    const is = (ref: Ref | null) => ref?.layer === of.layer && ref.id === of.ids[row];
    const plain = this.town.tint(of.layer)(of.rows[row] ?? {}), named = this.named?.layer === of.layer && this.named.ids.has(of.ids[row] ?? '');
    const mix = ([r, g, b]: RGB, share: number): RGB => [plain[0] + (r - plain[0]) * share, plain[1] + (g - plain[1]) * share, plain[2] + (b - plain[2]) * share];
    colour(of, row, is(this.marks.open) ? mix(OPEN_INK, 0.92) : is(this.marks.hover) ? mix(HOVER_INK, 0.5) : named ? mix(NAMED_INK, 0.8) : plain);
  }

  private each(ref: Ref, act: (of: Block, row: number) => void): void {
    const held = this.layers.get(ref.layer);
    for (const loading of [held?.now, held?.next]) {
      for (const made of loading?.blocks.values() ?? []) for (const of of made) {
        const row = of.ids.indexOf(ref.id);
        if (row >= 0) act(of, row);
      }
    }
  }
}

const whole = (loading: Loading): boolean => loading.rest >= RESTS;
