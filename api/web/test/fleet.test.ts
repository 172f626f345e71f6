import { MeshBasicMaterial, Vector3, type BufferGeometry, type Mesh } from 'three';
import { expect, test } from 'vitest';
import { Fleet, times, type Member } from '../src/solid/fleet';
import { LENGTHS, model } from '../src/solid/model';
import { Shape } from '../src/solid/shape';
import { project } from '../src/tilemath';
import { CLASSES, LOOKS, type Class, type Look, type Unit } from '../src/units/unit';

const looks = Object.keys(LOOKS) as Look[];

/** The signed volume within the faces: positive when they look outward. */
function volume(of: BufferGeometry): number {
  const at = of.getAttribute('position'), p = (i: number) => new Vector3().fromBufferAttribute(at, i);
  let sum = 0;
  for (let i = 0; i < at.count; i += 3) sum += p(i).dot(p(i + 1).cross(p(i + 2))) / 6;
  return sum;
}

test('a box is closed but for its floor, and looks outward', () => {
  expect(volume(new Shape().box(2, 3, 0, 4, [1, 1, 1]).geometry())).toBeCloseTo(24, 6);
  expect(volume(new Shape().taper({ x: 2, y: 2, z: 0 }, { x: 1, y: 1, z: 3 }, [1, 1, 1], [0, 0, 0]).geometry())).toBeCloseTo(7, 6); // frustum: h/3 (A + a + sqrt(Aa))
  expect(volume(new Shape().pillar(4, Math.SQRT2, 0, 5, [1, 1, 1]).geometry())).toBeCloseTo(20, 5);
});

test.each(CLASSES)('the model of %s is as large as life, stands on the ground, looks ahead, and has normals of length one', (kind) => {
  for (const look of looks) {
    const of = model(kind, look, false), normal = of.getAttribute('normal');
    of.computeBoundingBox();
    const { min, max } = of.boundingBox!;
    expect(min.z).toBeCloseTo(0, 1);
    expect(max.y - min.y).toBeGreaterThan(LENGTHS[kind]); // the ring is around it
    expect(max.y - min.y).toBeLessThan(LENGTHS[kind] * 1.6);
    expect(volume(of)).toBeGreaterThan(0);
    for (let i = 0; i < normal.count; i++) expect(Math.hypot(normal.getX(i), normal.getY(i), normal.getZ(i))).toBeCloseTo(1, 5);
  }
});

test('a state has its colour on the model, and an old place has none', () => {
  const colours = (of: BufferGeometry) => new Set(Array.from({ length: of.getAttribute('color').count }, (_, i) => [0, 1, 2].map((k) => of.getAttribute('color').getComponent(i, k).toFixed(3)).join()));
  expect(colours(model('vehicle', 'available', false))).not.toEqual(colours(model('vehicle', 'on_scene', false)));
  expect(colours(model('vehicle', 'available', true))).toEqual(colours(model('vehicle', 'on_scene', true)));
});

test('models are seen from far, and are as large as life from near', () => {
  expect(times('vehicle', 0.05)).toBe(1);
  expect(times('vehicle', 0.5) * 4.8).toBeCloseTo(16, 6); // 32 pixels
  expect(times('officer', 5)).toBe(7);
});

test('a fleet holds what is in view, where it is, and drops what left', () => {
  const fleet = new Fleet(new MeshBasicMaterial(), { lon: 105.7, lat: 34.58 });
  const member = (id: string, lon: number, kind: Class = 'vehicle'): Member => {
    const [x, y] = project(lon, 34.58);
    return { unit: { id, class: kind, x, y, course: 90 } as Unit, look: 'available', stale: false };
  };
  fleet.show([member('a', 105.7), member('b', 105.701, 'officer')], 0.1);
  expect(fleet.size).toBe(2);
  const b = fleet.stage.children[1] as Mesh;
  expect(b.position.x).toBeCloseTo((0.001 * Math.PI / 180) * 6371008.8 * Math.cos((34.58 * Math.PI) / 180), 1); // of the map's own earth
  expect(new Vector3(0, 1, 0).applyEuler(b.rotation).x).toBeCloseTo(1, 6); // east
  fleet.show([member('b', 105.702, 'officer')], 0.1);
  expect(fleet.stage.children).toEqual([b]);
  fleet.show(Array.from({ length: 1000 }, (_, i) => member(`u${i}`, 105.7 + i / 1e5)), 0.1);
  expect(fleet.size).toBe(300);
  expect(fleet.stage.children.length).toBe(300);
});
