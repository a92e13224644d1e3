// What is heard: the tone of a page at once, then its words; nothing of the page before it.

const tones = new Map();
let playing = null;
let turn = 0; // counts up with each page: whatever began for an older one stays silent

export function hush() {
  turn += 1;
  playing?.pause();
  playing = null;
}

export async function sound(view) {
  const mine = turn;
  const clips = (view.speech ?? []).map(load); // loaded while the tone is heard
  const early = new Promise((done) => setTimeout(done, view.speech_ms ?? 0));
  if (view.sound) await play(tone(view.sound), view.volume, mine);
  await early;
  for (const clip of clips) await play(clip, view.volume, mine);
}

function tone(name) {
  if (!tones.has(name)) tones.set(name, load(`/static/tones/${name}.wav`));
  return tones.get(name);
}

function load(url) {
  const clip = new Audio(url);
  clip.preload = "auto";
  return clip;
}

// Resolves when a clip is out or cannot be heard; without a sound card the picture speaks.
function play(clip, volume, mine) {
  if (turn !== mine) return undefined;
  playing = clip;
  clip.currentTime = 0;
  clip.volume = volume ?? 1;
  return new Promise((done) => {
    clip.onended = clip.onerror = done;
    clip.onpause = () => clip.paused && done(); // not the pause of a page before this one
    clip.play().catch(done);
  });
}
