// The map is flat while scenes may stand on a terrain: bodies are drawn as high as they are above the ground that each says
// it stands on, and the volumes that tiles are chosen by are brought down with them.

/** The column of the ground, metres above the ellipsoid; missing without a terrain. */
const GROUND = '_ground';
/** Metres above the ground below which undersides hang: a volume knows its bodies' heights, but not the ground in it. */
const HANGS = 150;

/** What is used of a tile. */
export interface Bounded { boundingVolume?: { region?: number[] }; children?: Bounded[] }

/** The ground that a body stands on, 0 without a terrain. */
export function ground(properties: Record<string, unknown>): number {
  const g = properties[GROUND];
  return typeof g === 'number' ? g : 0;
}

/** Brings the volumes of a tile and of all below it to where their bodies are drawn. They reach over them on both sides. */
export function level(tile: Bounded): void {
  const region = tile.boundingVolume?.region;
  if (region) {
    const tall = (region[5] ?? 0) - (region[4] ?? 0);
    region[4] = -tall;
    region[5] = tall + HANGS;
  }
  for (const child of tile.children ?? []) level(child);
}
