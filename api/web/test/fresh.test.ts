import { describe, expect, test } from 'vitest';
import { Freshness, type HeldTile } from '../src/fresh';
import { tilesOf, type Box } from '../src/tilemath';

const here: Box = [105.7201, 34.5801, 105.7202, 34.5802], far: Box = [105.9, 34.58, 105.9, 34.58];
const tile = (busy = false): HeldTile => ({ id: { z: 13, x: 6501, y: 3256 }, key: {}, busy });

describe('a tile on the screen', () => {
  test('is fresh after it was asked for', () => {
    const book = new Freshness(), t = tile();
    book.ask(t.key);
    expect(book.stale(t)).toBe(false);
  });

  test('that nobody asked for is stale', () => expect(new Freshness().stale(tile())).toBe(true));

  test('becomes stale by a change inside it, not by one elsewhere', () => {
    const book = new Freshness(), t = tile();
    book.ask(t.key);
    book.announce([far]);
    expect(book.stale(t)).toBe(false);
    book.announce([far, here]);
    expect(book.stale(t)).toBe(true);
  });

  test('is fresh again when asked for after the change', () => {
    const book = new Freshness(), t = tile();
    book.ask(t.key);
    book.announce([here]);
    book.ask(t.key);
    expect(book.stale(t)).toBe(false);
  });

  test('under way during a change is waited for, then due', () => {
    const book = new Freshness(), t = tile(true);
    book.ask(t.key);
    book.announce([here]);
    expect(book.due([t])).toEqual({ ask: [], waiting: 1 });
    t.busy = false;
    expect(book.due([t])).toEqual({ ask: [t], waiting: 0 });
  });

  test('whose data did not arrive stays stale', () => {
    const book = new Freshness(), t = tile();
    book.ask(t.key);
    book.fail(t.key);
    expect(book.stale(t)).toBe(true);
  });

  test('is stale when everything may have changed', () => {
    const book = new Freshness(), t = tile();
    book.ask(t.key);
    book.announce(null);
    expect(book.stale(t)).toBe(true);
    book.ask(t.key);
    expect(book.stale(t)).toBe(false);
  });
});

test('more boxes than are remembered make everything older stale, wherever it is', () => {
  const book = new Freshness(), t = tile();
  book.ask(t.key);
  for (let i = 0; i < 300; i++) book.announce([far]);
  expect(book.stale(t)).toBe(true);
  book.ask(t.key);
  book.announce([far]);
  expect(book.stale(t)).toBe(false);
});

test('no change is missed: due tiles of a random history contain all that an oracle names', () => {
  const random = seeded(11), book = new Freshness();
  const tiles = (tilesOf([105.6, 34.5, 105.9, 34.7], 13) ?? []).map((id): HeldTile => ({ id, key: {}, busy: false }));
  const dirty = new Set<HeldTile>(tiles);
  for (let step = 0; step < 400; step++) {
    const some = tiles[Math.floor(random() * tiles.length)] as HeldTile;
    if (random() < 0.5) {
      book.ask(some.key);
      dirty.delete(some);
    } else {
      const lon = 105.6 + random() * 0.3, lat = 34.5 + random() * 0.2, box: Box = [lon, lat, lon, lat];
      book.announce([box]);
      const ids = new Set((tilesOf(box, 13) ?? []).map((id) => `${id.x}/${id.y}`));
      for (const t of tiles) if (ids.has(`${t.id.x}/${t.id.y}`)) dirty.add(t);
    }
    const due = new Set(book.due(tiles).ask);
    for (const t of dirty) expect(due.has(t), `seed 11, step ${step}`).toBe(true);
  }
});

function seeded(seed: number): () => number {
  let s = seed;
  return () => (s = (s * 16807) % 2147483647) / 2147483647;
}
