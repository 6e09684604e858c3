// The loudness of the microphone, 0 to 1, which a slider may follow.
export class Sound {
  async start() {
    if (this.analyser) return;
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.context.createMediaStreamSource(stream).connect(this.analyser);
    this.samples = new Float32Array(this.analyser.fftSize);
    this.stream = stream;
    this.held = 0;
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.analyser = this.stream = this.context = null;
  }

  // From -50 dB to -10 dB; it rises at once and falls slowly.
  level() {
    if (!this.analyser) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, x) => sum + x * x, 0) / this.samples.length;
    const loud = Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-10) + 50) / 40));
    this.held = Math.max(loud, 0.9 * this.held);
    return this.held;
  }
}
