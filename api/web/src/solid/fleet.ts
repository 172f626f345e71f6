// What moves, as models among the bodies: a small set, fed by the same live picture as the signs above them.

import { Mesh, Scene as Stage, type BufferGeometry, type Material } from 'three';
import { type Class, type Look, type Unit } from '../units/unit';
import type { Origin } from './body';
import { mercator, perMetre } from './geodesy';
import { LENGTHS, model } from './model';

/** A unit as it is shown now. */
export interface Member { unit: Unit; look: Look; stale: boolean }

/** The zoom from which units are models, with signs above them. */
export const MODELS = 15.5;

const MOST = 300; // models: a view that holds more is too far away for them
const LEAST = 32, LARGEST = 7; // pixels that a model is long at least, and how many times as large as life it gets for that

/** Fleet keeps a mesh for each unit in view. */
export class Fleet {
  readonly stage = new Stage();
  private meshes = new Map<string, Mesh>();
  private made = new Map<string, BufferGeometry>();

  constructor(private material: Material, private origin: Origin) {}

  /** Shows these units, seen so that a pixel is so many metres in the middle of the view. */
  show(all: readonly Member[], metres: number): void {
    const [ox, oy] = mercator(this.origin.lon, this.origin.lat, 0), scale = perMetre(this.origin.lat), shown = new Set<string>();
    for (const { unit, look, stale } of all.slice(-MOST)) { // the most important come last
      const mesh = this.mesh(unit.id, this.geometry(unit.class, look, stale)), size = times(unit.class, metres);
      mesh.position.set((unit.x - ox) / scale, (oy - unit.y) / scale, 0);
      mesh.rotation.z = (-(unit.course ?? 0) * Math.PI) / 180;
      mesh.scale.setScalar(size);
      shown.add(unit.id);
    }
    for (const [id, mesh] of this.meshes) {
      if (shown.has(id)) continue;
      this.stage.remove(mesh);
      this.meshes.delete(id);
    }
  }

  /** How many models stand there. For tests. */
  get size(): number {
    return this.meshes.size;
  }

  private mesh(id: string, geometry: BufferGeometry): Mesh {
    let mesh = this.meshes.get(id);
    if (!mesh) {
      mesh = new Mesh(geometry, this.material);
      this.meshes.set(id, mesh);
      this.stage.add(mesh);
    }
    mesh.geometry = geometry;
    return mesh;
  }

  private geometry(kind: Class, look: Look, stale: boolean): BufferGeometry {
    const key = `${kind}/${look}/${stale}`, made = this.made.get(key) ?? model(kind, look, stale);
    this.made.set(key, made);
    return made;
  }
}

/** How many times as large as life a model is, so that it can be seen. */
export function times(kind: Class, metres: number): number {
  return Math.min(LARGEST, Math.max(1, (LEAST * metres) / LENGTHS[kind]));
}
