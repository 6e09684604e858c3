// The picture alone, at one size whatever the net sees, for a browser source of OBS.
import { Link } from "/page/link.js";

const canvas = document.getElementById("picture");
const context = canvas.getContext("2d", { alpha: false });
let shown = -1, drawing = false;

function fit({ out_size: [width, height] }) {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}

async function draw(frame) {
  if (drawing) return;
  drawing = true;
  try {
    const bitmap = await createImageBitmap(frame.picture);
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    shown = frame.number;
    canvas.dataset.number = shown;
  } finally { drawing = false; }
}

new Link({ onState: fit, onNews() {}, onFrame: draw, onLost() {}, onFound() {} });
