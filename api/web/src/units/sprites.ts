// The pictures that units are told by: signs, dots, rings, labels, ranks.

import { badge, dot, wedge, type Sign } from './badge';
import type { Draw, Stamp, Stamps } from './stamps';

const TURN = 10; // degrees between pictures of a course

/** Sprites draws pictures for one size of type. */
export class Sprites {
  private measure = new OffscreenCanvas(1, 1).getContext('2d')!;

  constructor(private stamps: Stamps, private type: number, private family: string) {
    this.measure.font = this.font();
  }

  /** A sign with the wedge of its course on the screen; null: it stands. */
  badge(sign: Sign, r: number, turn: number | null): Stamp {
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

  dot(sign: Sign, r: number): Stamp {
    return this.square(`d${sign.class}${sign.look}${sign.stale}${r}`, r * 3.8, (pen) => dot(pen, sign, r));
  }

  ring(color: string, r: number, width: number, dash: number[] = []): Stamp {
    return this.square(`r${color}${r},${width}`, (r + width) * 2, (pen) => {
      pen.beginPath();
      pen.arc(0, 0, r, 0, 2 * Math.PI);
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.setLineDash(dash);
      pen.stroke();
    });
  }

  /** The size of a label without drawing it. */
  size(name: string, note: string): { width: number; height: number } {
    const { width } = this.measure.measureText(note ? `${name} ${note}` : name);
    return { width: Math.ceil(width + this.type * 0.9), height: Math.ceil(this.type * 1.5) };
  }

  /** A label: a name and, in another colour, a note on it. */
  label(name: string, note: string): Stamp {
    const { width, height } = this.size(name, note), left = this.type * 0.45 - width / 2, down = this.type * 0.05;
    return this.stamps.get(`l${name}\n${note}`, width, height, (pen) => {
      pen.beginPath();
      pen.roundRect(-width / 2, -height / 2, width, height, this.type * 0.3);
      pen.fillStyle = '#070d13d9';
      pen.fill();
      pen.font = this.font();
      pen.textBaseline = 'middle';
      pen.fillStyle = '#f1f6fa';
      pen.fillText(name, left, down);
      if (!note) return;
      pen.fillStyle = '#ffc247';
      pen.fillText(note, left + this.measure.measureText(name + ' ').width, down);
    });
  }

  /** A rank, as a round chip. */
  chip(words: string): Stamp {
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

  private square(key: string, side: number, draw: Draw): Stamp {
    return this.stamps.get(key, side, side, draw);
  }
}
