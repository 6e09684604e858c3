// The canvas: the painted frame, left of the split the camera's own, and how fast and how old the frames are.
const KEPT = 4; // frames of the camera that may still be answered

export class Stage {
  constructor(canvas, figures) {
    Object.assign(this, { canvas, figures, split: 0, seen: new Map(), times: [], ages: [], busy: false, at: -Infinity });
    this.context = canvas.getContext("2d", { alpha: false });
  }

  get alive() { return performance.now() - this.at < 2000; }

  remember(number, blob, mirror) {
    this.seen.set(number, { blob, mirror });
    for (const old of this.seen.keys()) if (old <= number - KEPT) this.seen.delete(old);
  }

  async draw(answer) {
    if (this.busy) return; // older than what comes next
    this.busy = true;
    try {
      const { width, height } = answer, own = this.seen.get(answer.number);
      const bitmap = await createImageBitmap(answer.picture);
      const before = this.split > 0 && own ? await createImageBitmap(own.blob) : null;
      if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
      this.context.drawImage(bitmap, 0, 0);
      if (before) this.half(before, own.mirror);
      bitmap.close();
      before?.close();
      this.canvas.dataset.number = answer.number;
      this.count(answer, Boolean(own));
    } finally { this.busy = false; }
  }

  half(before, mirror) {
    const { context, canvas: { width, height } } = this, edge = Math.round(this.split * width);
    context.save();
    context.beginPath();
    context.rect(0, 0, edge, height);
    context.clip();
    if (mirror) { context.translate(width, 0); context.scale(-1, 1); }
    context.drawImage(before, 0, 0, width, height);
    context.restore();
    context.fillStyle = "#fff";
    context.fillRect(edge - 1, 0, 2, height);
  }

  count({ captured, net, width, height }, own) {
    const now = performance.now();
    this.at = now;
    this.times.push(now);
    while (this.times.length > 2 && now - this.times[0] > 2000) this.times.shift();
    if (own) this.ages.push(Date.now() - captured);
    if (this.ages.length > 40) this.ages.shift();
    if (this.times.length < 3) return;
    const rate = ((this.times.length - 1) * 1000) / (now - this.times[0]);
    const age = this.ages.length ? `, ${Math.round(this.ages.reduce((sum, x) => sum + x, 0) / this.ages.length)} ms from camera to screen` : "";
    this.figures.textContent = `${rate.toFixed(1)} frames a second${age}, ${width} × ${height}, ${Math.round(net)} ms in the net`;
  }
}
