// The sign of a unit in the page: in the tree, on cards, in lists.

import { h } from '../dom';
import { badge, type Sign } from './badge';

const SIDE = 64; // pixels of the picture, enough for the largest wall

/** A small picture of a sign. */
export function signPicture(sign: Sign): HTMLElement {
  const canvas = h('canvas', { class: 'sign', 'aria-hidden': 'true', width: SIDE, height: SIDE });
  repaint(canvas, sign);
  return canvas;
}

/** Paints another sign into a picture. */
export function repaint(canvas: HTMLCanvasElement, sign: Sign): void {
  const pen = canvas.getContext('2d');
  if (!pen) return;
  pen.setTransform(1, 0, 0, 1, 0, 0);
  pen.clearRect(0, 0, SIDE, SIDE);
  pen.translate(SIDE / 2, SIDE / 2);
  badge(pen, sign, SIDE * 0.34);
}
