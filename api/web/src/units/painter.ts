// Paints an arrangement of units on a canvas.

import type { Pixel, Plane } from './plane';
import type { Sprite, Sprites } from './sprites';
import type { Sign } from './badge';
import type { Unit } from './unit';

/** A Drawn is a unit with how it is told. */
export interface Drawn extends Sign {
  unit: Unit;
  icon: boolean;
  label: boolean;
  rank: number;
  name: string;
  note: string; // beside the name: how old a stale position is
  chosen: boolean;
  lit: () => boolean;
  chip: string;
}

const BEAT = 1300; // ms of one pulse of an emergency
const MOVING = 0.6; // m/s from which a course is shown
const AHEAD = 1e-7; // of the square: how far ahead of a unit its course is looked up, about four metres

/** Painter paints with sprites of one size of type. */
export class Painter {
  private pen: CanvasRenderingContext2D;
  private r: number; // half an icon, in the page's pixels
  private at: Pixel = { x: 0, y: 0 };
  private ahead: Pixel = { x: 0, y: 0 };

  constructor(private canvas: HTMLCanvasElement, private density: number, private rem: number, readonly sprites: Sprites) {
    this.pen = canvas.getContext('2d')!;
    this.r = rem * 0.8;
  }

  /** Sets how large icons are, as a part of their full size, and returns their size in pixels. */
  scale(part: number): number {
    this.r = Math.round(this.rem * 0.8 * part * 2) / 2;
    return this.r * 2;
  }

  /** How far from its middle a unit is hit. */
  reach(icon: boolean): number {
    return icon ? this.r : this.rem * 0.3;
  }

  paint(plane: Plane, all: readonly Drawn[], bearing: number, now: number, calm: boolean): void {
    const { pen } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.setTransform(this.density, 0, 0, this.density, 0, 0);
    for (const one of all) {
      if (!plane.pixel(one.unit.x, one.unit.y, this.at)) continue;
      if (one.look === 'emergency') this.alarm(calm ? 0.5 : (now % BEAT) / BEAT);
      if (!one.icon) this.stamp(this.sprites.dot(one, Math.round(this.rem * 2.4) / 10));
      else this.icon(plane, one, bearing);
      if (one.lit()) this.circle(this.r * 1.5, '#ffffff', 2);
    }
    for (const one of all) if (one.label && plane.pixel(one.unit.x, one.unit.y, this.at)) this.label(one);
  }

  /** Paints a pulsing ring at a place; part is how much of its time has gone. */
  ring(plane: Plane, place: Pixel, part: number, calm: boolean): void {
    if (!plane.pixel(place.x, place.y, this.at)) return;
    for (const begin of calm ? [0] : [0, 0.33, 0.66]) {
      const beat = calm ? 0.4 : (part * 3 + begin) % 1;
      this.circle(this.rem * (0.8 + 3.4 * beat), `rgba(255, 210, 74, ${(1 - beat) * Math.min(1, (1 - part) * 4)})`, this.rem * 0.2);
    }
  }

  private icon(plane: Plane, one: Drawn, bearing: number): void {
    const { unit } = one;
    if (one.chosen) this.circle(this.r * 1.62, '#ffd24a', this.rem * 0.16);
    if (unit.approximate) this.circle(this.r * 2.1, '#b9c6d2', 1.5, [this.rem * 0.3, this.rem * 0.25]);
    const moves = unit.course !== null && (unit.speed ?? 0) >= MOVING && !one.stale;
    this.stamp(this.sprites.badge(one, this.r, moves ? this.turn(plane, unit, bearing) : null));
    if (one.chip) this.stamp(this.sprites.chip(one.chip), this.r * 0.95, -this.r * 0.95);
  }

  /** Which way on the screen a unit goes: on a tilted map a course is no plain angle. */
  private turn(plane: Plane, unit: Unit, bearing: number): number {
    const course = ((unit.course ?? 0) * Math.PI) / 180;
    const known = plane.pixel(unit.x + Math.sin(course) * AHEAD, unit.y - Math.cos(course) * AHEAD, this.ahead);
    const turn = known ? (Math.atan2(this.ahead.x - this.at.x, this.at.y - this.ahead.y) * 180) / Math.PI : (unit.course ?? 0) - bearing;
    return (turn + 720) % 360;
  }

  private label(one: Drawn): void {
    const sprite = this.sprites.label(one.name, one.note);
    this.stamp(sprite, 0, this.r * 1.24 + sprite.height / 2);
  }

  private alarm(beat: number): void {
    for (const part of [beat, (beat + 0.5) % 1]) this.circle(this.r * (1.1 + 2.6 * part), `rgba(255, 59, 48, ${0.95 * (1 - part)})`, this.rem * 0.22);
  }

  private circle(r: number, color: string, width: number, dash: number[] = []): void {
    const { pen } = this;
    pen.beginPath();
    pen.arc(this.at.x, this.at.y, r, 0, 2 * Math.PI);
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.setLineDash(dash);
    pen.stroke();
  }

  /** Stamps a sprite with its middle dx, dy beside the current place, on whole pixels, to stay sharp. */
  private stamp(sprite: Sprite, dx = 0, dy = 0): void {
    const { pen, at, density } = this, snap = (n: number) => Math.round(n * density) / density;
    pen.drawImage(sprite.image, snap(at.x + dx - sprite.width / 2), snap(at.y + dy - sprite.height / 2), sprite.width, sprite.height);
  }
}
