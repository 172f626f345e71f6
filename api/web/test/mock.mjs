// A small server in the place of Wardmap's, for work on the client without Go: a few layers around Tianshui in
// memory, tiles cut by geojson-vt, the same routes. Tests import it; `npm run mock` runs it alone.

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import GeoJSONVT from 'geojson-vt';
import vtpbf from 'vt-pbf';
import { city, definitions, style } from './city.mjs';
import { liveMock } from './livemock.mjs';

const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };

/** Starts the server on a port of loopback, 0 for a free one; the other options are those of the live half. */
export async function mock({ port = 0, ...more } = {}) {
  const world = city(), boot = Math.random().toString(36).slice(2), open = new Set(), asked = [];
  const live = liveMock(world, more);
  let seq = 0;
  const routes = [
    ...live.routes,
    [/^\/layers$/, () => json(definitions(world))],
    [/^\/me$/, () => json({ name: 'mock', demo: true, signed_in: false, permissions: ['read.live', 'read.nearest'] })],
    [/^\/style\.json$/, (m, req) => json(style(`http://${req.headers.host}`))],
    [/^\/tiles\/([a-z_,]+)\/(\d+)\/(\d+)\/(\d+)\.mvt$/, (m, req) => tile(world, m, req)],
    [/^\/collections\/(\w+)\/items\/(.+)$/, (m, req) => (req.method === 'PATCH' ? patch(m, req) : item(world, m))],
    [/^\/collections\/(\w+)\/items$/, () => json({ type: 'FeatureCollection', features: [] })],
    [/^\/search$/, (m, req, url) => json({ type: 'FeatureCollection', features: search(world, url.searchParams.get('q') ?? '') })],
    [/^\/(assets\/[^/]+|favicon\.svg)?$/, (m) => file(m[1] ?? 'index.html')],
  ];

  const server = http.createServer(async (req, res) => {
    const url = new URL(req.url, 'http://mock');
    asked.push(url.pathname);
    if (url.pathname === '/events') return events(req, res);
    if (url.pathname === '/alerts') return live.stream(req, res, url);
    for (const [pattern, answer] of routes) {
      const m = pattern.exec(decodeURIComponent(url.pathname));
      if (!m) continue;
      const { status = 200, headers = {}, body } = await answer(m, req, url);
      res.writeHead(status, { 'Cache-Control': 'no-cache', ...headers });
      return res.end(body);
    }
    res.writeHead(404).end();
  });

  server.on('upgrade', (req, socket) => (req.url.startsWith('/live') ? live.upgrade(req, socket) : socket.destroy()));

  function events(req, res) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    res.write(`id: ${boot}-${seq}\nevent: hello\ndata: ${JSON.stringify({ boot, seq, version: 'mock' })}\n\n`);
    open.add(res);
    req.on('close', () => open.delete(res));
  }

  function tell(event, data) {
    seq++;
    for (const res of open) res.write(`id: ${boot}-${seq}\nevent: ${event}\ndata: ${JSON.stringify({ seq, ...data })}\n\n`);
  }

  async function patch([, layer, id], req) {
    let body = '';
    for await (const part of req) body += part;
    const feature = world.layers[layer]?.find((f) => f.id === id);
    if (!feature) return problem(404, 'not found');
    const given = JSON.parse(body), before = boxOf(feature.geometry);
    Object.assign(feature.properties, given.properties);
    if (given.geometry) feature.geometry = given.geometry;
    feature.common.version++;
    world.cut.delete(layer);
    tell('change', { layers: { [layer]: [before, boxOf(feature.geometry)] } });
    return json(feature);
  }

  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, world, asked, tell, live, cut: () => open.forEach((res) => res.destroy()), close: () => { live.close(); server.closeAllConnections(); server.close(); } };
}

const json = (value) => ({ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
const problem = (status, title) => ({ status, headers: { 'Content-Type': 'application/problem+json' }, body: JSON.stringify({ status, title }) });

async function file(name) {
  const path = join(DIST, normalize(name));
  try {
    return { headers: { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' }, body: await readFile(path) };
  } catch {
    return problem(404, `no file ${name}: run npm run build first`);
  }
}

function tile(world, [, layers, z, x, y], req) {
  const parts = {};
  for (const layer of layers.split(',')) {
    const features = world.layers[layer];
    if (!features) return problem(404, `no layer ${layer}`);
    if (!world.cut.has(layer)) world.cut.set(layer, new GeoJSONVT({ type: 'FeatureCollection', features: features.map((f, i) => ({ ...f, id: i + 1, properties: { ...f.properties, id: f.id } })) }, { maxZoom: 16, indexMaxZoom: 10, buffer: 64, extent: 4096, tolerance: 1 }));
    const cut = world.cut.get(layer).getTile(+z, +x, +y);
    if (cut?.features.length) parts[layer] = cut;
  }
  if (!Object.keys(parts).length) return { status: 204 };
  const body = Buffer.from(vtpbf.fromGeojsonVt(parts, { version: 2 }));
  const etag = `"${createHash('sha1').update(body).digest('hex')}"`;
  if (req.headers['if-none-match'] === etag) return { status: 304, headers: { ETag: etag } };
  return { headers: { 'Content-Type': 'application/vnd.mapbox-vector-tile', ETag: etag }, body };
}

function item(world, [, layer, id]) {
  const feature = world.layers[layer]?.find((f) => f.id === id);
  return feature ? json(feature) : problem(404, 'not found');
}

function search(world, text) {
  return Object.entries(world.layers).flatMap(([layer, features]) => features.filter((f) => f.properties.name?.includes(text) || f.id === text).map((f) => {
    const box = boxOf(f.geometry);
    return { type: 'Feature', id: `${layer}/${f.id}`, bbox: box, geometry: { type: 'Point', coordinates: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2] }, properties: { id: f.id, layer, label: f.properties.name } };
  })).slice(0, 12);
}

function boxOf(geometry) {
  const flat = geometry.coordinates.flat(Infinity), xs = flat.filter((_, i) => i % 2 === 0), ys = flat.filter((_, i) => i % 2);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) console.log((await mock({ port: Number(process.env.PORT ?? 8091), units: Number(process.env.UNITS ?? 300), alerts: Number(process.env.ALERTS ?? 0.4) })).url);
