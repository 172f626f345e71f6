// How bodies are lit: by the sun as it stands over the city, or by night. Walls are darker at the ground, and show their
// storeys from near, so that heights can be read.

import { Color, DoubleSide, ShaderMaterial, Vector3 } from 'three';
import { sun } from './geodesy';

/** Which light: the one of the hour, or one of the two whatever the hour. */
export type Light = 'hour' | 'day' | 'night';

const VERTEX = `
attribute vec3 color;
varying vec3 vColor;
varying vec3 vNormal;
varying float vHeight;
void main() {
  vColor = color;
  vNormal = mat3(modelMatrix) * normal;
  vHeight = position.z;
  gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
}`;

const FRAGMENT = `
precision highp float;
uniform vec3 toSun;
uniform vec3 sunlight;
uniform vec3 skylight;
uniform float lift;
uniform float alpha;
uniform float low; // how bright walls are at the ground; 1 is for what is no building
varying vec3 vColor;
varying vec3 vNormal;
varying float vHeight;
void main() {
  vec3 n = normalize(vNormal);
  float wall = 1.0 - abs(n.z);
  float lit = max(dot(n, toSun), 0.0);
  float ground = mix(low, 1.0, smoothstep(0.0, 14.0, vHeight));
  float storey = fract(vHeight / 3.0);
  float near = 1.0 - smoothstep(0.08, 0.25, fwidth(vHeight / 3.0)); // storeys of a few pixels would only flicker
  float line = smoothstep(0.08, 0.0, min(storey, 1.0 - storey)) * wall * near * step(low, 0.99);
  float bright = dot(vColor, vec3(0.3, 0.59, 0.11));
  vec3 base = pow(vColor, vec3(1.0 / mix(lift, 1.0, smoothstep(0.25, 0.6, bright)))); // only the dark colours of the night map are lifted
  vec3 shade = base * (skylight * (0.75 + 0.25 * n.z) + sunlight * lit) * mix(1.0, ground, wall) * (1.0 - 0.22 * line);
  shade *= mix(1.0, 0.66, smoothstep(0.25, 0.6, bright)); // and bright ones not flooded: walls shall differ from roofs
  if (alpha < 1.0) { // volumes glow from the ground up
    gl_FragColor = vec4(vColor, alpha * (1.25 - 0.9 * smoothstep(0.0, 45.0, vHeight)) * mix(0.55, 1.0, wall));
    return;
  }
  float most = max(shade.r, max(shade.g, shade.b)), knee = 0.7;
  if (most > knee) shade *= (1.0 - (1.0 - knee) * exp((knee - most) / (1.0 - knee))) / most; // bright colours keep their hue
  gl_FragColor = vec4(shade, 1.0);
}`;

const rgb = (r: number, g: number, b: number): [number, number, number] => [r, g, b];

/** Sky makes the materials of all bodies and keeps their light. */
export class Sky {
  private made = new Map<number, ShaderMaterial>(); // by opacity; 2 is that of models
  private shared = { toSun: { value: new Vector3(0, 0, 1) }, sunlight: { value: new Color() }, skylight: { value: new Color() }, lift: { value: 1 } };
  night = false;

  /** The material of bodies of an opacity. One can see into volumes from all sides, and through them. */
  material(opacity: number): ShaderMaterial {
    let made = this.made.get(opacity);
    if (!made) {
      const glass = opacity < 1;
      made = new ShaderMaterial({
        vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms: { ...this.shared, alpha: { value: opacity }, low: { value: 0.62 } },
        ...(glass ? { transparent: true, depthWrite: false, side: DoubleSide } : {}),
      });
      this.made.set(opacity, made);
    }
    return made;
  }

  /** The material of models of what moves. */
  get plain(): ShaderMaterial {
    const made = this.made.get(2) ?? new ShaderMaterial({ vertexShader: VERTEX, fragmentShader: FRAGMENT, uniforms: { ...this.shared, alpha: { value: 1 }, low: { value: 1 } } });
    this.made.set(2, made);
    return made;
  }

  /** Lights as the hour or the choice is, over a place. */
  set(light: Light, lon: number, lat: number, now = new Date()): void {
    const u = this.shared, at = sun(now, lon, lat), up = light === 'day' ? Math.max(at.altitude, 38) : at.altitude;
    const azimuth = light === 'day' && at.altitude < 10 ? 150 : at.altitude < 0 ? 300 : at.azimuth;
    this.night = light === 'night' || (light === 'hour' && at.altitude < -4);
    const height = (this.night ? 40 : Math.max(up, 12)) * (Math.PI / 180), turn = azimuth * (Math.PI / 180);
    u.toSun.value.set(Math.sin(turn) * Math.cos(height), Math.cos(turn) * Math.cos(height), Math.sin(height));
    const low = Math.min(Math.max((up + 4) / 30, 0), 1); // 0 at dusk, 1 in full day
    u.sunlight.value.setRGB(...(this.night ? rgb(0.35, 0.42, 0.55) : rgb(0.95, 0.72 + 0.2 * low, 0.5 + 0.35 * low)));
    u.skylight.value.setRGB(...(this.night ? rgb(0.72, 0.8, 0.95) : rgb(0.6 + 0.15 * low, 0.66 + 0.12 * low, 0.78 + 0.07 * low)));
    u.lift.value = this.night ? 1.3 : 1.9;
  }
}
