// A tile of bodies as the map draws it: brought from geocentric coordinates into the map's Mercator square, coloured
// feature by feature, and found again by feature.

import { BufferAttribute, BufferGeometry, Mesh, Vector3, type Material, type Object3D } from 'three';
import { geodetic, mercator, perMetre, type Vec3 } from './geodesy';
import type { Properties, RGB } from './tint';

/** The place that the local frame hangs on: x east, y north, z up, in metres as they are at this latitude. */
export interface Origin { lon: number; lat: number }

/** The tables that the loader reads from a tile. */
interface Tables { getPropertyTableData(table: number, row: number): Properties }

/** A Block is the bodies of one mesh. */
export interface Block { mesh: Mesh<BufferGeometry, Material>; ids: string[]; rows: Properties[]; starts: number[]; layer: string }

const NORMAL_SCALE = 127, COLOR_SCALE = 255;

/** Makes blocks of what was loaded. The scene stands in geocentric coordinates. */
export function blocks(layer: string, scene: Object3D, origin: Origin, material: Material, paint: (properties: Properties) => RGB): Block[] {
  const out: Block[] = [];
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    if (node instanceof Mesh) out.push(block(layer, node, origin, material, paint));
  });
  return out;
}

function block(layer: string, from: Mesh<BufferGeometry>, origin: Origin, material: Material, paint: (properties: Properties) => RGB): Block {
  const source = from.geometry, place = source.getAttribute('position'), owner = source.getAttribute('_feature_id_0'), count = place.count;
  const [ox, oy] = mercator(origin.lon, origin.lat, 0), scale = perMetre(origin.lat), at = new Vector3();
  const local = (i: number): Vec3 => {
    at.fromBufferAttribute(place as BufferAttribute, i).applyMatrix4(from.matrixWorld);
    const [x, y, z] = mercator(...geodetic([at.x, at.y, at.z]));
    return [(x - ox) / scale, (oy - y) / scale, z / scale];
  };
  const corner = count ? local(0) : ([0, 0, 0] as Vec3), places = new Float32Array(3 * count);
  for (let i = 0; i < count; i++) {
    const p = local(i);
    for (const axis of [0, 1, 2] as const) places[3 * i + axis] = p[axis] - (axis === 2 ? 0 : corner[axis]);
  }
  const index = source.getIndex(), starts = features(owner as BufferAttribute | undefined, count);
  const geometry = new BufferGeometry();
  geometry.setAttribute('position', new BufferAttribute(places, 3));
  geometry.setAttribute('normal', new BufferAttribute(normals(places, index, count), 3, true));
  geometry.setAttribute('color', new BufferAttribute(new Uint8Array(3 * count), 3, true));
  if (index) geometry.setIndex(index.clone());
  geometry.computeBoundingSphere();
  const mesh = new Mesh(geometry, material);
  mesh.position.set(corner[0], corner[1], 0);
  mesh.updateMatrixWorld(true);
  const tables = from.userData.structuralMetadata as Tables | undefined;
  const rows = starts.slice(0, -1).map((_, row) => (tables ? { ...tables.getPropertyTableData(0, row) } : {}));
  const out: Block = { mesh, rows, ids: rows.map((row, i) => String(row.id ?? i)), starts, layer };
  for (const [i, row] of rows.entries()) colour(out, i, paint(row));
  return out;
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
  const colors = of.mesh.geometry.getAttribute('color') as BufferAttribute;
  for (let i = of.starts[row] ?? 0; i < (of.starts[row + 1] ?? 0); i++) (colors.array as Uint8Array).set([r * COLOR_SCALE, g * COLOR_SCALE, b * COLOR_SCALE], 3 * i);
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
