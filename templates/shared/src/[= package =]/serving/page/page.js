// The page of the embedded server: it sends an image, and shows the server's prediction as bars.

import { BROWSER_FILES, pixelsOf, readImage } from "./file.js";
import { modelPixels } from "./pillow.js";
import { showInputs, showNothing, showPrediction, showProblem, showSeen } from "./widgets.js";

const ACCEPTED = `${BROWSER_FILES},.ppm,.tif,.tiff`; // what the server decodes
const MOST_MEGABYTES = 11; // of a file: in base64 it is a third larger, and the server accepts 16 MiB
const BUSY = "The server is busy. Try again in a moment.";
const REASONS = { 401: "This server answers only with its token.", 429: BUSY, 503: BUSY };

const element = (id) => document.getElementById(id);
let model = null;
let token = "";
let again = () => {};
let running = new AbortController();

async function start() {
  try {
    const { models: [name] } = await json(await fetch("v1/models"));
    model = await json(await fetch(`v1/models/${encodeURIComponent(name)}/metadata`));
  } catch (error) {
    const isRefused = error instanceof Refusal;
    showProblem(isRefused ? reason(error) : "The server does not answer. Start it again, then reload this page.");
    return;
  }
  showInputs(model, { accepted: ACCEPTED, onDrawing: predictDrawing, onFile: predictFile });
}

function predictDrawing(canvas) {
  const signal = begin();
  if (!canvas) {
    forget();
    return;
  }
  showAsSeen(pixelsOf(canvas));
  predict(canvas.toDataURL("image/png").split(",")[1], signal);
}

async function predictFile(file) {
  const signal = begin();
  forget();
  if (file.size > MOST_MEGABYTES * 2 ** 20) {
    const size = Math.ceil(file.size / 2 ** 20);
    showProblem(`${file.name} is too large: ${size} MB. Choose an image of at most ${MOST_MEGABYTES} MB.`);
    return;
  }
  // What this browser cannot show, the server may read nevertheless.
  const [b64, image] = await Promise.all([inBase64(file), readImage(file, model.input_spec.bits).catch(() => null)]);
  if (signal.aborted) return;
  if (image) showAsSeen(image);
  if (b64 === null) showProblem(`${file.name} cannot be read. Choose it again.`);
  else predict(b64, signal, file);
}

// What was asked before is not wanted any more.
function begin() {
  running.abort();
  running = new AbortController();
  return running.signal;
}

function forget() {
  showSeen(null);
  showNothing();
}

function showAsSeen(image) {
  showSeen(modelPixels(image, model.input_spec), model.input_spec.shape);
}

function inBase64(file) {
  return new Promise((resolve) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => resolve(null);
    reader.readAsDataURL(file);
  });
}

// Ask for the prediction of an image file in base64; errors name `file`.
async function predict(b64, signal, file = null) {
  again = () => predict(b64, signal, file);
  const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
  const body = JSON.stringify({ instances: [{ b64 }] });
  const url = `v1/models/${encodeURIComponent(model.name)}:predict`;
  const started = performance.now();
  try {
    const answer = await json(await fetch(url, { method: "POST", headers, body, signal }));
    showAnswer(answer.predictions[0], performance.now() - started);
  } catch (error) {
    if (signal.aborted) return;
    showProblem(reason(error, file));
    if (error.code === 401) {
      element("token").hidden = false;
      element("secret").focus();
    }
  }
}

function reason(error, file) {
  if (!(error instanceof Refusal)) return "The server does not answer. Start it again, then try once more.";
  if (error.code !== 400 || !file) return REASONS[error.code] ?? error.message;
  return error.message.replace(/^instance 0: the image/, file.name);
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

function showAnswer({ probabilities }, milliseconds) {
  element("token").hidden = true;
  showPrediction(model.class_names, probabilities);
  element("time").textContent = `Answered in ${milliseconds.toFixed(1)} ms.`;
}

element("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("secret").value;
  again();
});

start();
