// The binary form of moves, "WML1", little endian: magic | u8 type (1 all anew, 2 changes) | u64 version | i64 server
// time ms | u32 count | records of 28 bytes: u32 handle | u8 class | u8 state | u8 freshness | u8 flags | i32 lon |
// i32 lat (1e-7°) | u16 course (0.1°) | u16 speed (0.1 m/s) | i64 fix ms; with the flag "names follow" id and name
// come after it, each as u8 length and bytes.

/** A Move is what one record says of a unit. */
export interface Move {
  handle: number;
  class: number;
  state: number;
  freshness: number; // FRESH, STALE or EXPIRED
  gone: boolean;
  emergency: boolean;
  approximate: boolean;
  lon: number;
  lat: number;
  course: number | null; // degrees clockwise from north
  speed: number | null; // m/s
  fix: number; // ms since 1970 when the position was measured
  id?: string; // with name, the first time and when they change
  name?: string;
}

/** A Frame is one message. */
export interface Frame { anew: boolean; version: bigint; time: number; moves: Move[] }

/** FrameError: the bytes are no frame that this client reads. newer: by another version of the form. */
export class FrameError extends Error {
  constructor(message: string, readonly newer = false) {
    super(message);
  }
}

export const FRESH = 1, STALE = 2, EXPIRED = 3;

const HEAD = 25, RECORD = 28, UNKNOWN = 0xffff;
const GONE = 1, EMERGENCY = 2, NAMES = 4, APPROXIMATE = 8;
const MAGIC = 'WML';
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Decodes a frame, or throws a FrameError. */
export function decode(data: ArrayBuffer): Frame {
  const reader = new Reader(data);
  const { anew, version, time, count } = head(reader);
  if (count > reader.left() / RECORD) throw new FrameError(`${count} records do not fit into ${reader.left()} bytes`);
  const moves: Move[] = [];
  for (let i = 0; i < count; i++) moves.push(record(reader));
  if (reader.left() > 0) throw new FrameError(`${reader.left()} bytes too many after ${count} records`);
  return { anew, version, time, moves };
}

function head(reader: Reader): { anew: boolean; version: bigint; time: number; count: number } {
  reader.need(HEAD);
  const magic = String.fromCharCode(reader.u8(), reader.u8(), reader.u8(), reader.u8());
  if (magic !== MAGIC + '1') throw new FrameError(`a frame begins with ${JSON.stringify(magic)}`, magic.startsWith(MAGIC));
  const type = reader.u8();
  if (type !== 1 && type !== 2) throw new FrameError(`a frame of type ${type}`, true);
  return { anew: type === 1, version: reader.u64(), time: reader.i64(), count: reader.u32() };
}

function record(reader: Reader): Move {
  reader.need(RECORD);
  const handle = reader.u32(), kind = reader.u8(), state = reader.u8(), freshness = reader.u8(), flags = reader.u8();
  const lon = reader.i32() / 1e7, lat = reader.i32() / 1e7, course = reader.u16(), speed = reader.u16(), fix = reader.i64();
  const move: Move = {
    handle, class: kind, state, freshness, lon, lat, fix,
    gone: (flags & GONE) !== 0, emergency: (flags & EMERGENCY) !== 0, approximate: (flags & APPROXIMATE) !== 0,
    course: course === UNKNOWN ? null : course / 10, speed: speed === UNKNOWN ? null : speed / 10,
  };
  if (flags & NAMES) {
    move.id = reader.text();
    move.name = reader.text();
  }
  return move;
}

/** Reader walks over bytes and refuses to leave them. */
class Reader {
  private at = 0;
  private view: DataView;

  constructor(private data: ArrayBuffer) {
    this.view = new DataView(data);
  }

  left(): number {
    return this.view.byteLength - this.at;
  }

  need(bytes: number): void {
    if (this.left() < bytes) throw new FrameError(`a frame is cut: ${bytes} bytes wanted, ${this.left()} left`);
  }

  u8(): number {
    return this.view.getUint8(this.at++);
  }

  u16(): number {
    return this.view.getUint16((this.at += 2) - 2, true);
  }

  u32(): number {
    return this.view.getUint32((this.at += 4) - 4, true);
  }

  i32(): number {
    return this.view.getInt32((this.at += 4) - 4, true);
  }

  u64(): bigint {
    return this.view.getBigUint64((this.at += 8) - 8, true);
  }

  /** Exact up to 2^53, which is far beyond any time in milliseconds. */
  i64(): number {
    const low = this.u32();
    return this.i32() * 2 ** 32 + low;
  }

  /** A text of at most 255 bytes after its length. */
  text(): string {
    this.need(1);
    const length = this.u8();
    this.need(length);
    const bytes = new Uint8Array(this.data, this.at, length);
    this.at += length;
    try {
      return utf8.decode(bytes);
    } catch {
      throw new FrameError('a name is no UTF-8');
    }
  }
}
