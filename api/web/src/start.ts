// How a wall starts: it asks for what it shows until the server answers.

import { definitions, style as askStyle } from './api';
import { byID } from './dom';
import { t } from './i18n';
import { pause } from './line';
import { reason } from './reason';
import { notice } from './say';
import { Wall } from './wall';

/** Starts the wall, and keeps trying while the server does not answer. */
export async function start(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      const [defs, style] = await Promise.all([definitions(), askStyle()]);
      byID('notice').hidden = true;
      new Wall(defs, style);
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
