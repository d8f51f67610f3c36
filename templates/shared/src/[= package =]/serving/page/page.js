// The page of the embedded server: it sends an image, and shows the server's prediction as bars.

import { showInputs, showPrediction } from "./widgets.js";

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
  showInputs(model, { onDrawing: predictDrawing, onFile: predictFile });
}

function predictDrawing(canvas) {
  if (canvas) {
    predict(canvas.toDataURL("image/png").split(",")[1]);
  } else {
    running.abort();
    showNothing();
  }
}

function predictFile(file) {
  if (file.size > MOST_BYTES) {
    showProblem(`${file.name} has ${file.size} bytes; choose an image of at most ${MOST_BYTES}.`);
    return;
  }
  const reader = new FileReader();
  reader.onload = () => predict(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => showProblem(`${file.name} cannot be read.`);
  reader.readAsDataURL(file);
}

// Ask for the prediction of an image file in base64; an earlier request is aborted.
async function predict(b64) {
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

function showAnswer({ probabilities }, milliseconds) {
  element("problem").hidden = element("token").hidden = true;
  showPrediction(model.class_names, probabilities);
  element("time").textContent = `Answered in ${milliseconds.toFixed(1)} ms.`;
}

function showNothing() {
  element("problem").hidden = true;
  element("answer").textContent = element("time").textContent = "";
  element("bars").replaceChildren();
}

function showProblem(message) {
  showNothing();
  element("problem").hidden = false;
  element("problem").textContent = message;
}

element("token").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("secret").value;
  again();
});

start();
