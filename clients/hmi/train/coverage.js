// What the pictures of a recording cover, in words. Pure: works on small grey pictures, rows of 0..255.

const FEW = 12;
// Mean brightness of two recordings in different light differs by more than this.
const SAME_LIGHT = 9;
// Mean difference between two pictures of something that was moved.
const STILL = 2.2;
const DARK = 45;
const BRIGHT = 215;

/** Mean of one small picture. */
export function brightness(grey) {
  return grey.reduce((sum, value) => sum + value, 0) / grey.length;
}

/** Mean absolute difference of two small pictures, their brightness taken off. */
export function difference(a, b) {
  const shift = brightness(a) - brightness(b);
  return a.reduce((sum, value, at) => sum + Math.abs(value - b[at] - shift), 0) / a.length;
}

/**
 * One sentence about the recordings of a label: `samples` are the small pictures, `frames` the hub's count, `kind` bench, step or
 * hands; "" when all is well.
 */
export function hint({ samples, frames, recordings, kind }) {
  if (frames > 0 && frames < FEW) return "Very short. Hold the button for about three seconds.";
  if (samples.length < 2) return "";
  const light = samples.map(brightness);
  const mean = brightness(light);
  if (mean < DARK) return "The pictures are very dark. Give the bench more light and start over.";
  if (mean > BRIGHT) return "The pictures are very bright. Turn the lamp or the camera a little and start over.";
  const moved = samples.slice(1).map((sample, at) => difference(sample, samples[at]));
  if (kind === "hands" && Math.max(...moved) < STILL * 2) return "Hardly any movement. Move your hands over the parts while you record.";
  if (kind === "step" && Math.max(...moved) < STILL && recordings < 2)
    return "All pictures look alike. Add some: take the part off, put it on again, record again.";
  if (Math.max(...light) - Math.min(...light) < SAME_LIGHT && recordings < 2)
    return "Only one light. Add some with the lamp on, or from the other side.";
  return "";
}
