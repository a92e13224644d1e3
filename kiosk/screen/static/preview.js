// The camera's picture while people aim: one JPEG at a time, pulled into a canvas.

const EVERY_MS = 120;
const NONE_MS = 1000;

export class Preview {
  constructor(canvas, onSight) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.onSight = onSight;
    this.isWanted = false;
    this.isRunning = false;
  }

  want(isWanted) {
    this.isWanted = isWanted;
    if (isWanted && !this.isRunning) this.run();
    if (!isWanted) this.hide();
  }

  hide() {
    this.canvas.hidden = true;
    this.onSight(false);
  }

  async run() {
    this.isRunning = true;
    while (this.isWanted) {
      const startedMs = performance.now();
      const hasPicture = !document.hidden && (await this.pull());
      const waitMs = hasPicture ? EVERY_MS - (performance.now() - startedMs) : NONE_MS;
      await new Promise((done) => setTimeout(done, Math.max(20, waitMs)));
    }
    this.isRunning = false;
  }

  async pull() {
    try {
      const signal = AbortSignal.timeout(2 * NONE_MS);
      const answer = await fetch("/preview", { cache: "no-store", signal });
      if (answer.status !== 200) throw new Error("no picture");
      const picture = await createImageBitmap(await answer.blob());
      this.draw(picture);
      picture.close();
      return true;
    } catch {
      this.hide();
      return false;
    }
  }

  draw(picture) {
    if (!this.isWanted) return;
    const { canvas } = this;
    if (canvas.width !== picture.width) canvas.width = picture.width;
    if (canvas.height !== picture.height) canvas.height = picture.height;
    this.context.drawImage(picture, 0, 0);
    canvas.hidden = false;
    this.onSight(true);
  }
}
