// The live half of the mock: moves by WebSocket, alerts as server-sent events, the nearest units, a state that can
// be changed. It keeps to the routes and forms of the real server.

import { fleet, frame, mishap, seeded } from './fleet.mjs';
import { accept } from './socket.mjs';

const FRAME = 100; // ms between frames

/** Starts the units. alerts is how many happen in a second. */
export function liveMock(world, { units = 300, rate = 1, alerts = 0.4 } = {}) {
  const own = fleet(units, { rate }), sockets = new Set(), streams = new Set(), log = [], random = seeded(9);
  let owed = 0;
  own.units.filter((unit) => unit.silent).forEach((unit, i) => (unit.fix = Date.now() - 95_000 - i * 47_000));
  const timer = setInterval(() => {
    const now = Date.now(), moved = own.step(FRAME / 1000, now);
    if (moved.length) send(frame(2, moved, now));
    for (owed += (alerts * FRAME) / 1000; owed >= 1; owed--) happen(mishap(own.units, world.layers.beats, random));
  }, FRAME);
  const heartbeat = setInterval(() => streams.forEach((res) => res.write(': alive\n\n')), 10_000);

  const send = (bytes) => sockets.forEach((socket) => socket.send(bytes));

  function happen(event) {
    const told = { seq: log.length + 1, possible: false, time: new Date().toISOString(), ...event };
    log.push(told);
    for (const res of streams) res.write(said(told));
  }

  function cry(id, on = true) {
    const unit = own.find(id);
    unit.emergency = on;
    unit.fix = Date.now();
    send(frame(2, [unit], Date.now()));
    if (on) happen({ kind: 'emergency', reason: 'moved', unit: id, class: unit.class, lon: unit.lon, lat: unit.lat });
  }

  function stream(req, res, url) {
    res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const after = Number(req.headers['last-event-id'] ?? url.searchParams.get('after') ?? log.length);
    res.write(': alive\n\n' + log.filter((event) => event.seq > after).map(said).join(''));
    streams.add(res);
    req.on('close', () => streams.delete(res));
  }

  function upgrade(req, socket) {
    const one = accept(req, socket, () => sockets.delete(one));
    one.send(frame(1, own.units, Date.now()));
    sockets.add(one);
  }

  const routes = [
    [/^\/live\/counts$/, () => json({ units: own.units.length })],
    [/^\/alerts\/log$/, (m, req, url) => page(log, url)],
    [/^\/units\/nearest$/, (m, req, url) => json(nearest(own.units, url.searchParams))],
    [/^\/units\/([\w-]+)\/state$/, (m, req) => change(own.find(m[1]), req)],
    [/^\/units\/([\w-]+)$/, (m) => (own.find(m[1]) ? json(feature(own.find(m[1]))) : { status: 404, body: '{}' })],
    [/^\/route$/, (m, req, url) => json(route(url.searchParams))],
  ];

  async function change(unit, req) {
    let body = '';
    for await (const part of req) body += part;
    Object.assign(unit, { state: JSON.parse(body).state, state_at: new Date().toISOString() });
    send(frame(2, [unit], Date.now()));
    return json(feature(unit));
  }

  return {
    routes, stream, upgrade, cry, happen, units: own.units, log, cut: () => sockets.forEach((socket) => socket.close()),
    close: () => { clearInterval(timer); clearInterval(heartbeat); sockets.forEach((socket) => socket.close()); },
  };
}

const json = (value) => ({ headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(value) });
const said = (event) => `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;

function page(log, url) {
  const after = Number(url.searchParams.get('after') ?? 0), events = log.filter((event) => event.seq > after).slice(0, Number(url.searchParams.get('limit') ?? 100));
  return json({ events, next: events.at(-1)?.seq ?? after, newest: log.length });
}

function feature(unit) {
  const { lon, lat, handle, due, silent, fix, ...rest } = unit;
  return { type: 'Feature', id: unit.id, geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { ...rest, fix: new Date(fix).toISOString(), age_s: (Date.now() - fix) / 1000, inside: ['beats/beat-0-0', 'beats/beat--1-0'] } };
}

/** By distance in the plane; by road it is a third farther, and one in seven cannot be reached. */
function nearest(units, query) {
  const lon = Number(query.get('lon') ?? 105.725), lat = Number(query.get('lat') ?? 34.582), road = query.get('by') === 'road', kind = query.get('class');
  const all = units.filter((unit) => !kind || unit.class === kind).map((unit) => ({ unit, meters: Math.hypot((unit.lon - lon) * 91_660, (unit.lat - lat) * 111_320) })).sort((a, b) => a.meters - b.meters);
  const why = ({ unit }) => (Date.now() - unit.fix > 90_000 ? `stale: last fix ${Math.round((Date.now() - unit.fix) / 60_000)} min ago` : !unit.state.startsWith('available') ? `state ${unit.state}` : '');
  const fit = all.filter((one) => !why(one)).slice(0, 10);
  return {
    by: query.get('by'), origin: [lon, lat],
    units: fit.map(({ unit, meters }, i) => ({
      rank: i + 1, id: unit.id, name: unit.name, class: unit.class, state: unit.state, lon: unit.lon, lat: unit.lat, meters, fix: new Date(unit.fix).toISOString(), age_s: (Date.now() - unit.fix) / 1000,
      ...(road ? { seconds: (meters * 1.33) / 9 + 20, road_meters: unit.handle % 7 ? meters * 1.33 : null } : {}), method: road && unit.handle % 7 ? 'road' : 'straight line', ...(road && unit.handle % 7 === 0 ? { note: 'it is more than 200 m from any road: the time is estimated at 5 m/s' } : {}),
    })),
    left_out: all.filter(why).slice(0, 20).map((one) => ({ id: one.unit.id, name: one.unit.name, meters: one.meters, why: why(one) })),
  };
}

function route(query) {
  const [from, to] = ['from', 'to'].map((key) => query.get(key).split(',').map(Number));
  const corner = [to[0], from[1]];
  return { type: 'Feature', geometry: { type: 'LineString', coordinates: [[from[0], from[1] + 0.0001], corner, [to[0] + 0.0002, to[1]]] }, properties: { seconds: 200, meters: 1500 } };
}
