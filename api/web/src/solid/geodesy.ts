// Where things are: geocentric coordinates of WGS84, degrees with metres, and the map's Mercator square. Pure
// functions in double precision.

export type Vec3 = [number, number, number];

const A = 6378137, F = 1 / 298.257223563, E2 = F * (2 - F), B = A * (1 - F), EP2 = E2 / (1 - E2);
const DEG = Math.PI / 180;
/** The map's own earth, a sphere: metres above ground are drawn in its measure. */
const MAP_RADIUS = 6371008.8;

/** Degrees and metres above the ellipsoid to geocentric metres. */
export function geocentric(lon: number, lat: number, height: number): Vec3 {
  const s = Math.sin(lat * DEG), c = Math.cos(lat * DEG), n = A / Math.sqrt(1 - E2 * s * s);
  return [(n + height) * c * Math.cos(lon * DEG), (n + height) * c * Math.sin(lon * DEG), (n * (1 - E2) + height) * s];
}

/** Geocentric metres to degrees and metres (Bowring 1976, whose one step is good to 1e-9 degrees below 10 km). */
export function geodetic([x, y, z]: Vec3): Vec3 {
  const p = Math.hypot(x, y), t = Math.atan2(z * A, p * B), st = Math.sin(t), ct = Math.cos(t);
  const lat = Math.atan2(z + EP2 * B * st * st * st, p - E2 * A * ct * ct * ct);
  const s = Math.sin(lat), n = A / Math.sqrt(1 - E2 * s * s);
  return [Math.atan2(y, x) / DEG, lat / DEG, Math.cos(lat) > 1e-3 ? p / Math.cos(lat) - n : Math.abs(z) / Math.abs(s) - n * (1 - E2)];
}

/** How much of the Mercator square a metre takes at a latitude. */
export function perMetre(lat: number): number {
  return 1 / (2 * Math.PI * MAP_RADIUS * Math.cos(lat * DEG));
}

/** Degrees and metres to the Mercator square of the map: x east and y south from 0 to 1, z up in the same measure. */
export function mercator(lon: number, lat: number, height: number): Vec3 {
  return [lon / 360 + 0.5, 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * DEG) / 2)) / (2 * Math.PI), height * perMetre(lat)];
}

/** The unit vectors east, north and up at a place, in geocentric axes. */
export function upright(lon: number, lat: number): [Vec3, Vec3, Vec3] {
  const sl = Math.sin(lon * DEG), cl = Math.cos(lon * DEG), sp = Math.sin(lat * DEG), cp = Math.cos(lat * DEG);
  return [[-sl, cl, 0], [-sp * cl, -sp * sl, cp], [cp * cl, cp * sl, sp]];
}

/** What the map's camera is, in degrees and pixels. */
export interface View { lon: number; lat: number; zoom: number; bearing: number; pitch: number; fov: number; height: number }

/** An Eye is where a camera stands, and its axes: right, up and back. Geocentric metres. */
export interface Eye { at: Vec3; right: Vec3; up: Vec3; back: Vec3; distance: number }

/** The camera of the map as one above the earth. */
export function eye(view: View): Eye {
  const [east, north, zenith] = upright(view.lon, view.lat);
  const metres = 1 / (512 * 2 ** view.zoom * perMetre(view.lat)), distance = ((view.height / 2) / Math.tan((view.fov * DEG) / 2)) * metres;
  const sb = Math.sin(view.bearing * DEG), cb = Math.cos(view.bearing * DEG), sp = Math.sin(view.pitch * DEG), cp = Math.cos(view.pitch * DEG);
  const ahead = sum([east, sb], [north, cb]);
  const back = sum([ahead, -sp], [zenith, cp]), up = sum([ahead, cp], [zenith, sp]), right = sum([east, cb], [north, -sb]);
  return { at: sum([geocentric(view.lon, view.lat, 0), 1], [back, distance]), right, up, back, distance };
}

function sum(...parts: [Vec3, number][]): Vec3 {
  const out: Vec3 = [0, 0, 0];
  for (const [v, by] of parts) for (const i of [0, 1, 2] as const) out[i] += v[i] * by;
  return out;
}

/** Where the sun stands: degrees above the horizon and clockwise from north (NOAA's formulas, good to a tenth of a degree). */
export function sun(time: Date, lon: number, lat: number): { altitude: number; azimuth: number } {
  const days = time.getTime() / 86_400_000 - 10957.5; // since J2000
  const g = (357.529 + 0.98560028 * days) * DEG, l = (280.459 + 0.98564736 * days + 1.915 * Math.sin(g) + 0.02 * Math.sin(2 * g)) * DEG;
  const tilt = (23.439 - 3.6e-7 * days) * DEG, declination = Math.asin(Math.sin(tilt) * Math.sin(l));
  const right = Math.atan2(Math.cos(tilt) * Math.sin(l), Math.cos(l)), sidereal = ((280.46062 + 360.98564737 * days + lon) % 360) * DEG;
  const hour = sidereal - right, p = lat * DEG;
  const altitude = Math.asin(Math.sin(p) * Math.sin(declination) + Math.cos(p) * Math.cos(declination) * Math.cos(hour));
  const azimuth = Math.atan2(-Math.sin(hour), Math.tan(declination) * Math.cos(p) - Math.sin(p) * Math.cos(hour));
  return { altitude: altitude / DEG, azimuth: (azimuth / DEG + 360) % 360 };
}
