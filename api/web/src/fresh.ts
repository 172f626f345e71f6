// Which tiles on the screen are older than what the server has announced. The map keeps tiles in view, in its
// cache and under way; each must be asked for again when a change that concerns it was announced after its data
// were asked for, and no other one. This module only keeps the books; live.ts and map.ts act on them.

import { touches, type Box, type TileID } from './tilemath';

/** A tile as the map holds it. Its identity matters: it is the key of the books. */
export interface HeldTile { id: TileID; key: object; busy: boolean }

interface Announced { at: number; boxes: readonly Box[] | null } // null: everywhere

/** More boxes than this are not remembered one by one: the oldest become "everywhere". */
const LIMIT = 256;

/** Freshness keeps the books of one source. */
export class Freshness {
  private clock = 1;
  private floor = 0; // tiles asked for before it are stale whatever their place
  private log: Announced[] = [];
  private held = 0;
  private asked = new WeakMap<object, number>();

  /** Notes that a tile's data are being asked for now. */
  ask(key: object): void {
    this.asked.set(key, this.clock);
  }

  /** Notes that a tile's data did not arrive: it is stale until asked for again. */
  fail(key: object): void {
    this.asked.delete(key);
  }

  /** Announces that the tiles inside the boxes are new; null is everywhere. */
  announce(boxes: readonly Box[] | null): void {
    this.clock++;
    if (!boxes) {
      this.floor = this.clock;
      this.log = [];
      this.held = 0;
      return;
    }
    this.log.push({ at: this.clock, boxes });
    this.held += boxes.length;
    while (this.held > LIMIT) {
      const oldest = this.log.shift();
      if (!oldest) break;
      this.held -= oldest.boxes?.length ?? 0;
      this.floor = oldest.at;
    }
  }

  /** Tells whether the tile's data were asked for before a change that concerns it. */
  stale(tile: HeldTile): boolean {
    const since = this.asked.get(tile.key) ?? 0;
    if (since < this.floor || since === 0) return true;
    return this.log.some((one) => one.at > since && (one.boxes ?? []).some((box) => touches(tile.id, box)));
  }

  /** Splits stale tiles into those that can be asked for now and the number of those still under way. */
  due(tiles: Iterable<HeldTile>): { ask: HeldTile[]; waiting: number } {
    const ask: HeldTile[] = [];
    let waiting = 0;
    for (const tile of tiles) {
      if (!this.stale(tile)) continue;
      if (tile.busy) waiting++;
      else ask.push(tile);
    }
    return { ask, waiting };
  }
}
