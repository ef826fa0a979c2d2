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

/**
 * As much round a region as fills a box, about `factor` times its height; `ratio` is the box's width over its height, in units of the
 * picture's sides. The region itself is never cut.
 */
export function filling(region, factor, ratio) {
  const [x, y, w, h] = region ?? [0, 0, 1, 1];
  const width = Math.min(1, Math.max(w, h * factor * ratio));
  const height = Math.min(1, Math.max(h, width / ratio));
  return around([x + w / 2 - width / 2, y + h / 2 - height / 2, width, height], 1);
}

/** Draws that part of `source` (`width` x `height` pixels) on a canvas, at the source's own resolution. */
export function drawCrop(canvas, source, width, height, [x, y, w, h]) {
  canvas.width = Math.max(1, Math.round(w * width));
  canvas.height = Math.max(1, Math.round(h * height));
  canvas
    .getContext("2d", { alpha: false })
    .drawImage(source, x * width, y * height, w * width, h * height, 0, 0, canvas.width, canvas.height);
}
