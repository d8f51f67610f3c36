// The page of the embedded server: an image goes to the server, its answer into the bars.

import { percent, showBars } from "./bars.js";
import { Drawing } from "./drawing.js";

const MOST_BYTES = 11 * 2 ** 20; // of a file: in base64 it is a third larger, and the server accepts 16 MiB

const element = (id) => document.getElementById(id);
let model = null;
let token = "";
let again = () => {};
let running = new AbortController();

async function start() {
  try {
    const { models: [name] } = await json(await fetch("v1/models"));
    model = await json(await fetch(`v1/models/${encodeURIComponent(name)}/metadata`));
  } catch {
    showProblem("The server does not answer. Start it again, then reload this page.");
    return;
  }
  const [height, width, channels] = model.image_shape;
  const isDigits = channels === 1 && model.class_names.every((name) => /^[0-9]$/.test(name));
  document.title = `Try ${model.name}`;
  element("about").textContent = `${model.name} tells ${model.class_names.length} classes apart`
    + ` in images of ${width} x ${height} pixels, ${channels === 1 ? "grey" : "colour"}. Run ${model.run}.`;
  element("hint").textContent = isDigits
    ? "A digit must be bright on black, and fill the image, as those that the model has learned from."
    : "Any size: it is resized as the images were that the model has learned from.";
  element("draw").hidden = channels !== 1;
  element("inputs").prepend(element(isDigits ? "draw" : "files"));
}

const drawing = new Drawing(element("board"), () => {
  element("undo").disabled = element("clear").disabled = drawing.isEmpty;
  if (drawing.isEmpty) {
    running.abort();
    showNothing();
  } else {
    const [height, width] = model.image_shape;
    element("preview").hidden = true;
    predict(drawing.toImage(height, width).toDataURL("image/png").split(",")[1]);
  }
});
element("undo").disabled = element("clear").disabled = true;
element("undo").addEventListener("click", () => drawing.undo());
element("clear").addEventListener("click", () => drawing.clear());

element("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) choose(file);
  event.target.value = ""; // the same file may be chosen again
});
// Dropped anywhere on the page: next to the zone, a browser would open the file instead.
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    element("drop").classList.toggle("over", kind === "dragenter" || kind === "dragover");
  });
}
document.addEventListener("drop", (event) => {
  const [file] = event.dataTransfer.files;
  if (file) choose(file);
});

element("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("secret").value;
  again();
});

function choose(file) {
  const preview = element("preview");
  URL.revokeObjectURL(preview.src);
  preview.hidden = true;
  drawing.clear();
  if (file.size > MOST_BYTES) {
    showProblem(`${file.name} has ${file.size} bytes; choose an image of at most ${MOST_BYTES}.`);
    return;
  }
  preview.onload = () => { preview.hidden = false; };
  preview.src = URL.createObjectURL(file);
  const reader = new FileReader();
  reader.onload = () => predict(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => showProblem(`${file.name} cannot be read.`);
  reader.readAsDataURL(file);
}

// Ask for the prediction of an image file in base64; an earlier question is given up.
async function predict(b64) {
  if (!model) return;
  again = () => predict(b64);
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ instances: [{ b64 }] });
  const url = `v1/models/${encodeURIComponent(model.name)}:predict`;
  const started = performance.now();
  try {
    const answer = await json(await fetch(url, { method: "POST", headers, body, signal }));
    showAnswer(answer.predictions[0], performance.now() - started);
  } catch (error) {
    if (signal.aborted) return;
    showProblem(error instanceof Refusal
      ? error.message : "The server does not answer. Start it again, then try once more.");
    if (error.code === 401) {
      element("token").hidden = false;
      element("secret").focus();
    }
  }
}

class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function json(response) {
  const value = await response.json();
  if (!response.ok) throw new Refusal(response.status, value.error);
  return value;
}

function showAnswer({ label, probabilities }, milliseconds) {
  element("problem").hidden = element("token").hidden = true;
  const best = document.createElement("b");
  best.textContent = label;
  element("answer").replaceChildren(best, percent(Math.max(...probabilities)));
  showBars(element("bars"), model.class_names, probabilities);
  element("time").textContent = `Answered in ${milliseconds.toFixed(1)} ms.`;
}

function showNothing() {
  element("problem").hidden = true;
  element("answer").textContent = element("time").textContent = "";
  showBars(element("bars"), [], []);
}

function showProblem(message) {
  showNothing();
  element("problem").hidden = false;
  element("problem").textContent = message;
}

start();
