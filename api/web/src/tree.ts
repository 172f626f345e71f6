// The layer tree: groups with their layers, switches, counts and legends.

import type { LayerSpecification } from 'maplibre-gl';
import type { LayerDef } from './api';
import { byID, h, icon, icons, label } from './dom';
import { number } from './format';
import { onLanguage, t, text } from './i18n';
import { branches, type Branch, type Switches } from './layers';
import { legend, type Legend, type Swatch } from './legend';
import { layerOf } from './mapstyle';
import { signPicture } from './units/sign';

/** What the tree shows. legends are those of layers that no style draws. */
export interface Forest { branches: Branch[]; drawn: Map<string, LayerSpecification[]>; legends: ReadonlyMap<string, Legend> }

/** A Count stands beside a layer, with its words. */
export interface Count { number: string; words: string }

const REMEMBERED = 'wardmap.tree.collapsed';

/** Tree is the panel's content. It asks the switches what is on and tells when one was turned. */
export class Tree {
  private forest: Forest = { branches: [], drawn: new Map(), legends: new Map() };
  private counts = new Map<string, Count>(); // of layers whose definitions do not tell it
  private collapsed: Set<string>;
  private legends = new Set<string>(); // layers whose legend is open
  private zoom = 0;
  private body = byID('tree');

  constructor(private switches: Switches, private turned: () => void) {
    this.collapsed = remembered();
    byID('layers-reset').addEventListener('click', () => {
      this.switches.turn([], []);
      this.changed();
    });
    onLanguage(() => this.draw());
  }

  show(forest: Forest): void {
    this.forest = forest;
    this.draw();
  }

  /** Redraws switches that were turned elsewhere, by an address for example. */
  refresh(): void {
    this.draw();
  }

  /** Counts layers without drawing the tree anew: what moves is counted every second. */
  count(counts: ReadonlyMap<string, Count>): void {
    for (const [id, count] of counts) {
      this.counts.set(id, count);
      const cell = this.body.querySelector<HTMLElement>(`[data-layer="${id}"] .count`);
      if (cell && cell.textContent !== count.number) cell.textContent = count.number;
      if (cell) cell.title = count.words;
    }
  }

  /** Dims layers that the zoom does not show. */
  zoomed(zoom: number): void {
    const was = this.zoom;
    this.zoom = zoom;
    if (Math.floor(was * 2) !== Math.floor(zoom * 2)) for (const branch of this.forest.branches) for (const def of branch.layers) this.dim(def);
  }

  private changed(): void {
    this.draw();
    this.turned();
  }

  private draw(): void {
    byID('layers-title').textContent = t('layers.title');
    const reset = byID('layers-reset');
    const { on, off } = this.switches.differences();
    reset.textContent = t('layers.reset');
    reset.hidden = on.length + off.length === 0;
    const focused = document.activeElement?.id;
    const rows = this.forest.branches.map((branch) => this.group(branch));
    this.body.replaceChildren(...(rows.length ? rows : [h('p', { class: 'hint' }, t('layers.none'))]));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  private group(branch: Branch): HTMLElement {
    const { group, layers } = branch;
    const ids = layers.map((layer) => layer.id), title = text(group.title), open = !this.collapsed.has(group.id);
    const shown = ids.filter((id) => this.switches.shown(id)).length;
    const fold = h('button', { type: 'button', class: 'fold', id: `fold-${group.id}`, 'aria-expanded': String(open), 'aria-controls': `group-${group.id}`, onclick: () => this.fold(group.id) }, icon(icons.down));
    label(fold, t(open ? 'layers.collapse' : 'layers.expand', { title }));
    return h('section', { class: 'group', 'data-group': group.id },
      h('div', { class: 'group-head' },
        fold,
        this.switch(`switch-group-${group.id}`, this.switches.together(ids), t('layers.group', { title }), () => this.switches.toggle(ids)),
        h('label', { class: 'group-title', for: `switch-group-${group.id}` }, title),
        h('span', { class: 'count' }, t('layers.shown', { shown, all: ids.length }))),
      h('ul', { class: 'layers', id: `group-${group.id}`, hidden: !open }, ...layers.map((layer) => this.layer(layer))));
  }

  private fold(group: string): void {
    if (!this.collapsed.delete(group)) this.collapsed.add(group);
    localStorage.setItem(REMEMBERED, JSON.stringify([...this.collapsed]));
    this.draw();
  }

  private layer(def: LayerDef): HTMLElement {
    const title = text(def.title), open = this.legends.has(def.id);
    const key = this.forest.legends.get(def.id) ?? legend(def, this.forest.drawn.get(def.id) ?? []);
    const count = this.counts.get(def.id) ?? (def.count === undefined ? null : { number: number(def.count), words: t('layers.count', { count: number(def.count) }) });
    const on = this.switches.shown(def.id);
    const more = key.entries.length > 0 && h('button', { type: 'button', class: 'more', id: `more-${def.id}`, 'aria-expanded': String(open), onclick: () => this.unfold(def.id) }, icon(icons.down));
    if (more) label(more, t('layers.legend', { title }));
    const row = h('li', { class: 'layer', 'data-layer': def.id, title: text(def.description) || null },
      h('div', { class: 'layer-row' },
        this.switch(`switch-${def.id}`, on ? 'on' : 'off', title, () => this.switches.set(def.id, !on)),
        picture(key.swatch),
        h('label', { class: 'layer-title', for: `switch-${def.id}` }, title),
        h('span', { class: 'count', title: count?.words }, count?.number),
        more || h('span', { class: 'more' })),
      open && h('ul', { class: 'legend' }, ...key.entries.map((entry) => h('li', {}, picture(entry.swatch), text(entry.value.title)))));
    this.dim(def, row);
    return row;
  }

  private unfold(layer: string): void {
    if (!this.legends.delete(layer)) this.legends.add(layer);
    this.draw();
  }

  private dim(def: LayerDef, row = this.body.querySelector<HTMLElement>(`[data-layer="${def.id}"]`)): void {
    const from = firstZoom(def, this.forest.drawn.get(def.id) ?? []);
    const far = this.zoom < from && this.switches.shown(def.id);
    row?.classList.toggle('far', far);
    if (row) row.title = far ? t('layers.zoom', { zoom: number(from, 1) }) : text(def.description);
  }

  private switch(id: string, state: 'on' | 'off' | 'mixed', name: string, turn: () => void): HTMLElement {
    const checked = state === 'mixed' ? 'mixed' : String(state === 'on');
    return h('button', {
      type: 'button', class: 'switch', id, role: 'switch', 'aria-checked': checked === 'mixed' ? 'false' : checked, 'data-state': state, 'aria-label': name,
      onclick: () => {
        turn();
        this.changed();
      },
    }, h('span', { class: 'knob' }));
  }
}

/** The zoom from which a layer shows anything at all. */
function firstZoom(def: LayerDef, drawn: LayerSpecification[]): number {
  const from = Math.min(...drawn.map((layer) => layer.minzoom ?? 0));
  return Math.max(def.minzoom, Number.isFinite(from) ? from : 0);
}

function remembered(): Set<string> {
  try {
    return new Set(JSON.parse(localStorage.getItem(REMEMBERED) ?? '["base"]') as string[]);
  } catch {
    return new Set(['base']);
  }
}

/** Style layers by the layer of the catalogue that they draw. */
export function drawnBy(layers: LayerSpecification[]): Map<string, LayerSpecification[]> {
  const out = new Map<string, LayerSpecification[]>();
  for (const layer of layers) {
    const id = layerOf(layer);
    if (id) out.set(id, [...(out.get(id) ?? []), layer]);
  }
  return out;
}

export function forest(groups: Parameters<typeof branches>[0], defs: LayerDef[], layers: LayerSpecification[], legends: ReadonlyMap<string, Legend> = new Map()): Forest {
  return { branches: branches(groups, defs), drawn: drawnBy(layers), legends };
}

/** A swatch as a small drawing. */
export function picture(swatch: Swatch): HTMLElement {
  if (swatch.sign) return signPicture(swatch.sign);
  const element = h('span', { class: `swatch ${swatch.shape}${swatch.dashed ? ' dashed' : ''}`, 'aria-hidden': 'true' });
  element.style.setProperty('--ink', swatch.color);
  if (swatch.edge) element.style.setProperty('--edge', swatch.edge);
  if (swatch.letter) element.textContent = swatch.letter;
  return element;
}
