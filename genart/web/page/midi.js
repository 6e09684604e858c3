// Knobs and faders of a MIDI controller move sliders: learn with a slider touched and a knob moved.
const KEPT = "genart-midi";

export class Midi {
  constructor({ onMove, onWords }) {
    Object.assign(this, { onMove, onWords, learning: false, wanted: null, knob: null });
    this.map = JSON.parse(localStorage.getItem(KEPT) ?? "{}"); // "channel:controller" -> a slider's name
    if (Object.keys(this.map).length) this.open();
  }

  async open() {
    if (!navigator.requestMIDIAccess) {
      this.onWords("This browser has no Web MIDI; Chrome, Edge and Firefox have.");
      return false;
    }
    try {
      this.access ??= await navigator.requestMIDIAccess();
    } catch {
      this.onWords("MIDI was denied. Allow it beside the address.");
      return false;
    }
    const listen = () => this.access.inputs.forEach((input) => { input.onmidimessage = ({ data }) => this.hear(data); });
    this.access.onstatechange = listen;
    listen();
    return true;
  }

  async learn(on) {
    this.learning = on && (await this.open());
    this.wanted = this.knob = null;
    if (this.learning) this.onWords("Move a knob, and a slider of this page.");
    else if (on === false) this.onWords("");
    return this.learning;
  }

  touch(slider) { if (this.learning) { this.wanted = slider; this.pair(); } }

  hear([status, number, value]) {
    if ((status & 0xf0) !== 0xb0) return; // control changes alone
    const knob = `${status & 0x0f}:${number}`;
    if (this.learning) { this.knob = knob; this.pair(); }
    else if (this.map[knob]) this.onMove(this.map[knob], value / 127);
  }

  pair() {
    if (!this.wanted || !this.knob) return;
    this.map[this.knob] = this.wanted;
    localStorage.setItem(KEPT, JSON.stringify(this.map));
    this.onWords(`Controller ${this.knob.split(":")[1]} moves ${this.wanted}. Go on, or press Learn MIDI to end.`);
    this.wanted = this.knob = null;
  }
}
