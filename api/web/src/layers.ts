// Which layers are shown. A switch belongs to a layer; a group's switch is what its layers' are together.

import type { LayerDef, GroupDef } from './api';

/** State of a group's switch. */
export type Tri = 'on' | 'off' | 'mixed';

/** A Branch is a group with its layers, in the order of display. */
export interface Branch { group: GroupDef; layers: LayerDef[] }

/** Orders definitions as the tree shows them. A group that the server did not describe comes last. */
export function branches(groups: GroupDef[], layers: LayerDef[]): Branch[] {
  const byID = new Map<string, Branch>();
  for (const group of [...groups].sort((a, b) => a.order - b.order)) byID.set(group.id, { group, layers: [] });
  for (const layer of [...layers].sort((a, b) => a.order - b.order)) {
    let branch = byID.get(layer.group);
    if (!branch) {
      branch = { group: { id: layer.group, title: { 'zh-CN': layer.group, en: layer.group }, order: Infinity }, layers: [] };
      byID.set(layer.group, branch);
    }
    branch.layers.push(layer);
  }
  return [...byID.values()].filter((branch) => branch.layers.length > 0);
}

/** Switches remembers what differs from the definitions. */
export class Switches {
  private turned = new Map<string, boolean>();
  private defs = new Map<string, LayerDef>();

  constructor(on: string[] = [], off: string[] = []) {
    this.turn(on, off);
  }

  /** Takes definitions, first or new ones. Switches that were turned stay as they are. */
  define(layers: LayerDef[]): void {
    this.defs = new Map(layers.map((layer) => [layer.id, layer]));
  }

  /** Forgets all and turns these. */
  turn(on: string[], off: string[]): void {
    this.turned = new Map([...on.map((id) => [id, true] as const), ...off.map((id) => [id, false] as const)]);
  }

  /** Tells whether a layer is shown. */
  shown(id: string): boolean {
    return this.turned.get(id) ?? !this.defs.get(id)?.hidden;
  }

  set(id: string, shown: boolean): void {
    if (shown === !this.defs.get(id)?.hidden) this.turned.delete(id);
    else this.turned.set(id, shown);
  }

  /** State of the switch over several layers. */
  together(ids: string[]): Tri {
    const shown = ids.filter((id) => this.shown(id)).length;
    return shown === 0 ? 'off' : shown === ids.length ? 'on' : 'mixed';
  }

  /** Turns a group: on unless all are on already. */
  toggle(ids: string[]): void {
    const to = this.together(ids) !== 'on';
    for (const id of ids) this.set(id, to);
  }

  /** Differences from the definitions, for the address. */
  differences(): { on: string[]; off: string[] } {
    const on: string[] = [], off: string[] = [];
    for (const [id, shown] of this.turned) (shown ? on : off).push(id);
    return { on, off };
  }
}
