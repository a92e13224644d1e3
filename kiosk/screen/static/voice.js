// What is heard: the tone of a page at once, and nothing of the page before it.

const tones = new Map();
let playing = null;

export function hush() {
  if (!playing) return;
  playing.pause();
  playing.currentTime = 0;
  playing = null;
}

export function sound(view) {
  if (!view.sound) return;
  const { sound: name } = view;
  if (!tones.has(name)) tones.set(name, new Audio(`/static/tones/${name}.wav`));
  playing = tones.get(name);
  playing.play().catch(() => {}); // without a sound card the picture speaks for itself
}
