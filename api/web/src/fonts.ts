// The fonts of the map. The style sheet already names every file of the Chinese face with the characters it
// covers; the map gets the same list, so that it fetches just the files whose characters it draws and never
// paints a glyph before its file has come. Characters that no file covers fall back to the system's fonts.

import type { StyleSpecification } from 'maplibre-gl';

type Faces = NonNullable<StyleSpecification['font-faces']>;

const FAMILY = 'Noto Sans SC Variable';

/** Font files for the names that the style's text-font uses. */
export function fontFaces(sheets: Iterable<CSSStyleSheet> = document.styleSheets): Faces {
  const files: { url: string; 'unicode-range': string[] }[] = [];
  for (const sheet of sheets) {
    for (const rule of sheet.cssRules) {
      if (!(rule instanceof CSSFontFaceRule)) continue;
      const face = described(rule.style);
      if (face) files.push({ url: new URL(face.file, sheet.href ?? location.href).href, 'unicode-range': face.ranges });
    }
  }
  return files.length ? { 'Noto Sans SC': files } : {};
}

function described(style: CSSStyleDeclaration): { file: string; ranges: string[] } | null {
  const family = style.getPropertyValue('font-family').replace(/["']/g, '').trim();
  const file = /url\((["']?)(.+?)\1\)/.exec(style.getPropertyValue('src'))?.[2];
  const ranges = style.getPropertyValue('unicode-range').split(',').map((one) => one.trim()).filter(Boolean);
  return family === FAMILY && file && ranges.length ? { file, ranges } : null;
}
