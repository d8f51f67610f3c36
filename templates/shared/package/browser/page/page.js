// The page: an image or a drawing goes in, the chosen model answers, bars show its probabilities.
import { softmax, timed } from "./answer.js";
import { showBars } from "./bars.js";
import { Drawing } from "./drawing.js";
import { readImage } from "./image_file.js";
import { modelPixels } from "./pillow.js";
import { load } from "./runtimes.js";

const BASE = new URL("../", import.meta.url); // the export's folder, wherever it is hosted
const element = (id) => document.getElementById(id);
const state = { manifest: undefined, model: undefined, pixels: undefined, drawing: undefined };

function show(problem) {
  element("problem").textContent = problem;
  element("problem").hidden = !problem;
}

// Run an action; what goes wrong is shown, and the page can be used on.
async function guarded(action) {
  show("");
  try {
    await action();
  } catch (error) {
    show(error.message || String(error));
  }
}

async function readManifest() {
  const response = await fetch(new URL("manifest.json", BASE)).catch(() => ({ ok: false, statusText: "no answer" }));
  if (!response.ok) throw new Error("manifest.json is not there: serve the whole folder of the export.");
  return response.json();
}

function describe({ name, variants, class_names: classNames, run }) {
  document.title = name;
  element("title").textContent = name;
  element("about").textContent = `${classNames.length} classes; run ${run}. Nothing leaves this browser.`;
  for (const { runtime, variant, num_bytes: size, path } of variants) {
    const text = `${runtime.split(" in Node")[0]}, ${variant} (${Math.ceil(size / 1024)} kB)`;
    element("model").append(new Option(text, path));
  }
}

async function chooseModel() {
  const path = element("model").value;
  const before = state.model;
  state.model = undefined;
  element("status").textContent = "Loading the model…";
  try {
    before?.release();
    const model = await load(path, BASE, state.manifest.image_shape);
    if (path !== element("model").value) return model.release(); // another one was chosen meanwhile
    state.model = model;
    element("status").textContent = "";
    await answer();
  } catch (error) {
    element("status").textContent = "";
    throw new Error(`${path} does not run: ${error.message || error} Choose another model, or export again.`);
  }
}

async function see(image) {
  state.pixels = modelPixels(image, state.manifest.image_shape);
  showPixels();
  await answer();
}

async function answer() {
  if (!state.model || !state.pixels) return;
  const { logits, milliseconds } = await timed(state.model.predict, Float32Array.from(state.pixels));
  const probabilities = softmax(logits);
  const names = state.manifest.class_names;
  element("label").textContent = names[probabilities.indexOf(Math.max(...probabilities))];
  element("time").textContent = `${milliseconds.toPrecision(2)} ms per prediction`;
  showBars(element("bars"), names, probabilities);
  element("answer").hidden = false;
  element("hint").hidden = true;
}

// Draw what the model sees, pixel by pixel.
function showPixels() {
  const [height, width, channels] = state.manifest.image_shape;
  const canvas = element("pixels");
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      image.data[4 * pixel + channel] = state.pixels[pixel * channels + (channel % channels)];
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

async function open(files) {
  const [file] = files;
  if (!file) return;
  const image = await readImage(file);
  state.drawing?.clear();
  await see(image);
}

function listen() {
  element("model").addEventListener("change", () => guarded(chooseModel));
  element("file").addEventListener("change", (event) => {
    guarded(() => open([...event.target.files])).then(() => (event.target.value = ""));
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    element("drop").classList.add("over");
  });
  document.addEventListener("dragleave", () => element("drop").classList.remove("over"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    element("drop").classList.remove("over");
    guarded(() => open(event.dataTransfer.files));
  });
  document.addEventListener("paste", (event) => guarded(() => open(event.clipboardData.files)));
}

function offerDrawing() {
  if (state.manifest.image_shape[2] !== 1) return; // colour photos are not drawn
  element("draw").hidden = false;
  const drawing = new Drawing(element("canvas"), () => guarded(() => see(drawing.image())));
  state.drawing = drawing;
  element("clear").addEventListener("click", () => drawing.clear());
  element("undo").addEventListener("click", () => drawing.undo());
}

async function start() {
  state.manifest = await readManifest();
  describe(state.manifest);
  listen();
  offerDrawing();
  await chooseModel();
}

guarded(start).then(() => (document.documentElement.dataset.ready = "true"));
