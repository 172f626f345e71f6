import { expect, test } from 'vitest';
import { eye, geocentric, geodetic, mercator, perMetre, sun } from '../src/solid/geodesy';
import { BufferAttribute, BufferGeometry, Mesh, type Material } from 'three';
import { blocks, features, rowAt, type Block } from '../src/solid/body';
import { level } from '../src/solid/level';
import { tint } from '../src/solid/tint';

test('geocentric coordinates are those of WGS84', () => {
  // The corners of the ellipsoid, and the example of EPSG guidance note 7-2, 4.1.1.
  expect(geocentric(0, 0, 0)).toEqual([6378137, 0, 0]);
  expect(geocentric(0, 90, 0)[2]).toBeCloseTo(6356752.314245, 5);
  const [x, y, z] = geocentric(2 + 7 / 60 + 46.38 / 3600, 53 + 48 / 60 + 33.82 / 3600, 73);
  expect([x, y, z].map((v) => Math.round(v * 100) / 100)).toEqual([3771793.97, 140253.34, 5124304.35]);
});

test('and back, to a tenth of a millimetre up to 10 km', () => {
  for (const lat of [-90, -89.9, -60, 0, 34.58, 71, 89.999, 90]) for (const h of [-100, 0, 1500, 10_000]) {
    const there = geocentric(105.72, lat, h), [lon, back, height] = geodetic(there);
    const again = geocentric(lon, back, height);
    expect(Math.hypot(...again.map((v, i) => v - (there[i] ?? 0)))).toBeLessThan(1e-4);
    expect(height).toBeCloseTo(h, 3);
  }
});

test('the Mercator square is the map’s', () => {
  expect(mercator(0, 0, 0)[0]).toBe(0.5);
  expect(mercator(180, 85.0511287798066, 0)[1]).toBeCloseTo(0, 9);
  expect(perMetre(60) / perMetre(0)).toBeCloseTo(2, 9);
});

test('the eye looks at the middle of the map', () => {
  for (const [bearing, pitch] of [[0, 0], [-20, 60], [135, 45]] as const) {
    const e = eye({ lon: 105.72, lat: 34.58, zoom: 16, bearing, pitch, fov: 36.87, height: 1080 });
    const middle = geocentric(105.72, 34.58, 0), seen = e.at.map((v, i) => v - e.distance * (e.back[i] ?? 0));
    expect(Math.hypot(...seen.map((v, i) => v - (middle[i] ?? 0)))).toBeLessThan(1e-6);
    expect(geodetic(e.at)[2]).toBeCloseTo(e.distance * Math.cos((pitch * Math.PI) / 180), -1);
    const dot = (a: number[], b: number[]) => a.reduce((n, v, i) => n + v * (b[i] ?? 0), 0);
    for (const [got, want] of [[dot(e.right, e.up), 0], [dot(e.up, e.back), 0], [dot(e.right, e.right), 1]] as const) expect(got).toBeCloseTo(want, 12);
  }
});

test('the sun stands where almanacs say', () => {
  // Solar noon at Greenwich on the summer solstice of 2026: the altitude is 90 - 51.48 + 23.44.
  const noon = sun(new Date('2026-06-21T12:02:00Z'), 0, 51.4779);
  expect(noon.altitude).toBeCloseTo(61.96, 1);
  expect(noon.azimuth).toBeGreaterThan(178);
  expect(noon.azimuth).toBeLessThan(182);
  expect(sun(new Date('2026-11-27T13:00:00Z'), 105.72, 34.58).altitude).toBeLessThan(-18); // nine in the evening at Tianshui
  const morning = sun(new Date('2026-03-20T23:00:00Z'), 105.72, 34.58); // about sunrise on the equinox: in the east
  expect(Math.abs(morning.altitude)).toBeLessThan(3);
  expect(Math.abs(morning.azimuth - 90)).toBeLessThan(3);
});

test('vertices belong to features that stand one behind the other', () => {
  const owners = [0, 0, 0, 2, 2, 3];
  const starts = features({ getX: (i) => owners[i] ?? 0 }, owners.length);
  expect(starts).toEqual([0, 3, 3, 5, 6]);
  const block = { starts } as Block;
  expect([0, 2, 3, 4, 5].map((v) => rowAt(block, v))).toEqual([0, 0, 2, 2, 3]);
  expect(features(undefined, 4)).toEqual([0, 4]);
});

test('bodies have the colour that the style gives their polygons', () => {
  const drawn = (color: unknown) => [{ id: 'buildings/fill', type: 'fill', source: 'city', 'source-layer': 'buildings', paint: { 'fill-color': color } }] as never;
  const bytes = (rgb: number[]) => rgb.map((v) => Math.round(v * 255));
  expect(bytes(tint('buildings', drawn('#204060'))({}))).toEqual([32, 64, 96]);
  const ramp = tint('buildings', drawn(['interpolate', ['linear'], ['coalesce', ['get', 'height'], 8], 0, '#000000', 100, '#c80000']));
  expect(bytes(ramp({ height: 50 }))).toEqual([100, 0, 0]);
  expect(bytes(ramp({}))).toEqual([16, 0, 0]);
  expect(bytes(tint('buildings', drawn(['match', ['get', 'class'], 'school', '#00ff00', '#0000ff']))({ class: 'school' }))).toEqual([0, 255, 0]);
  expect(tint('buildings', [])({})).toEqual(tint('other', drawn('#204060'))({}));
  expect(tint('buildings', drawn(['nonsense']))({})).toHaveLength(3);
  const dots = [{ id: 'cameras-dot', type: 'circle', source: 's', 'source-layer': 'cameras', paint: { 'circle-color': ['match', ['get', 'status'], 'fault', '#ff8000', '#0080ff'] } }] as never;
  expect(bytes(tint('cameras', dots)({ status: 'fault' }))).toEqual([255, 128, 0]);
});

test('on a terrain a body is drawn as high as it is above its ground', () => {
  const home = { lon: 105.72, lat: 34.58 }, grounds = [1100, 1130], places: number[] = [], owners: number[] = [];
  for (const [row, g] of grounds.entries()) for (const h of [0, 12, 30]) {
    places.push(...geocentric(home.lon + row * 1e-4, home.lat, g + h));
    owners.push(row);
  }
  const far = geocentric(home.lon, home.lat, 0), near = places.map((v, i) => v - (far[i % 3] ?? 0)); // as in a tile: 32 bits
  const drawn = (columns: Record<string, unknown>[]): number[] => {
    const geometry = new BufferGeometry().setAttribute('position', new BufferAttribute(new Float32Array(near), 3)).setAttribute('_feature_id_0', new BufferAttribute(new Uint16Array(owners), 1));
    const mesh = new Mesh(geometry);
    mesh.position.set(...far);
    mesh.userData.structuralMetadata = { getPropertyTableData: (_: number, row: number) => columns[row] };
    const [made] = blocks('buildings', mesh, home, () => mesh.material as Material, () => [0, 0, 0]);
    const at = made?.mesh.geometry.getAttribute('position');
    return owners.map((_, i) => Math.round((at?.getZ(i) ?? NaN) * 100) / 100 + 0);
  };
  expect(drawn(grounds.map((g, id) => ({ id: String(id), _ground: g })))).toEqual([0, 12, 30, 0, 12, 30]);
  expect(drawn([{ id: 'a' }, { id: 'b' }])).toEqual([1100, 1112, 1130, 1130, 1142, 1160]);
});

test('volumes come down to the ground with their bodies, and stay within each other', () => {
  const leaf = { boundingVolume: { region: [1, 2, 3, 4, 1104, 1140] } }, root = { boundingVolume: { region: [1, 2, 3, 4, 1100, 1260] }, children: [leaf] };
  level(root);
  expect(root.boundingVolume.region).toEqual([1, 2, 3, 4, -160, 310]);
  expect(leaf.boundingVolume.region).toEqual([1, 2, 3, 4, -36, 186]);
});
