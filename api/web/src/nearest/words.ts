// What the server says of units in the nearest list, in the reader's language: why one is left out, and why the time
// of another is an estimate. The server's words are part of its contract; what is not known here is shown as it came.

import { ago, distance } from '../format';
import { t, type Key } from '../i18n';
import { kindName, skillName } from '../units/names';
import { CLASS_ONE, CLASSES, stateNamed, STATES, type Class } from '../units/unit';

const UNITS: Record<string, number> = { s: 1, min: 60, h: 3600, d: 86_400 };

const SAYINGS: readonly { says: RegExp; key: Key; word?: (found: string) => string }[] = [
  { says: /^has never reported a position$/, key: 'why.never' },
  { says: /^class (.+)$/, key: 'why.class', word: className },
  { says: /^state (.+)$/, key: 'why.state', word: stateName },
  { says: /^kind (.+)$/, key: 'why.kind', word: kindName },
  { says: /^organisation (.+)$/, key: 'why.org' },
  { says: /^lacks skill (.+)$/, key: 'why.skill', word: skillName },
  { says: /^(?:too old|stale): last fix (.+) ago$/, key: 'why.stale', word: since },
  { says: /^expired: last fix (.+) ago$/, key: 'why.expired', word: since },
  { says: /^outside of (.+)$/, key: 'why.outside' },
  { says: /^no road leads from there/, key: 'why.noway' },
  { says: /^it is more than (\d+) m from any road/, key: 'why.offroad', word: (m) => distance(Number(m)) },
  { says: /^the place lies more than (\d+) m from any road/, key: 'why.place', word: (m) => distance(Number(m)) },
  { says: /^there is no road network/, key: 'why.network' },
];

/** The words for what the server says. */
export function inWords(said: string): string {
  for (const { says, key, word } of SAYINGS) {
    const found = says.exec(said);
    if (found) return t(key, { what: word?.(found[1] ?? '') ?? found[1] ?? '' });
  }
  return said;
}

function className(name: string): string {
  return (CLASSES as readonly string[]).includes(name) ? t(CLASS_ONE[name as Class]) : name;
}

function stateName(name: string): string {
  return STATES.some((one) => one.name === name) ? t(stateNamed(name).title) : name;
}

/** "7 min" as an age. */
function since(text: string): string {
  const [n = '', unit = ''] = text.split(' ');
  return UNITS[unit] ? ago(Number(n) * UNITS[unit] * 1000) : text;
}
