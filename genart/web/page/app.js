// The page: what it shows of the server's state, and what the artist changes.
import { Camera, FAR } from "/page/camera.js";
import { keys } from "/page/keys.js";
import { Link } from "/page/link.js";
import { Midi } from "/page/midi.js";
import { Recorder, save, stamp } from "/page/recorder.js";
import { Sound } from "/page/sound.js";
import { Stage } from "/page/stage.js";

const SLIDERS = ["blend", "strength", "brush", "fade"];
const SWITCHES = ["keep_colors", "mirror", "smoothing"];
const IN_FLIGHT = 2; // frames: one that is painted, and the next one on its way
const LOST = 2000; // milliseconds after which a frame that was not answered counts no more

const $ = (id) => document.getElementById(id);
const stage = new Stage($("picture"), $("figures"));
const recorder = new Recorder();
const sound = new Sound();
const pacer = new Worker("/page/pacer.js");
const camera = new Camera({ onGone: (words) => { stop(); say(words, true); } });
const midi = new Midi({
  onWords: (words) => { $("midi-words").textContent = words; },
  onMove: (name, share) => slide(name, $(name).min * 1 + share * ($(name).max - $(name).min)),
});

let state = null, status = { ready: false, text: "Connecting…" }, fault = "", number = 0, busy = false;
const flying = new Map(); // number -> when it was sent
const link = new Link({ onState: adopt, onNews: hear, onFrame: frame, onLost: lost, onFound: found });

function say(words, isFault = false) {
  fault = isFault ? words : "";
  $("words").textContent = words;
  $("words").classList.toggle("fault", isFault);
}

function show() {
  if (fault) return;
  const waits = state?.takes_frames && !camera.running && !stage.alive;
  say(!status.ready ? status.text : waits ? (canCapture() ? "Press Start camera." : FAR) : "");
}

const canCapture = () => Boolean(navigator.mediaDevices?.getUserMedia);

function hear(news) {
  if (news.type === "status") { status = news; if (state && news.size) state.size = news.size; }
  else if (news.type === "error") { say(news.text, true); setTimeout(() => { if (fault === news.text) { fault = ""; show(); } }, 8000); }
  else if (news.type === "learning") { $("learning").hidden = news.share === null; $("learning").value = news.share ?? 0; }
  else if (news.type === "camera" && news.state === "taken") { camera.stop(); $("start").textContent = "Start camera"; }
  show();
  if (news.type === "learned" || news.ready) styles(true);
}

function lost(reason) {
  flying.clear();
  say(reason || "The server has stopped or cannot be reached; trying again…", true);
}

function found() {
  fault = "";
  if (camera.running) link.change({ camera: true });
  show();
}

function adopt(next) {
  state = next;
  const { controls } = next;
  for (const name of SLIDERS) {
    if (document.activeElement !== $(name) || $("follow").value === name) $(name).value = controls[name];
    document.querySelector(`output[for=${name}]`).textContent = controls[name].toFixed(2);
  }
  for (const name of SWITCHES) $(name).checked = controls[name];
  styles();
  for (const button of $("cues").children) button.classList.toggle("empty", !(button.textContent in next.cues));
  $("start").hidden = !next.takes_frames || !canCapture();
  $("cameras").parentElement.hidden = $("start").hidden;
  show();
}

function styles(fresh = false) {
  if (!state) return;
  const box = $("styles"), names = [...box.children].map((button) => button.dataset.name);
  if (fresh || names.join() !== state.styles.join()) {
    box.replaceChildren(...state.styles.map(thumbnail));
    $("second").replaceChildren(...state.styles.map((name) => new Option(spoken(name), name)));
  }
  for (const button of box.children) {
    const chosen = button.dataset.name === state.controls.style;
    button.setAttribute("aria-checked", chosen);
    button.tabIndex = chosen ? 0 : -1;
  }
  $("second").value = state.controls.second;
}

const spoken = (name) => name.replaceAll("_", " ");

function thumbnail(name) {
  const button = document.createElement("button"), image = new Image(), label = document.createElement("span");
  Object.assign(button, { type: "button", title: spoken(name) });
  button.dataset.name = name;
  button.setAttribute("role", "radio");
  image.alt = "";
  if (status.ready) image.src = `/thumbs/${encodeURIComponent(name)}.jpg`;
  label.textContent = spoken(name);
  button.append(image, label);
  button.onclick = () => link.change({ style: name });
  return button;
}

function step(by) {
  const names = state.styles, place = names.indexOf(state.controls.style) + by;
  link.change({ style: names[(place + names.length) % names.length] });
  return () => $("styles").querySelector("[aria-checked=true]")?.focus();
}

function slide(name, value) {
  const slider = $(name), held = Math.min(slider.max, Math.max(slider.min, value));
  slider.value = held;
  link.change({ [name]: Number(held.toFixed(3)) });
}

function frame(answer) {
  for (const sent of flying.keys()) if (sent <= answer.number) flying.delete(sent);
  stage.draw(answer);
  if ($("words").textContent && !fault) show();
}

async function tick() {
  follow();
  const now = performance.now();
  for (const [sent, { at }] of flying) if (now - at > LOST) flying.delete(sent);
  if (!camera.running || !link.open || busy || flying.size >= IN_FLIGHT || !state) return;
  busy = true;
  try {
    const captured = Date.now(), blob = await camera.shot(...state.size);
    if (!blob) return;
    number = (number + 1) >>> 0;
    flying.set(number, { at: now });
    stage.remember(number, blob, state.controls.mirror);
    await link.send(number, captured, blob);
  } finally { busy = false; }
}

let followed = -1;
function follow() {
  const name = $("follow").value;
  if (!name) return;
  const level = sound.level(), slider = $(name);
  $("level").value = level;
  if (Math.abs(level - followed) < 0.02) return;
  followed = level;
  slide(name, slider.min * 1 + level * (slider.max - slider.min));
}

function stop() {
  camera.stop();
  link.change({ camera: false });
  $("start").textContent = "Start camera";
  show();
}

async function start() {
  if (!canCapture()) { say(FAR, true); return; }
  fault = "";
  say("Asking for the camera…");
  try {
    await camera.start($("cameras").value);
    link.change({ camera: true });
    const found = await camera.list();
    const used = camera.track.getSettings().deviceId;
    $("cameras").replaceChildren(...found.map(({ label, deviceId }) => new Option(label || "camera", deviceId, false, deviceId === used)));
    $("start").textContent = "Stop camera";
    say("");
    show();
  } catch (error) { say(error.message, true); }
}

async function snapshot() {
  const answer = await fetch("/snapshot.png");
  if (answer.ok) save(await answer.blob(), `genart-${stamp()}.png`);
  else say(await answer.text(), true);
}

function record() {
  if (recorder.running) recorder.stop(); else recorder.start(stage.canvas, sound.stream);
  $("record").setAttribute("aria-pressed", recorder.running);
  $("record").textContent = recorder.running ? "Stop" : "Record";
}

function split() {
  const on = $("split").hidden;
  $("split").hidden = !on;
  $("before").setAttribute("aria-pressed", on);
  $("split").value = stage.split = on ? 0.5 : 0;
}

async function learnStyle(file) {
  const answer = await fetch(`/styles?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
  const told = await answer.json();
  if (answer.ok) say(`Learning the style of ${file.name}; it comes by itself.`); else say(told.error, true);
}

const storing = () => $("store").getAttribute("aria-pressed") === "true";
const flip = (name) => link.change({ [name]: !state.controls[name] });
const full = () => (document.fullscreenElement ? document.exitFullscreen() : $("stage").requestFullscreen());
const learnMidi = async () => {
  const on = await midi.learn($("midi").getAttribute("aria-pressed") !== "true");
  $("midi").setAttribute("aria-pressed", on);
  document.body.classList.toggle("learning-midi", on);
};

for (const name of SLIDERS) {
  $(name).oninput = () => slide(name, Number($(name).value));
  $(name).onpointerdown = $(name).onfocus = () => midi.touch(name);
}
for (const name of SWITCHES) $(name).onchange = () => link.change({ [name]: $(name).checked });
for (let cue = 1; cue <= 9; cue++) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", textContent: cue, title: `cue ${cue}` });
  button.onclick = ({ shiftKey }) => {
    link.change({ [shiftKey || storing() ? "store" : "recall"]: cue });
    $("store").setAttribute("aria-pressed", false);
  };
  $("cues").append(button);
}
$("store").onclick = () => $("store").setAttribute("aria-pressed", !storing());
$("second").onchange = () => link.change({ second: $("second").value });
$("start").onclick = () => (camera.running ? stop() : start());
$("cameras").onchange = () => { if (camera.running) start(); };
$("before").onclick = split;
$("split").oninput = () => { stage.split = Number($("split").value); };
$("full").onclick = full;
$("snapshot").onclick = snapshot;
$("record").onclick = record;
$("midi").onclick = learnMidi;
$("help").onclick = () => $("keys").showModal();
$("close").onclick = () => $("keys").close();
$("follow").onchange = async () => {
  if (!$("follow").value) { sound.stop(); return; }
  try { await sound.start(); } catch { $("follow").value = ""; say("The microphone was denied or is missing.", true); }
};
$("drop").onchange = () => { if ($("drop").files[0]) learnStyle($("drop").files[0]); $("drop").value = ""; };
for (const kind of ["dragover", "dragleave", "drop"]) {
  addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files[0]) learnStyle(event.dataTransfer.files[0]);
  });
}
$("styles").onkeydown = (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) { event.preventDefault(); event.stopPropagation(); setTimeout(step(by), 150); }
};
keys({
  recall: (cue) => link.change({ recall: cue }), store: (cue) => link.change({ store: cue }), step,
  nudge: (name, by) => slide(name, Number($(name).value) + by), flip, split, full, snapshot, record, learnMidi,
  help: () => ($("keys").open ? $("keys").close() : $("keys").showModal()),
});
pacer.onmessage = tick;
pacer.postMessage(60);
