// Paints an arrangement of units.

import type { Sign } from './badge';
import type { Pixel, Plane } from './plane';
import type { Sprites } from './sprites';
import type { Stamp, Stamps } from './stamps';
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
  chip: string;
}

/** A Pulse is a place that pulses; part is how much of its time has gone. */
export interface Pulse extends Pixel { part: number }

/** How a picture is seen: from where, at what time, whether without motion, and how many pixels signs stand above their places. */
export interface View { plane: Plane; bearing: number; now: number; calm: boolean; lit: string; lift: number }

const BEAT = 1300; // ms of one pulse of an emergency
const MOVING = 0.6; // m/s from which a course is shown
const AHEAD = 1e-7; // of the square: how far ahead of a unit its course is looked up, about four metres
const ALARM = '#ff3b30', MARK = '#ffd24a', LIT = '#ffffff', DOUBT = '#b9c6d2';

/** Painter paints with stamps of one size of type. */
export class Painter {
  private r: number; // half an icon, in the page's pixels
  private at: Pixel = { x: 0, y: 0 };
  private ahead: Pixel = { x: 0, y: 0 };

  constructor(private stamps: Stamps, private rem: number, readonly sprites: Sprites) {
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

  /** How many pixels above the ground a sign stands clear of a model with its label between them. */
  get lift(): number {
    return this.r * 3.6;
  }

  /** Forgets how things look, after a font has come. */
  forget(): void {
    this.stamps.forget();
  }

  paint(all: readonly Drawn[], pulses: readonly Pulse[], view: View): void {
    const { plane } = view;
    this.stamps.begin();
    for (const one of all) {
      if (!this.find(one, view)) continue;
      if (one.look === 'emergency') this.alarm(view.calm ? 0.5 : (view.now % BEAT) / BEAT);
      if (one.icon) this.icon(one, view);
      else this.put(this.sprites.dot(one, Math.round(this.rem * 2.4) / 10));
      if (one.unit.id === view.lit) this.put(this.sprites.ring(LIT, this.r * 1.5, 2));
    }
    for (const one of all) if (one.label && this.find(one, view)) this.label(one);
    for (const one of pulses) if (plane.pixel(one.x, one.y, this.at)) this.pulse(one.part, view.calm);
    this.stamps.end();
  }

  private find({ unit }: Drawn, { plane, lift }: View): boolean {
    if (!plane.pixel(unit.x, unit.y, this.at)) return false;
    this.at.y -= lift;
    return true;
  }

  private icon(one: Drawn, view: View): void {
    const { unit } = one, { r, rem } = this;
    if (one.chosen) this.put(this.sprites.ring(MARK, r * 1.62, rem * 0.16));
    if (unit.approximate) this.put(this.sprites.ring(DOUBT, r * 2.1, 1.5, [rem * 0.3, rem * 0.25]));
    const moves = unit.course !== null && (unit.speed ?? 0) >= MOVING && !one.stale;
    this.put(this.sprites.badge(one, r, moves ? this.turn(unit, view) : null));
    if (one.chip) this.stamps.put(this.sprites.chip(one.chip), this.at.x + r * 0.95, this.at.y - r * 0.95);
  }

  /** Which way on the screen a unit goes: on a tilted map a course is no plain angle. */
  private turn(unit: Unit, { plane, bearing, lift }: View): number {
    const course = ((unit.course ?? 0) * Math.PI) / 180;
    const known = plane.pixel(unit.x + Math.sin(course) * AHEAD, unit.y - Math.cos(course) * AHEAD, this.ahead);
    const turn = known ? (Math.atan2(this.ahead.x - this.at.x, this.at.y + lift - this.ahead.y) * 180) / Math.PI : (unit.course ?? 0) - bearing;
    return (turn + 720) % 360;
  }

  private label(one: Drawn): void {
    const stamp = this.sprites.label(one.name, one.note);
    this.stamps.put(stamp, this.at.x, this.at.y + this.r * 1.24 + stamp.height / 2);
  }

  private alarm(beat: number): void {
    for (const part of [beat, (beat + 0.5) % 1]) this.wave(ALARM, this.r * (1.1 + 2.6 * part), 0.95 * (1 - part));
  }

  private pulse(part: number, calm: boolean): void {
    for (const begin of calm ? [0] : [0, 0.33, 0.66]) {
      const beat = calm ? 0.4 : (part * 3 + begin) % 1;
      this.wave(MARK, this.rem * (0.8 + 3.4 * beat), (1 - beat) * Math.min(1, (1 - part) * 4));
    }
  }

  /** One ring of any size, from one picture. */
  private wave(color: string, r: number, alpha: number): void {
    const full = this.rem * 2.4;
    this.stamps.put(this.sprites.ring(color, full, this.rem * 0.24), this.at.x, this.at.y, alpha, r / full);
  }

  private put(stamp: Stamp): void {
    this.stamps.put(stamp, this.at.x, this.at.y);
  }
}
