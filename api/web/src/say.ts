// Words of the wall itself: a short confirmation, and the notice that stands where the map should be.

import { byID, h } from './dom';

let saying: ReturnType<typeof setTimeout> | undefined;

/** A short confirmation, which goes by itself. */
export function say(words: string): void {
  byID('toast').textContent = words;
  byID('toast').hidden = false;
  clearTimeout(saying);
  saying = setTimeout(() => (byID('toast').hidden = true), 2500 + words.length * 40);
}

/** What is wrong instead of a map. */
export function notice(words: string): void {
  byID('notice').hidden = false;
  byID('notice').replaceChildren(h('p', {}, words));
}
