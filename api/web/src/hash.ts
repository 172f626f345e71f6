// The address of a view: camera, switched layers and the open feature stand in the URL's hash, so that a link
// shows the same wall to somebody else. Layers stand there as differences from the definitions' own switches:
// a link stays right when layers are added later.

/** Camera is what the map looks at. Degrees; zoom as MapLibre counts it. */
export interface Camera { lon: number; lat: number; zoom: number; bearing: number; pitch: number }

/** A View is everything that the hash can say. */
export interface View {
  camera: Camera | null;
  on: string[]; // layers shown although hidden by definition
  off: string[]; // layers hidden although shown by definition
  open: { layer: string; id: string } | null;
}

/** Writes a view as a hash without "#". */
export function encode(view: View): string {
  const parts: string[] = [];
  const c = view.camera;
  if (c) {
    const numbers = [c.lon.toFixed(5), c.lat.toFixed(5), trim(c.zoom, 2)];
    if (c.bearing || c.pitch) numbers.push(trim(c.bearing, 1), trim(c.pitch, 1));
    parts.push('at=' + numbers.join(','));
  }
  if (view.on.length) parts.push('on=' + [...view.on].sort().join(','));
  if (view.off.length) parts.push('off=' + [...view.off].sort().join(','));
  if (view.open) parts.push(`open=${view.open.layer}/${encodeURIComponent(view.open.id)}`);
  return parts.join('&');
}

/** Reads a hash, with or without "#". What it cannot read it leaves out. */
export function decode(hash: string): View {
  const view: View = { camera: null, on: [], off: [], open: null };
  for (const part of hash.replace(/^#/, '').split('&')) {
    const [key, value = ''] = cut(part, '=');
    if (key === 'at') view.camera = camera(value);
    if (key === 'on') view.on = names(value);
    if (key === 'off') view.off = names(value);
    if (key === 'open') view.open = feature(value);
  }
  return view;
}

function camera(text: string): Camera | null {
  const [lon, lat, zoom, bearing = 0, pitch = 0, ...more] = text.split(',').map(Number);
  if (lon === undefined || lat === undefined || zoom === undefined || more.length) return null;
  const ok = Math.abs(lon) <= 180 && Math.abs(lat) <= 90 && zoom >= 0 && zoom <= 24 && Math.abs(bearing) <= 360 && pitch >= 0 && pitch <= 85;
  return ok ? { lon, lat, zoom, bearing, pitch } : null;
}

function feature(text: string): View['open'] {
  const [layer, id] = cut(text, '/');
  if (!/^[a-z][a-z0-9_]*$/.test(layer) || !id) return null;
  try {
    return { layer, id: decodeURIComponent(id) };
  } catch {
    return null;
  }
}

function names(text: string): string[] {
  return text.split(',').filter((name) => /^[a-z][a-z0-9_]*$/.test(name));
}

function cut(text: string, at: string): [string, string | undefined] {
  const i = text.indexOf(at);
  return i < 0 ? [text, undefined] : [text.slice(0, i), text.slice(i + 1)];
}

function trim(n: number, digits: number): string {
  return String(Number(n.toFixed(digits)));
}
