// What a unit is on the wall: its class, its state in the server's words, and how that looks.

import type { Key } from '../i18n';
import type { Glide, Place } from './glide';

export type Class = 'officer' | 'vehicle' | 'bus' | 'drone';
export type Look = 'available' | 'en_route' | 'on_scene' | 'busy' | 'off' | 'unknown' | 'emergency';

/** The classes that go about, in the order of their codes from 1. */
export const CLASSES: readonly Class[] = ['officer', 'vehicle', 'bus', 'drone'];

/** What units of a class are called, many and one. */
export const CLASS_ONE: Record<Class, Key> = { officer: 'class.one.officer', vehicle: 'class.one.vehicle', bus: 'class.one.bus', drone: 'class.one.drone' };
export const CLASS_TITLES: Record<Class, Key> = { officer: 'class.officer', vehicle: 'class.vehicle', bus: 'class.bus', drone: 'class.drone' };

/** The states in the order of their codes: the server's name, its words, and how it looks on the map. */
export const STATES: readonly { name: string; title: Key; look: Look }[] = [
  { name: 'unknown', title: 'unit.state.unknown', look: 'unknown' },
  { name: 'off_duty', title: 'unit.state.off_duty', look: 'off' },
  { name: 'available', title: 'unit.state.available', look: 'available' },
  { name: 'available_delayed', title: 'unit.state.available_delayed', look: 'available' },
  { name: 'dispatched', title: 'unit.state.dispatched', look: 'en_route' },
  { name: 'en_route', title: 'unit.state.en_route', look: 'en_route' },
  { name: 'on_scene', title: 'unit.state.on_scene', look: 'on_scene' },
  { name: 'staging', title: 'unit.state.staging', look: 'on_scene' },
  { name: 'contact_made', title: 'unit.state.contact_made', look: 'on_scene' },
  { name: 'transporting', title: 'unit.state.transporting', look: 'busy' },
  { name: 'at_station_busy', title: 'unit.state.at_station_busy', look: 'busy' },
  { name: 'returning', title: 'unit.state.returning', look: 'busy' },
  { name: 'out_of_service', title: 'unit.state.out_of_service', look: 'off' },
  { name: 'emergency', title: 'unit.state.emergency', look: 'emergency' },
];

/** How looks are told and coloured. They are drawn on the map, so they are no style sheet's variables. */
export const LOOKS: Record<Look, { title: Key; color: string }> = {
  available: { title: 'look.available', color: '#46d68f' },
  en_route: { title: 'look.en_route', color: '#ffc233' },
  on_scene: { title: 'look.on_scene', color: '#5aaeff' },
  busy: { title: 'look.busy', color: '#c29bff' },
  off: { title: 'look.off', color: '#8395a7' },
  unknown: { title: 'look.unknown', color: '#b9c6d2' },
  emergency: { title: 'look.emergency', color: '#ff4b42' },
};

/** A Unit as the wall knows it. x, y and course are where it is shown; to is where it was last reported. */
export interface Unit extends Place {
  handle: number;
  id: string;
  name: string;
  class: Class;
  state: string;
  look: Look;
  stale: boolean;
  approximate: boolean;
  emergency: boolean;
  lon: number;
  lat: number;
  speed: number | null;
  fix: number;
  to: Place;
  came: number; // by performance.now, when the last move came
  glide: Glide | null;
}

/** The state of a code; a code that is not known is never "available". */
export function stateOf(code: number): { name: string; title: Key; look: Look } {
  return STATES[code] ?? STATES[0]!;
}

/** The state of a name, "unknown" when it is none. */
export function stateNamed(name: string): { name: string; title: Key; look: Look } {
  return STATES.find((one) => one.name === name) ?? STATES[0]!;
}
