// Drawn once, stamped often: pictures of signs and labels in the pixels of this screen.

import { badge, dot, wedge, type Pen, type Sign } from './badge';

/** A Sprite is a picture with its size in the page's pixels. */
export interface Sprite { image: ImageBitmap; width: number; height: number }

const LIMIT = 1500; // pictures; more are forgotten all at once
const TURN = 10; // degrees between pictures of a course: stamping is many times cheaper than turning

/** Sprites remembers pictures for one density of the screen and one size of the type. */
export class Sprites {
  private made = new Map<string, Sprite>();
  private measure = new OffscreenCanvas(1, 1).getContext('2d')!;

  constructor(private density: number, private type: number, private family: string) {
    this.measure.font = this.font();
  }

  /** Forgets all pictures: too many, or a font has come that draws some of them otherwise. */
  forget(): void {
    for (const { image } of this.made.values()) image.close();
    this.made.clear();
  }

  /** A sign with the wedge of its course on the screen, in steps of TURN degrees; null: it stands. */
  badge(sign: Sign, r: number, turn: number | null): Sprite {
    const step = turn === null ? -1 : Math.round(turn / TURN) % (360 / TURN);
    return this.square(`b${sign.class}${sign.look}${sign.stale}${r},${step}`, r * (step < 0 ? 3 : 4.4), (pen) => {
      if (step >= 0) {
        pen.save();
        pen.rotate((step * TURN * Math.PI) / 180);
        wedge(pen, sign.class, sign.look, r);
        pen.restore();
      }
      badge(pen, sign, r);
    });
  }

  dot(sign: Sign, r: number): Sprite {
    return this.square(`d${sign.class}${sign.look}${sign.stale}${r}`, r * 4, (pen) => dot(pen, sign, r));
  }

  /** The size of a label without drawing it. */
  size(name: string, note: string): { width: number; height: number } {
    const { width } = this.measure.measureText(note ? `${name} ${note}` : name);
    return { width: Math.ceil(width + this.type * 0.9), height: Math.ceil(this.type * 1.5) };
  }

  /** A label: a name and, in another colour, a note on it. */
  label(name: string, note: string): Sprite {
    const { width, height } = this.size(name, note);
    return this.picture(`l${name}\n${note}`, width, height, (pen) => {
      pen.beginPath();
      pen.roundRect(0, 0, width, height, this.type * 0.3);
      pen.fillStyle = '#070d13d9';
      pen.fill();
      pen.font = this.font();
      pen.textBaseline = 'middle';
      pen.fillStyle = '#f1f6fa';
      pen.fillText(name, this.type * 0.45, height / 2 + this.type * 0.05);
      if (!note) return;
      pen.fillStyle = '#ffc247';
      pen.fillText(note, this.type * 0.45 + this.measure.measureText(name + ' ').width, height / 2 + this.type * 0.05);
    });
  }

  /** A rank, as a round chip. */
  chip(words: string): Sprite {
    const r = this.type * 0.72;
    return this.square(`c${words}`, r * 2.4, (pen) => {
      pen.beginPath();
      pen.arc(0, 0, r, 0, 2 * Math.PI);
      pen.fillStyle = '#ffd24a';
      pen.fill();
      pen.strokeStyle = '#04080c';
      pen.lineWidth = r * 0.18;
      pen.stroke();
      pen.font = this.font();
      pen.textAlign = 'center';
      pen.textBaseline = 'middle';
      pen.fillStyle = '#1d1500';
      pen.fillText(words, 0, this.type * 0.06);
    });
  }

  private font(): string {
    return `600 ${this.type}px ${this.family}`;
  }

  private square(key: string, side: number, draw: (pen: Pen) => void): Sprite {
    const even = Math.ceil(side / 2) * 2;
    return this.picture(key, even, even, (pen) => {
      pen.translate(even / 2, even / 2);
      draw(pen);
    });
  }

  private picture(key: string, width: number, height: number, draw: (pen: Pen) => void): Sprite {
    const known = this.made.get(key);
    if (known) return known;
    if (this.made.size >= LIMIT) this.forget();
    const canvas = new OffscreenCanvas(Math.ceil(width * this.density), Math.ceil(height * this.density)), pen = canvas.getContext('2d')!;
    pen.scale(this.density, this.density);
    draw(pen);
    const sprite = { image: canvas.transferToImageBitmap(), width: canvas.width / this.density, height: canvas.height / this.density };
    this.made.set(key, sprite);
    return sprite;
  }
}
