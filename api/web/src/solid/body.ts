// A tile of bodies as the map draws it: brought from geocentric coordinates into the map's Mercator square, coloured
// feature by feature, and found again by feature.

import { BufferAttribute, BufferGeometry, InstancedMesh, Matrix4, Mesh, Vector3, type Material, type Object3D } from 'three';
import { geodetic, mercator, perMetre, type Vec3 } from './geodesy';
import { ground } from './level';
import type { Properties, RGB } from './tint';

/** The place that the local frame hangs on: x east, y north, z up, in metres as they are at this latitude. */
export interface Origin { lon: number; lat: number }

/** The tables that the loader reads from a tile. */
interface Tables { getPropertyTableData(table: number, row: number): Properties }

/** A Block is the bodies of one mesh. One sees through glass. */
export interface Block {
  mesh: Mesh<BufferGeometry, Material>; ids: string[]; rows: Properties[]; starts: number[]; layer: string;
  glass: boolean;
  shade: number; // of the colours of its bodies
  whole: BufferAttribute | null; // its triangles, those that are hidden too
  without: string; // which are hidden, as a key
}

const NORMAL_SCALE = 127, COLOR_SCALE = 255;

/** Makes blocks of what was loaded. The scene stands in geocentric coordinates. */
export function blocks(layer: string, scene: Object3D, origin: Origin, material: (glass: boolean) => Material, paint: (properties: Properties) => RGB): Block[] {
  const out: Block[] = [];
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    if (!(node instanceof Mesh)) return;
    const glass = (node.material as Material).transparent, tables = (node.userData.structuralMetadata ?? scene.userData.structuralMetadata) as Tables | undefined;
    out.push(block(layer, node instanceof InstancedMesh ? spread(node) : { geometry: node.geometry, matrix: () => node.matrixWorld, owner: node.geometry.getAttribute('_feature_id_0'), times: 1 },
      origin, material(glass), paint, tables, { glass, shade: Number((node.material as Material).userData.shade ?? 1) }));
  });
  return out;
}

/** A mesh as it is drawn: so many times, each with its place, and with an owner for each vertex or each time. */
interface Cast { geometry: BufferGeometry; times: number; matrix(time: number): Matrix4; owner: { getX(i: number): number } | undefined }

/** What is drawn many times, with one owner for each. */
function spread(node: InstancedMesh): Cast {
  const { geometry, count } = node, owner = geometry.getAttribute('_FEATURE_ID_0') as BufferAttribute | undefined, each = geometry.getAttribute('position').count, at = new Matrix4();
  return {
    geometry, times: count, matrix: (time) => {
      node.getMatrixAt(time, at);
      return at.premultiply(node.matrixWorld);
    },
    owner: owner && { getX: (i) => owner.getX(Math.floor(i / each)) },
  };
}

function block(layer: string, from: Cast, origin: Origin, material: Material, paint: (properties: Properties) => RGB, tables: Tables | undefined, look: { glass: boolean; shade: number }): Block {
  const place = from.geometry.getAttribute('position') as BufferAttribute, each = place.count, count = each * from.times;
  const [ox, oy] = mercator(origin.lon, origin.lat, 0), scale = perMetre(origin.lat), at = new Vector3();
  const starts = features(from.owner, count), rows = starts.slice(0, -1).map((_, row) => (tables ? { ...tables.getPropertyTableData(0, row) } : {})), grounds = rows.map(ground);
  const local = (time: number, i: number, matrix: Matrix4): Vec3 => {
    at.fromBufferAttribute(place, i).applyMatrix4(matrix);
    const [lon, lat, height] = geodetic([at.x, at.y, at.z]), [x, y, z] = mercator(lon, lat, height - (grounds[from.owner?.getX(time * each + i) ?? 0] ?? 0));
    return [(x - ox) / scale, (oy - y) / scale, z / scale];
  };
  const corner = count ? local(0, 0, from.matrix(0)) : ([0, 0, 0] as Vec3), places = new Float32Array(3 * count);
  for (let time = 0; time < from.times; time++) {
    const matrix = from.matrix(time);
    for (let i = 0; i < each; i++) {
      const p = local(time, i, matrix);
      for (const axis of [0, 1, 2] as const) places[3 * (time * each + i) + axis] = p[axis] - (axis === 2 ? 0 : corner[axis]);
    }
  }
  const index = indices(from);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(places, 3));
  geometry.setAttribute('normal', new BufferAttribute(normals(places, index, count), 3, true));
  geometry.setAttribute('color', new BufferAttribute(new Uint8Array(3 * count), 3, true));
  if (index) geometry.setIndex(index);
  geometry.computeBoundingSphere();
  const mesh = new Mesh(geometry, material);
  mesh.position.set(corner[0], corner[1], 0);
  mesh.updateMatrixWorld(true);
  const out: Block = { mesh, rows, ids: rows.map((row, i) => String(row.id ?? i)), starts, layer, ...look, whole: index, without: '' };
  for (const [i, row] of rows.entries()) colour(out, i, paint(row));
  return out;
}

/** The triangles of all times. */
function indices({ geometry, times }: Cast): BufferAttribute | null {
  const once = geometry.getIndex(), each = geometry.getAttribute('position').count;
  if (!once) return null;
  const out = new Uint32Array(once.count * times);
  for (let time = 0; time < times; time++) for (let i = 0; i < once.count; i++) out[time * once.count + i] = time * each + once.getX(i);
  return new BufferAttribute(out, 1);
}

/** Leaves bodies out of the drawing and of picks, and brings others back. */
export function hide(of: Block, ids: ReadonlySet<string>): void {
  if (!ids.size && !of.without) return;
  const rows = of.ids.flatMap((id, row) => (ids.has(id) ? [row] : [])), key = rows.join();
  if (!of.whole || key === of.without) return;
  of.without = key;
  const hidden = new Set(rows), kept: number[] = [];
  for (let i = 0; i < of.whole.count; i += 3) if (!hidden.has(rowAt(of, of.whole.getX(i)))) kept.push(of.whole.getX(i), of.whole.getX(i + 1), of.whole.getX(i + 2));
  of.mesh.geometry.setIndex(rows.length ? kept : of.whole);
}

/** Where the vertices of each feature begin; the last entry is where they end. Features stand one behind the other. */
export function features(owner: { getX(i: number): number } | undefined, count: number): number[] {
  const starts: number[] = [];
  for (let i = 0; owner && i < count; i++) while (starts.length <= owner.getX(i)) starts.push(i);
  if (!owner) starts.push(0);
  return [...starts, count];
}

/** The normals of flat faces from the places themselves, as they are in the map's measure. */
function normals(places: Float32Array, index: { count: number; getX(i: number): number } | null, count: number): Int8Array {
  const out = new Int8Array(3 * count), a = new Vector3(), b = new Vector3(), c = new Vector3();
  for (let i = 0; i + 2 < (index?.count ?? count); i += 3) {
    const [ia, ib, ic] = [0, 1, 2].map((k) => index?.getX(i + k) ?? i + k) as [number, number, number];
    a.fromArray(places, 3 * ia);
    const n = b.fromArray(places, 3 * ib).sub(a).cross(c.fromArray(places, 3 * ic).sub(a));
    if (n.lengthSq() === 0) continue;
    n.normalize().multiplyScalar(NORMAL_SCALE);
    for (const v of [ia, ib, ic]) out.set([n.x, n.y, n.z], 3 * v);
  }
  return out;
}

/** Colours one feature of a block. */
export function colour(of: Block, row: number, [r, g, b]: RGB): void {
  const colors = of.mesh.geometry.getAttribute('color') as BufferAttribute, scale = COLOR_SCALE * of.shade;
  for (let i = of.starts[row] ?? 0; i < (of.starts[row + 1] ?? 0); i++) (colors.array as Uint8Array).set([r * scale, g * scale, b * scale], 3 * i);
  colors.needsUpdate = true;
}

/** The feature that a vertex belongs to. */
export function rowAt(of: Block, vertex: number): number {
  let low = 0, high = of.starts.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((of.starts[middle] ?? 0) <= vertex) low = middle;
    else high = middle - 1;
  }
  return low;
}
