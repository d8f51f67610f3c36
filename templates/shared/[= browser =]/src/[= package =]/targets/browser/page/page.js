// The page: the chosen model, which runs in this browser, predicts an image; bars show the prediction.

import { softmax, timed } from "./answer.js";
import { BROWSER_FILES, pixelsOf, readImage } from "./file.js";
import { modelPixels } from "./pillow.js";
import { load } from "./runtimes.js";
import { HINT, showInputs, showNothing, showPrediction, showProblem, showSeen } from "./widgets.js";

const BASE = new URL("../", import.meta.url); // the export's folder, wherever it is hosted
const element = (id) => document.getElementById(id);
let manifest = null;
let model = null;
let pixels = null; // what the model is asked about
let given = 0; // counts the images: one that takes longer to read than a later one is not used
let asked = 0; // counts the questions: an answer that comes after a later one is not shown
let working = Promise.resolve(); // what runtimes are asked to do is done in turn

async function start() {
  manifest = await readManifest();
  showInputs(manifest, {
    accepted: BROWSER_FILES,
    onDrawing: askDrawing,
    onFile: (file) => attempt(() => askFile(file)),
  });
  for (const { runtime, variant, path, num_bytes: size } of manifest.variants) {
    const text = `${runtime.split(" in ")[0]}, ${variant}, ${Math.ceil(size / 1000)} kB`;
    element("model").append(new Option(text, path));
  }
  element("model").addEventListener("change", () => attempt(chooseModel));
  await chooseModel();
}

async function readManifest() {
  const response = await fetch(new URL("manifest.json", BASE)).catch(() => null);
  if (!response?.ok) throw new Error("manifest.json is not there. Serve the whole folder of the export.");
  return response.json();
}

// Do something; an error is shown, and the page continues to work.
async function attempt(action) {
  element("problem").hidden = true;
  try {
    await action();
  } catch (error) {
    drop();
    showProblem(error.message || String(error));
  }
}

async function chooseModel() {
  const path = element("model").value;
  const before = model;
  model = null;
  inTurn(() => before?.release()); // it may be predicting
  drop("Loading the model…");
  let loaded;
  try {
    loaded = await load(path, BASE, manifest.input_spec.shape);
  } catch (error) {
    if (path !== element("model").value) return;
    throw new Error(`${path} does not run: ${error.message || error} Choose another one, or export again.`);
  }
  if (path !== element("model").value) {
    loaded.release(); // another one was chosen meanwhile
    return;
  }
  model = loaded;
  drop();
  await answer();
}

async function ask(image) {
  pixels = modelPixels(image, manifest.input_spec);
  showSeen(pixels, manifest.input_spec.shape);
  await answer();
}

async function answer() {
  if (!model || !pixels) return;
  asked += 1;
  const question = asked;
  const { predict } = model;
  const image = Float32Array.from(pixels);
  const result = await inTurn(() => question === asked && timed(predict, image));
  if (question !== asked) return;
  const { logits, milliseconds } = result;
  showPrediction(manifest.class_names, softmax(logits));
  element("time").textContent = `${milliseconds.toPrecision(2)} ms for a prediction.`;
}

function inTurn(action) {
  const result = working.then(action);
  working = result.catch(() => {});
  return result;
}

// Show no answer, and that one on its way is not wanted any more.
function drop(text = HINT) {
  asked += 1;
  showNothing(text);
}

function forget() {
  given += 1;
  pixels = null;
  showSeen(null);
  drop(model ? HINT : "Loading the model…");
}

function askDrawing(canvas) {
  given += 1;
  if (canvas) attempt(() => ask(pixelsOf(canvas)));
  else forget();
}

async function askFile(file) {
  forget();
  const number = given;
  const image = await readImage(file, manifest.input_spec.bits, manifest.name);
  if (number === given) await ask(image);
}

attempt(start);
