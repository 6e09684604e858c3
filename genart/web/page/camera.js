// The camera: which there are, and its newest frame as a small JPEG, cut to the shape that the server asks for.
const QUALITY = 0.9;
const WORDS = {
  NotAllowedError: "The camera was denied. Allow it beside the address, then press Start camera again.",
  NotFoundError: "No camera was found. Plug one in, then press Start camera again.",
  NotReadableError: "The camera is taken by another program. Close that, then press Start camera again.",
  OverconstrainedError: "That camera is gone. Choose another one.",
  AbortError: "The camera did not start. Press Start camera again.",
};
export const FAR = "A browser gives its camera only to pages of the machine it runs on, so this page shows and steers. " +
  "Start the camera on the machine that runs genart webcam.";

export class Camera {
  constructor({ onGone }) {
    this.onGone = onGone;
    this.video = document.createElement("video");
    this.video.muted = this.video.playsInline = true;
    this.canvas = new OffscreenCanvas(16, 16);
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.frame = null; // the newest one that a track gave, where the browser hands them over
  }

  get running() { return Boolean(this.track); }

  async start(id) {
    this.stop();
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, ...(id ? { deviceId: { exact: id } } : {}) };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    } catch (error) {
      throw new Error(WORDS[error.name] ?? `The camera did not start: ${error.message}`);
    }
    this.track = this.stream.getVideoTracks()[0];
    this.track.onended = () => {
      this.stop();
      this.onGone("The camera was pulled out, or another program took it. Press Start camera again.");
    };
    if (window.MediaStreamTrackProcessor) this.follow(this.track);
    else {
      this.video.srcObject = this.stream;
      await this.video.play();
    }
  }

  // Frames straight from the track go on in a hidden tab, where those of a video element may stop.
  async follow(track) {
    const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      this.frame?.close();
      this.frame = done ? null : value;
      if (done) return;
      if (track !== this.track) { value.close(); this.frame = null; reader.cancel(); return; }
    }
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.track = null;
  }

  async list() {
    const all = await navigator.mediaDevices.enumerateDevices();
    return all.filter(({ kind }) => kind === "videoinput");
  }

  // The newest frame, of width by height pixels; null where there is none yet.
  async shot(width, height) {
    const seen = this.frame ?? (this.video.readyState >= 2 ? this.video : null);
    if (!seen) return null;
    const [w, h] = [seen.displayWidth ?? seen.videoWidth, seen.displayHeight ?? seen.videoHeight];
    const scale = Math.max(width / w, height / h);
    const [inside, high] = [width / scale, height / scale];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    this.context.drawImage(seen, (w - inside) / 2, (h - high) / 2, inside, high, 0, 0, width, height);
    return this.canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  }
}
