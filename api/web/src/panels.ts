// Panels: the tree at the left, which folds away, and becomes a drawer on narrow screens; and how much of the map all
// panels cover.

import { byID, icon, icons, label } from './dom';
import { onLanguage, t } from './i18n';

const REMEMBERED = 'wardmap.layers.open';
const NARROW = '(max-width: 899px)';

/** Panels keeps the tree open or closed and says how much of the map is covered. */
export class Panels {
  private open: boolean;

  constructor(private changed: () => void) {
    this.open = !matchMedia(NARROW).matches && localStorage.getItem(REMEMBERED) !== 'no';
    byID('layers-button').append(icon(icons.layers));
    byID('layers-button').addEventListener('click', () => this.set(!this.open));
    byID('layers-close').append(icon(icons.close));
    byID('layers-close').addEventListener('click', () => {
      this.set(false);
      byID('layers-button').focus();
    });
    byID('layers').addEventListener('keydown', (e) => {
      if (e.key !== 'Escape' || !matchMedia(NARROW).matches) return;
      e.stopPropagation();
      this.set(false);
      byID('layers-button').focus();
    });
    matchMedia(NARROW).addEventListener('change', (e) => e.matches && this.apply(false));
    onLanguage(() => this.apply(this.open));
  }

  /** On a narrow screen the drawer makes room for the card. */
  narrowClose(): void {
    if (matchMedia(NARROW).matches) this.apply(false);
  }

  /** Pixels at each side of the map that panels cover. */
  padding(): { top: number; right: number; bottom: number; left: number } {
    const map = byID('map').getBoundingClientRect(), edge = Math.min(60, map.width / 12);
    const cover = (id: string) => (byID(id).hidden ? null : byID(id).getBoundingClientRect());
    const narrow = matchMedia(NARROW).matches, tree = cover('layers');
    const card = ['card', 'unit', 'nearest', ...(narrow ? [] : ['alerts'])].map(cover).find((box) => box !== null);
    return {
      top: edge, bottom: edge + (narrow && card ? map.bottom - card.top : 0),
      left: edge + (!narrow && tree ? tree.right - map.left : 0), right: edge + (!narrow && card ? map.right - card.left : 0),
    };
  }

  private set(open: boolean): void {
    if (!matchMedia(NARROW).matches) localStorage.setItem(REMEMBERED, open ? 'yes' : 'no');
    this.apply(open);
    if (open && matchMedia(NARROW).matches) byID('layers-close').focus();
  }

  private apply(open: boolean): void {
    this.open = open;
    byID('layers').hidden = !open;
    byID('layers').setAttribute('aria-label', t('layers.title'));
    const button = byID('layers-button');
    button.setAttribute('aria-expanded', String(open));
    label(button, t(open ? 'layers.hide' : 'layers.show'));
    label(byID('layers-close'), t('layers.hide'));
    document.body.classList.toggle('layers-open', open);
    this.changed();
  }
}
