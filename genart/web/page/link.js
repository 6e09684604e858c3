// The socket to the server: states, news and frames come in; changes and frames go out. It comes back by itself.
const ANSWER = 4 + 8 + 3 * 4 + 2 * 2; // bytes before the JPEG, as in messages.py
const AGAIN = 1000; // milliseconds

export class Link {
  constructor({ onState, onNews, onFrame, onLost, onFound }) {
    Object.assign(this, { onState, onNews, onFrame, onLost, onFound });
    this.connect();
  }

  connect() {
    const address = new URL("/live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    const token = new URLSearchParams(location.search).get("token");
    if (token) address.searchParams.set("token", token);
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.onFound();
    this.socket.onmessage = ({ data }) => (typeof data === "string" ? this.hear(JSON.parse(data)) : this.see(data));
    this.socket.onclose = ({ reason }) => {
      this.onLost(reason);
      setTimeout(() => this.connect(), AGAIN);
    };
  }

  get open() { return this.socket.readyState === WebSocket.OPEN; }

  hear(message) { (message.type === "state" ? this.onState : this.onNews)(message); }

  see(buffer) {
    const view = new DataView(buffer);
    this.onFrame({
      number: view.getUint32(0, true), captured: view.getFloat64(4, true),
      waited: view.getFloat32(12, true), net: view.getFloat32(16, true), beside: view.getFloat32(20, true),
      width: view.getUint16(24, true), height: view.getUint16(26, true),
      picture: new Blob([new Uint8Array(buffer, ANSWER)], { type: "image/jpeg" }),
    });
  }

  change(changes) { if (this.open) this.socket.send(JSON.stringify(changes)); }

  async send(number, captured, blob) {
    const picture = new Uint8Array(await blob.arrayBuffer());
    const message = new Uint8Array(12 + picture.length);
    const view = new DataView(message.buffer);
    view.setUint32(0, number, true);
    view.setFloat64(4, captured, true);
    message.set(picture, 12);
    if (this.open) this.socket.send(message);
  }
}
