// Which units are drawn as icons, which as dots, and which with a label, so that a full map stays readable: the
// important ones first, and the others where there is room. Pure.

/** A Spot is one unit on the screen. rank says how important it is; from MUST on it is always told in full. */
export interface Spot { x: number; y: number; rank: number; label: Size | null }
export interface Size { width: number; height: number }

/** What is drawn at a spot. label tells how far below the middle the label hangs, or null for none. */
export interface Form { icon: boolean; label: boolean }

/** The rank from which a unit is an icon with a label whatever is near. */
export const MUST = 100;

const NEAR = 0.72; // icons nearer to each other than this part of their size become dots

/** Arranges spots for icons of size pixels. room: icons at all, not only dots; words: labels, not only the musts'. */
export function arrange(spots: readonly Spot[], size: number, room: boolean, words: boolean): Form[] {
  const forms: Form[] = spots.map(() => ({ icon: false, label: false }));
  const order = spots.map((_, i) => i).sort((a, b) => spots[b]!.rank - spots[a]!.rank || a - b);
  const taken = new Boxes(size * 2);
  for (const i of order) {
    const { x, y, rank } = spots[i]!, half = (size * NEAR) / 2;
    if (rank < MUST && (!room || taken.hits(x - half, y - half, x + half, y + half))) continue;
    forms[i]!.icon = true;
    taken.put(x - half, y - half, x + half, y + half);
  }
  for (const i of order) {
    const { x, y, rank, label } = spots[i]!;
    if (!label || !forms[i]!.icon || (rank < MUST && !words)) continue;
    const left = x - label.width / 2, top = y + size * 0.62;
    if (rank < MUST && taken.hits(left, top, left + label.width, top + label.height)) continue;
    forms[i]!.label = true;
    taken.put(left, top, left + label.width, top + label.height);
  }
  return forms;
}

/** Boxes finds out whether a box hits one that was put before, by a grid of buckets. */
class Boxes {
  private buckets = new Map<number, number[][]>();

  constructor(private cell: number) {}

  put(left: number, top: number, right: number, bottom: number): void {
    const box = [left, top, right, bottom];
    this.cells(left, top, right, bottom, (key) => {
      const bucket = this.buckets.get(key);
      if (bucket) bucket.push(box);
      else this.buckets.set(key, [box]);
      return false;
    });
  }

  hits(left: number, top: number, right: number, bottom: number): boolean {
    return this.cells(left, top, right, bottom, (key) => (this.buckets.get(key) ?? []).some((b) => b[0]! < right && b[2]! > left && b[1]! < bottom && b[3]! > top));
  }

  private cells(left: number, top: number, right: number, bottom: number, visit: (key: number) => boolean): boolean {
    const at = (n: number) => Math.floor(n / this.cell);
    for (let x = at(left); x <= at(right); x++) for (let y = at(top); y <= at(bottom); y++) if (visit(x * 65_536 + y)) return true;
    return false;
  }
}
