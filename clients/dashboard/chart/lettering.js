// How wide words are on the canvas, measured once each, and what of them fits.

const KEPT = 5000;
const LEAST_LETTERS = 3;

export class Lettering {
  constructor(ctx) {
    Object.assign(this, { ctx, widths: new Map() });
  }

  /** Width in pixels, in the canvas's font. */
  width(text) {
    let width = this.widths.get(text);
    if (width === undefined) {
      if (this.widths.size > KEPT) this.widths.clear();
      width = this.ctx.measureText(text).width;
      this.widths.set(text, width);
    }
    return width;
  }

  /** The text, or its beginning with an ellipsis, or "" where not even that fits. */
  fitting(text, room) {
    const width = this.width(text);
    if (width <= room) return text;
    for (let letters = Math.floor((text.length * (room - 8)) / width); letters >= LEAST_LETTERS; letters--) {
      const cut = `${text.slice(0, letters).trimEnd()}…`;
      if (this.width(cut) <= room) return cut;
    }
    return "";
  }
}
