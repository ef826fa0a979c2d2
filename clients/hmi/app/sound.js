// Short tones, made here: no file is loaded. Each state sounds different in pitch and in rhythm; silence is a setting that is kept.

const TONES = {
  done: [
    [660, 0, 0.09],
    [990, 0.1, 0.14],
  ],
  wrong: [
    [220, 0, 0.16],
    [220, 0.22, 0.16],
    [185, 0.44, 0.26],
  ],
  unsure: [
    [440, 0, 0.1],
    [415, 0.14, 0.16],
  ],
  lost: [
    [330, 0, 0.12],
    [247, 0.16, 0.24],
  ],
  complete: [
    [660, 0, 0.09],
    [830, 0.1, 0.09],
    [990, 0.2, 0.22],
  ],
};
const KEY = "takt.sound";
const LOUDNESS = 0.18;

let context = null;
let enabled = stored();

function stored() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch (error) {
    console.info("The sound setting cannot be kept in this browser.", error.name);
    return true;
  }
}

/** Whether tones are played. */
export function soundIsOn() {
  return enabled;
}

/** Switches tones on or off and keeps the choice. */
export function switchSound(on) {
  enabled = on;
  try {
    localStorage.setItem(KEY, on ? "on" : "off");
  } catch (error) {
    console.info("The sound setting cannot be kept in this browser.", error.name);
  }
  if (on) play("done");
}

/** Plays the tone of a state, if there is one. Browsers allow sound only after the first touch or key: before it this is silent. */
export function play(state) {
  const notes = TONES[state];
  if (!enabled || !notes || !navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  for (const [frequency, after, length] of notes) note(frequency, context.currentTime + after, length);
}

function note(frequency, at, length) {
  const oscillator = context.createOscillator();
  const gain = context.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(LOUDNESS, at + 0.012);
  gain.gain.linearRampToValueAtTime(0, at + length);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + length + 0.02);
}
