// What the map draws of the nearest units: the place, a thin line to each unit, and the way of the one that is
// looked at, with dotted ends where it leaves the road. Pure.

type Point = [number, number];

/** The lines and the place, as features whose "role" the style reads: origin, link, way, end. */
export function drawing(origin: Point, units: readonly { id: string; at: Point }[], looked: { id: string; way: readonly Point[] | null } | null): GeoJSON.FeatureCollection {
  const features: GeoJSON.Feature[] = [];
  for (const { id, at } of units) if (id !== looked?.id) features.push(line('link', [at, origin]));
  const unit = units.find((one) => one.id === looked?.id);
  if (unit && looked) features.push(...way(unit.at, origin, looked.way));
  return { type: 'FeatureCollection', features: [...features, { type: 'Feature', properties: { role: 'origin' }, geometry: { type: 'Point', coordinates: origin } }] };
}

function way(from: Point, to: Point, road: readonly Point[] | null): GeoJSON.Feature[] {
  const left = road && rest(road, from), first = left?.[0], last = left?.at(-1);
  if (!left || !first || !last || left.length < 2) return [line('end', [from, to])];
  return [line('end', [from, first]), line('way', left), line('end', [last, to])];
}

/** What is left of a road from where a unit is beside it: units drive on while their way is shown. */
export function rest(road: readonly Point[], at: Point): Point[] {
  let best = Infinity, left: Point[] = [...road];
  for (let i = 1; i < road.length; i++) {
    const foot = nearestOn(road[i - 1]!, road[i]!, at), far = apart(foot, at);
    if (far < best - 1e-18) [best, left] = [far, [foot, ...road.slice(i)]];
  }
  return left;
}

function nearestOn(a: Point, b: Point, p: Point): Point {
  const k = squeeze(a[1]), dx = (b[0] - a[0]) * k, dy = b[1] - a[1], length = dx * dx + dy * dy;
  const part = length === 0 ? 0 : Math.max(0, Math.min(1, ((p[0] - a[0]) * k * dx + (p[1] - a[1]) * dy) / length));
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

/** The square of a distance, to compare. */
const apart = (a: Point, b: Point): number => ((a[0] - b[0]) * squeeze(a[1])) ** 2 + (a[1] - b[1]) ** 2;

/** A degree of longitude is shorter than one of latitude. */
const squeeze = (lat: number): number => Math.cos((lat * Math.PI) / 180);

const line = (role: string, coordinates: Point[]): GeoJSON.Feature => ({ type: 'Feature', properties: { role }, geometry: { type: 'LineString', coordinates } });
