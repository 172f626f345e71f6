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
  const first = road?.[0], last = road?.at(-1);
  if (!road || !first || !last || road.length < 2) return [line('end', [from, to])];
  return [line('end', [from, first]), line('way', [...road]), line('end', [last, to])];
}

const line = (role: string, coordinates: Point[]): GeoJSON.Feature => ({ type: 'Feature', properties: { role }, geometry: { type: 'LineString', coordinates } });
