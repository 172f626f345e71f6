// Names for what the server tells of a unit by codes: fences and the organisation are asked for once, kinds and
// skills of the usual vocabulary stand here. What has no name is shown as it came.

import { ask, feature, type Feature } from '../api';
import { t, type Key } from '../i18n';
import type { Details } from './ask';

const KINDS: Record<string, Key> = {
  foot: 'unitkind.foot', motorcycle: 'unitkind.motorcycle', car: 'unitkind.car', traffic_car: 'unitkind.traffic_car', k9: 'unitkind.k9', quadcopter: 'unitkind.quadcopter', bus: 'class.one.bus',
};
const SKILLS: Record<string, Key> = {
  first_aid: 'skill.first_aid', negotiation: 'skill.negotiation', firearms: 'skill.firearms', crowd_control: 'skill.crowd_control', traffic: 'skill.traffic', k9: 'unitkind.k9',
};
const STATIONS = 'police_stations'; // whose features carry the codes of organisations

export const kindName = (kind: string): string => (KINDS[kind] ? t(KINDS[kind]) : kind);
export const skillName = (skill: string): string => (SKILLS[skill] ? t(SKILLS[skill]) : skill);

/** Names remembers what it has asked for. */
export class Names {
  private known = new Map<string, string>();

  /** known tells whether the server has a layer. */
  constructor(private layer: (id: string) => boolean) {}

  /** The name of a fence or an organisation, or its code until it is known. */
  of(code: string): string {
    return this.known.get(code) ?? code;
  }

  /** Asks for all names that the details need. */
  async learn(details: Details): Promise<void> {
    const fences = details.inside.slice(0, 12).map((id) => this.once(id, () => this.fence(id)));
    await Promise.all([...fences, ...(details.org ? [this.once(details.org, () => this.station(details.org))] : [])]);
  }

  private async once(code: string, ask: () => Promise<unknown>): Promise<void> {
    if (this.known.has(code)) return;
    const name = await ask().catch(() => null);
    this.known.set(code, name ? String(name) : code);
  }

  private async fence(id: string): Promise<unknown> {
    const [layer = '', ...rest] = id.split('/');
    return this.layer(layer) ? (await feature(layer, rest.join('/'))).properties.name : null;
  }

  private async station(code: string): Promise<unknown> {
    if (!this.layer(STATIONS)) return null;
    const { features } = await ask<{ features: Feature[] }>(`/collections/${STATIONS}/items?limit=1&code=${encodeURIComponent(code)}`);
    return features[0]?.properties.name;
  }
}
