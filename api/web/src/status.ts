// The right end of the top bar: the state of the connection, the clock, language and full screen.

import { byID, h, icon, icons, label } from './dom';
import { age, dayOfWeek, timeOfDay } from './format';
import { language, onLanguage, setLanguage, t, type Language } from './i18n';
import type { State } from './line';
import { reason } from './reason';
import { say } from './say';

export const REMEMBERED = 'wardmap.language';

/** Status keeps the top bar true, second by second. */
export class Status {
  private state: State = { kind: 'connecting' };
  private written = '';

  constructor(private retry: () => void) {
    byID('language').addEventListener('click', () => void switchLanguage());
    byID('fullscreen').addEventListener('click', () => void toggleFull());
    document.addEventListener('fullscreenchange', () => this.draw());
    onLanguage(() => {
      this.written = '';
      this.draw();
    });
    this.tick();
  }

  set(state: State): void {
    this.state = state;
    this.written = '';
    this.draw();
  }

  private tick(): void {
    this.clock();
    if (this.state.kind !== 'live') this.connection();
    setTimeout(() => this.tick(), 1000 - (Date.now() % 1000));
  }

  private draw(): void {
    byID('product').textContent = t('product');
    byID('skip').textContent = t('skip');
    const lang = byID('language');
    lang.textContent = t('language.switch');
    lang.lang = language() === 'en' ? 'zh-CN' : 'en';
    label(lang, t('language.label'));
    const full = byID('fullscreen'), on = document.fullscreenElement !== null;
    full.replaceChildren(icon(on ? icons.shrink : icons.full));
    label(full, t(on ? 'fullscreen.leave' : 'fullscreen.enter'));
    this.clock();
    this.connection();
  }

  private clock(): void {
    const now = new Date();
    byID('clock').textContent = timeOfDay(now);
    byID('date').textContent = dayOfWeek(now);
    byID('clock').setAttribute('datetime', now.toISOString());
  }

  private connection(): void {
    const box = byID('connection'), { words, help } = worded(this.state);
    box.dataset.state = this.state.kind;
    byID('connection-words').textContent = words;
    box.title = help;
    document.body.dataset.connection = this.state.kind;
    this.announce(help);
  }

  /** The strip under the bar says what to do, and only when something is to be said. */
  private announce(help: string): void {
    const strip = byID('strip'), bad = this.state.kind === 'offline';
    strip.hidden = !bad;
    const key = bad ? help : '';
    if (key === this.written) return;
    this.written = key;
    strip.replaceChildren(...(bad ? [h('p', {}, help), h('button', { type: 'button', class: 'button', id: 'retry', onclick: () => this.retry() }, t('state.retry'))] : []));
  }
}

function worded(state: State): { words: string; help: string } {
  switch (state.kind) {
    case 'connecting': return { words: t('state.connecting'), help: t('state.connecting') };
    case 'live': return { words: t('state.live'), help: t('state.live.help') };
    case 'reconnecting': return { words: t('state.reconnecting', { age: age(Date.now() - state.since) }), help: t('state.reconnecting.help') };
    case 'offline': {
      const time = timeOfDay(new Date(state.since));
      return { words: t('state.offline', { time, age: age(Date.now() - state.since) }), help: t('state.offline.help', { time }) };
    }
  }
}

async function switchLanguage(): Promise<void> {
  const to: Language = language() === 'en' ? 'zh-CN' : 'en';
  try {
    await setLanguage(to);
  } catch (err) {
    return say(reason(err));
  }
  localStorage.setItem(REMEMBERED, to);
  const url = new URL(location.href);
  if (url.searchParams.has('lang')) {
    url.searchParams.set('lang', to);
    history.replaceState(null, '', url);
  }
}

async function toggleFull(): Promise<void> {
  await (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()).catch(() => undefined);
}
