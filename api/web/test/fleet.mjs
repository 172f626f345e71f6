// The mock's units: they drive along the streets of the mock's city, and now and then something happens to them.

import { LAT, LON, STEP } from './city.mjs';

const CLASSES = ['officer', 'vehicle', 'bus', 'drone'];
const STATES = ['unknown', 'off_duty', 'available', 'available_delayed', 'dispatched', 'en_route', 'on_scene', 'staging', 'contact_made', 'transporting', 'at_station_busy', 'returning', 'out_of_service', 'emergency'];
const SPEEDS = { officer: 1.4, vehicle: 13, bus: 9, drone: 16 };
const NAMES = { officer: '警员', vehicle: '巡特警', bus: '公交', drone: '无人机' };
const METER = 1 / 111_320;

/** A fleet of n units, always the same. rate is how many fixes a unit gives in a second. */
export function fleet(n, { rate = 1, seed = 3 } = {}) {
  const random = seeded(seed), units = Array.from({ length: n }, (_, i) => born(i, random));
  return {
    units,
    /** Moves everything that is due by seconds; returns the units that gave a fix. */
    step(seconds, now) {
      return units.filter((unit) => {
        unit.due -= seconds;
        if (unit.silent || unit.due > 0) return false;
        drive(unit, (1 / rate) * (unit.speed ?? 0), random);
        unit.due += 1 / rate;
        unit.fix = now;
        return true;
      });
    },
    find: (id) => units.find((unit) => unit.id === id),
  };
}

function born(i, random) {
  const kind = CLASSES[i % 10 < 4 ? 0 : i % 10 < 7 ? 1 : i % 10 < 9 ? 2 : 3], standing = kind !== 'bus' && random() < 0.35;
  const state = kind === 'bus' ? 'available' : pick(random, ['available', 'available', 'available', 'en_route', 'dispatched', 'on_scene', 'at_station_busy', 'off_duty', 'transporting']);
  const along = random() < 0.5, street = (Math.floor(random() * 21) - 10) * STEP, at = (random() * 20 - 10) * STEP;
  return {
    handle: i + 1, id: `${kind[0].toUpperCase()}-${String(i + 1).padStart(3, '0')}`, name: `${NAMES[kind]}${String(i + 1).padStart(3, '0')}`, class: kind, kind: { officer: 'foot', vehicle: 'car', bus: 'bus', drone: 'quadcopter' }[kind], state,
    lon: LON + (along ? at : street), lat: LAT + (along ? street : at), course: (along ? 90 : 0) + (random() < 0.5 ? 180 : 0), speed: standing ? 0 : SPEEDS[kind] * (0.7 + random() * 0.6),
    fix: Date.now(), due: random(), silent: i % 17 === 5, emergency: false, approximate: i % 29 === 3, state_at: new Date(Date.now() - random() * 3e6).toISOString(),
    battery: Math.round(20 + random() * 80), accuracy: 4 + random() * 9, org: pick(random, ['秦州分局', '麦积分局', '交警支队', '巡特警支队']), skills: kind === 'bus' ? [] : pick(random, [['急救'], ['急救', '谈判'], ['警犬'], []]),
  };
}

/** Drives along the street, and may turn at a crossing. */
function drive(unit, meters, random) {
  const rad = (unit.course * Math.PI) / 180, scale = METER / Math.cos((LAT * Math.PI) / 180);
  unit.lon += Math.sin(rad) * meters * scale;
  unit.lat += Math.cos(rad) * meters * METER;
  const edge = 10 * STEP, [x, y] = [unit.lon - LON, unit.lat - LAT];
  if (Math.abs(x) > edge || Math.abs(y) > edge) unit.course = (unit.course + 180) % 360;
  unit.lon = LON + Math.max(-edge, Math.min(edge, x));
  unit.lat = LAT + Math.max(-edge, Math.min(edge, y));
  if (unit.class === 'drone' ? random() < 0.1 : random() < 0.06) {
    unit.course = (unit.course + (random() < 0.5 ? 90 : 270)) % 360;
    if (unit.class === 'drone') return;
    const snap = (v, origin) => origin + Math.round((v - origin) / STEP) * STEP;
    if (unit.course % 180 === 0) unit.lon = snap(unit.lon, LON);
    else unit.lat = snap(unit.lat, LAT);
  }
}

/** Bytes of a frame in the form WML1. names: ids and names follow. */
export function frame(type, units, now, { names = type === 1 } = {}) {
  const texts = units.map((unit) => (names ? Buffer.concat([unit.id, unit.name].map((s) => { const b = Buffer.from(s); return Buffer.concat([Buffer.from([b.length]), b]); })) : Buffer.alloc(0)));
  const out = Buffer.alloc(25 + units.length * 28 + texts.reduce((n, t) => n + t.length, 0));
  out.write('WML1');
  out[4] = type;
  out.writeBigInt64LE(BigInt(now), 13);
  out.writeUInt32LE(units.length, 21);
  let at = 25;
  units.forEach((unit, i) => {
    out.writeUInt32LE(unit.handle, at);
    out[at + 4] = CLASSES.indexOf(unit.class) + 1;
    out[at + 5] = STATES.indexOf(unit.state);
    out[at + 6] = now - unit.fix > 90_000 ? 2 : 1;
    out[at + 7] = (unit.emergency ? 2 : 0) | (names ? 4 : 0) | (unit.approximate ? 8 : 0);
    out.writeInt32LE(Math.round(unit.lon * 1e7), at + 8);
    out.writeInt32LE(Math.round(unit.lat * 1e7), at + 12);
    out.writeUInt16LE(Math.round(unit.course * 10), at + 16);
    out.writeUInt16LE(Math.round(unit.speed * 10), at + 18);
    out.writeBigInt64LE(BigInt(unit.fix), at + 20);
    at += 28 + texts[i].copy(out, at + 28);
  });
  return out;
}

/** Something that may have happened to a unit now. */
export function mishap(units, beats, random) {
  const unit = pick(random, units), beat = pick(random, beats).properties.name, at = { lon: unit.lon, lat: unit.lat };
  const one = (kind, more = {}) => ({ kind, reason: 'moved', unit: unit.id, class: unit.class, fence: 'beats/x', fence_name: beat, ...at, ...more });
  return pick(random, [
    () => one('enter'), () => one('enter', { possible: true }), () => one('exit', { for_s: 640 }), () => one('cross'), () => one('exit', { reason: 'went_stale' }),
    () => one('dwell', { for_s: 1200, reason: 'time_passed' }), () => one('absent', { unit: undefined, fence_name: '天水市第3中学护学岗', for_s: 300, reason: 'time_passed' }),
    () => one('speed', { value: 24.6, fence_name: '学校限速区' }), () => one('off_route', { value: 84, for_s: 75, fence_name: '公交12路' }), () => one('stale', { fence: undefined, fence_name: undefined, reason: 'went_stale' }),
  ])();
}

export function seeded(seed) {
  let s = seed;
  return () => (s = (s * 16807) % 2147483647) / 2147483647;
}

const pick = (random, list) => list[Math.floor(random() * list.length)];
