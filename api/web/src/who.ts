// Who looks at the wall: a mark while it is the demo, and the way to one's own page.

import type { LayerDef, Me } from './api';
import { byID, h, icon, icons } from './dom';
import { onLanguage, t } from './i18n';

/** Tells whether somebody may see what moves and what happens. */
export const watches = (me: Me): boolean => me.permissions.includes('read.live');

/** Tells whether somebody may change features of a layer. */
export const may = (me: Me, def: LayerDef): boolean => me.permissions.some((one) => one === 'edit.features' || one === def.edits);

/** Shows who looks, and nothing that he may not use. */
export function showWho(me: Me): void {
  document.body.classList.toggle('no-watch', !watches(me));
  onLanguage(() => {
    const demo = byID('demo'), who = byID('who'), name = me.title || me.name;
    demo.hidden = !me.demo;
    demo.textContent = t('demo');
    demo.title = t('demo.help');
    who.hidden = !me.signed_in;
    if (!me.signed_in) return;
    who.replaceChildren(icon(icons.person), h('span', {}, name));
    who.setAttribute('aria-label', t('who', { name }));
    who.title = t('who', { name });
  });
}
