// Stamps small pictures on a canvas by the thousand: WebGL draws all of them in one call, from one texture that holds
// every picture once. A 2D canvas takes 16 µs of the page for each (measured with software GL), this takes less than
// one for each.

/** A Stamp is a picture in the texture: its place there and its size in the page's pixels. */
export interface Stamp { left: number; top: number; width: number; height: number }

export type Draw = (pen: OffscreenCanvasRenderingContext2D) => void;

const FLOATS = 9; // of one stamp: place, size, place in the texture, size there, alpha
const GAP = 1; // pixels between pictures in the texture

const VERTEX = `#version 300 es
in vec4 place; // middle and size, in pixels of the canvas
in vec4 part; // of the texture, in its pixels
in float alpha;
uniform vec2 canvas;
uniform float side;
out vec2 at;
out float strength;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 pixel = place.xy + (corner - 0.5) * place.zw;
  at = (part.xy + corner * part.zw) / side;
  strength = alpha;
  gl_Position = vec4(pixel.x / canvas.x * 2.0 - 1.0, 1.0 - pixel.y / canvas.y * 2.0, 0, 1);
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec2 at;
in float strength;
uniform sampler2D pictures;
out vec4 color;
void main() { color = texture(pictures, at) * strength; }`;

/** Stamps holds the texture and the stamps of the picture that is being made. */
export class Stamps {
  private gl: WebGL2RenderingContext;
  private program!: WebGLProgram;
  private known = new Map<string, Stamp>();
  private shelf = { x: 0, y: 0, height: 0 }; // pictures stand in rows
  private data = new Float32Array(FLOATS * 256);
  private count = 0;

  /** density is pixels of the canvas for one of the page's; side is that of the texture. */
  constructor(canvas: HTMLCanvasElement, private density: number, private side: number) {
    const gl = canvas.getContext('webgl2', { alpha: true, antialias: false, depth: false, stencil: false });
    if (!gl) throw new Error('no WebGL for units');
    this.gl = gl;
    this.prepare();
  }

  /** The stamp of a key, drawn the first time around the middle of width by height pixels of the page. */
  get(key: string, width: number, height: number, draw: Draw): Stamp {
    const known = this.known.get(key);
    if (known) return known;
    const { density } = this, w = Math.ceil(width * density), h = Math.ceil(height * density);
    const picture = new OffscreenCanvas(w, h), pen = picture.getContext('2d', { willReadFrequently: true })!;
    pen.scale(density, density);
    pen.translate(w / density / 2, h / density / 2);
    draw(pen);
    const [left, top] = this.room(w, h);
    this.gl.texSubImage2D(this.gl.TEXTURE_2D, 0, left, top, this.gl.RGBA, this.gl.UNSIGNED_BYTE, picture);
    const stamp = { left, top, width: w / density, height: h / density };
    this.known.set(key, stamp);
    return stamp;
  }

  /** Forgets all pictures: there is no room, or a font has come that draws some of them otherwise. */
  forget(): void {
    this.known.clear();
    this.shelf = { x: 0, y: 0, height: 0 };
  }

  /** Begins a new picture. */
  begin(): void {
    const { gl } = this;
    this.count = 0;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clear(gl.COLOR_BUFFER_BIT);
  }

  /** Stamps with the middle at x, y, on whole pixels so that it stays sharp. */
  put(stamp: Stamp, x: number, y: number, alpha = 1, scale = 1): void {
    const { density } = this, w = stamp.width * density, h = stamp.height * density;
    if ((this.count + 1) * FLOATS > this.data.length) this.grow();
    const whole = (middle: number, size: number) => Math.round(middle * density - size / 2) + size / 2;
    this.data.set([whole(x, w * scale), whole(y, h * scale), w * scale, h * scale, stamp.left, stamp.top, w, h, alpha], this.count * FLOATS);
    this.count++;
  }

  /** Draws what was stamped since begin, or since the last end. */
  end(): void {
    const { gl } = this;
    if (this.count === 0) return;
    gl.bufferData(gl.ARRAY_BUFFER, this.data.subarray(0, this.count * FLOATS), gl.STREAM_DRAW);
    gl.uniform2f(gl.getUniformLocation(this.program, 'canvas'), gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.count);
    this.count = 0;
  }

  private grow(): void {
    const more = new Float32Array(this.data.length * 2);
    more.set(this.data);
    this.data = more;
  }

  /** Room for a picture; when there is none, what was stamped is drawn first, and all pictures are made anew. */
  private room(w: number, h: number): [number, number] {
    const { shelf, side } = this;
    if (shelf.x + w > side) Object.assign(shelf, { x: 0, y: shelf.y + shelf.height + GAP, height: 0 });
    if (shelf.y + h > side) {
      this.end();
      this.forget();
      return this.room(w, h);
    }
    const at: [number, number] = [shelf.x, shelf.y];
    shelf.x += w + GAP;
    shelf.height = Math.max(shelf.height, h);
    return at;
  }

  private prepare(): void {
    const { gl } = this, program = (this.program = gl.createProgram());
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) throw new Error(`units: ${gl.getProgramInfoLog(program)}`);
    gl.useProgram(program);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    let offset = 0;
    for (const [name, size] of [['place', 4], ['part', 4], ['alpha', 1]] as const) {
      const at = gl.getAttribLocation(program, name);
      gl.enableVertexAttribArray(at);
      gl.vertexAttribPointer(at, size, gl.FLOAT, false, FLOATS * 4, offset);
      gl.vertexAttribDivisor(at, 1);
      offset += size * 4;
    }
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA8, this.side, this.side);
    for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR], [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]] as const) gl.texParameteri(gl.TEXTURE_2D, name, value);
    gl.pixelStorei(gl.UNPACK_PREMULTIPLY_ALPHA_WEBGL, true);
    gl.uniform1f(gl.getUniformLocation(program, 'side'), this.side);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }
}
