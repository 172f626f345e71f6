// How a wall starts: it asks for what it shows until the server answers.

import { definitions, me, style as askStyle } from './api';
import { byID } from './dom';
import { t } from './i18n';
import { pause } from './line';
import { reason } from './reason';
import { notice } from './say';
import { Wall } from './wall';
import { showWho } from './who';

/** Starts the wall, and keeps trying while the server does not answer. */
export async function start(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const [defs, style, who] = await Promise.all([definitions(), askStyle(), me()]);
      byID('notice').hidden = true;
      showWho(who);
      new Wall(defs, style, who);
      return;
    } catch (err) {
      notice(webGL() ? t('error.start', { reason: reason(err) }) : t('error.webgl'));
      if (!webGL()) throw err;
      await new Promise((resolve) => setTimeout(resolve, pause(attempt + 2)));
    }
  }
}

function webGL(): boolean {
  return document.createElement('canvas').getContext('webgl2') !== null;
}
