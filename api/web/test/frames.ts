// Frames of moves for tests, written as the server's contract has them.

import type { Move } from '../src/units/wire';

export type Given = Pick<Move, 'handle' | 'class' | 'state' | 'freshness' | 'lon' | 'lat' | 'course' | 'speed' | 'fix'> & Partial<Move>;

/** Bytes of a frame. */
export function frame(type: 1 | 2, moves: Given[], time = 1_764_000_001_000, version = 1n): ArrayBuffer {
  const names = moves.map((m) => (m.id === undefined ? [] : [text(m.id), text(m.name ?? '')]).flat());
  const data = new DataView(new ArrayBuffer(25 + moves.length * 28 + names.reduce((n, bytes) => n + bytes.length, 0)));
  'WML1'.split('').forEach((c, i) => data.setUint8(i, c.charCodeAt(0)));
  data.setUint8(4, type);
  data.setBigUint64(5, version, true);
  data.setBigInt64(13, BigInt(time), true);
  data.setUint32(21, moves.length, true);
  let at = 25;
  moves.forEach((m, i) => {
    record(data, at, m);
    at += 28;
    for (const byte of names[i] ?? []) data.setUint8(at++, byte);
  });
  return data.buffer as ArrayBuffer;
}

function record(data: DataView, at: number, m: Given): void {
  const flags = (m.gone ? 1 : 0) | (m.emergency ? 2 : 0) | (m.id === undefined ? 0 : 4) | (m.approximate ? 8 : 0);
  data.setUint32(at, m.handle, true);
  [m.class, m.state, m.freshness, flags].forEach((byte, i) => data.setUint8(at + 4 + i, byte));
  data.setInt32(at + 8, Math.round(m.lon * 1e7), true);
  data.setInt32(at + 12, Math.round(m.lat * 1e7), true);
  data.setUint16(at + 16, m.course === null ? 0xffff : Math.round(m.course * 10), true);
  data.setUint16(at + 18, m.speed === null ? 0xffff : Math.round(m.speed * 10), true);
  data.setBigInt64(at + 20, BigInt(m.fix), true);
}

function text(of: string): number[] {
  const bytes = [...new TextEncoder().encode(of)];
  return [bytes.length, ...bytes];
}
