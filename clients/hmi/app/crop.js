// Part of a picture, drawn larger. Pure but for `drawCrop`.

/** A region [x, y, w, h] (0..1) made `factor` times larger round its middle and kept inside the picture; the whole picture for null. */
export function around(region, factor) {
  if (!region) return [0, 0, 1, 1];
  const [x, y, w, h] = region;
  const width = Math.min(1, w * factor);
  const height = Math.min(1, h * factor);
  const left = Math.min(1 - width, Math.max(0, x + w / 2 - width / 2));
  const top = Math.min(1 - height, Math.max(0, y + h / 2 - height / 2));
  return [left, top, width, height];
}

/** The same region made wide enough for a box whose sides are as `ratio` (in units of the picture's sides). */
export function widened([x, y, w, h], ratio) {
  return w / h < ratio
    ? around(
        [x, y, w, h].map((side, at) => (at === 0 ? x + w / 2 - (h * ratio) / 2 : at === 2 ? Math.min(1, h * ratio) : side)),
        1,
      )
    : [x, y, w, h];
}

/** Draws that part of `source` (`width` x `height` pixels) on a canvas, at the source's own resolution. */
export function drawCrop(canvas, source, width, height, [x, y, w, h]) {
  canvas.width = Math.max(1, Math.round(w * width));
  canvas.height = Math.max(1, Math.round(h * height));
  canvas
    .getContext("2d", { alpha: false })
    .drawImage(source, x * width, y * height, w * width, h * height, 0, 0, canvas.width, canvas.height);
}
