// What the canvas shows as a film, and files that the browser saves.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export const stamp = () => new Date().toISOString().slice(0, 19).replaceAll(":", "-");

export class Recorder {
  get running() { return this.recorder?.state === "recording"; }

  start(canvas, sound) {
    const stream = canvas.captureStream();
    sound?.getAudioTracks().forEach((track) => stream.addTrack(track));
    const type = ["video/webm;codecs=vp9", "video/webm", "video/mp4"].find((kind) => MediaRecorder.isTypeSupported(kind));
    const parts = [];
    this.recorder = new MediaRecorder(stream, { mimeType: type, videoBitsPerSecond: 8_000_000 });
    this.recorder.ondataavailable = ({ data }) => { if (data.size) parts.push(data); };
    this.recorder.onstop = () => {
      const kind = type.split(";")[0];
      save(new Blob(parts, { type: kind }), `genart-${stamp()}.${kind.split("/")[1]}`);
    };
    this.recorder.start(1000);
  }

  stop() { this.recorder?.stop(); }
}
