// What both pages are made of: the ways to give an image (draw it, or choose, drop or paste a file), and the result.

import { Drawing } from "./drawing.js";

const MOST = 10; // bars; of more classes the most probable are shown
export const HINT = "Nothing to see yet.";

const MARKUP = `
  <div id="draw" hidden>
    <h2>Draw</h2>
    <canvas id="board" width="320" height="320" tabindex="0" role="application" aria-describedby="keys"
      aria-label="Drawing board"></canvas>
    <div class="buttons">
      <button type="button" id="undo" disabled>Undo</button>
      <button type="button" id="clear" disabled>Clear</button>
    </div>
    <p class="quiet" id="keys">Draw with a mouse, finger or pen. Keyboard: arrow keys move, Space lowers or lifts the pen.</p>
  </div>
  <div id="files">
    <h2>Choose an image</h2>
    <label id="drop">
      <input type="file" id="file">
      <span>Drop or paste an image here, or choose one</span>
      <img id="preview" alt="The chosen image" hidden>
    </label>
    <p class="quiet" id="hint"></p>
  </div>`;

const element = (id) => document.getElementById(id);

// Fill the page's heading and its section `inputs` for a model as manifests describe it. `accepted` are the suffixes of
// files to choose from. `onDrawing` gets a canvas of the model's size whenever the drawing changes, and null when nothing
// is left of it; `onFile` gets the file that was given.
export function showInputs({ name, class_names: names, input_spec: { shape }, run }, { accepted, onDrawing, onFile }) {
  const [height, width, channels] = shape;
  const isDigits = channels === 1 && names.every((each) => /^[0-9]$/.test(each));
  document.title = `Try ${name}`;
  element("about").textContent = `${name} tells ${names.length} classes apart`
    + ` in images of ${width} x ${height} pixels, ${channels === 1 ? "gray" : "color"}. Run ${run}.`;
  element("inputs").innerHTML = MARKUP;
  element("file").accept = accepted;
  element("hint").textContent = isDigits
    ? "A digit must be bright on black and fill the image, like those that the model was trained on."
    : "Any size: the image is resized like those that the model was trained on.";
  element("draw").hidden = channels !== 1;
  element("inputs").prepend(element(isDigits ? "draw" : "files"));

  const drawing = new Drawing(element("board"), () => {
    element("undo").disabled = element("clear").disabled = drawing.isEmpty;
    if (!drawing.isEmpty) element("preview").hidden = true;
    onDrawing(drawing.isEmpty ? null : drawing.toImage(height, width));
  });
  element("undo").addEventListener("click", () => drawing.undo());
  element("clear").addEventListener("click", () => drawing.clear());
  listenForFiles((file) => {
    drawing.clear();
    preview(file);
    onFile(file);
  });
}

function listenForFiles(choose) {
  const first = ([file]) => { if (file) choose(file); };
  element("file").addEventListener("change", (event) => {
    first([...event.target.files]);
    event.target.value = ""; // the same file may be chosen again
  });
  // Dropped anywhere on the page: next to the zone, a browser would open the file instead.
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      element("drop").classList.toggle("over", kind === "dragenter" || kind === "dragover");
    });
  }
  document.addEventListener("drop", (event) => first(event.dataTransfer.files));
  document.addEventListener("paste", (event) => first(event.clipboardData.files));
}

// Show the file, if it is an image.
function preview(file) {
  const image = element("preview");
  URL.revokeObjectURL(image.src);
  image.hidden = true;
  image.onload = () => { image.hidden = false; };
  image.src = URL.createObjectURL(file);
}

// Show the most probable class, and `probabilities`, one for each of `names`, as bars in which it is marked.
// Read aloud or copied, a label stays apart from its number: also a label such as "9".
export function showPrediction(names, probabilities) {
  const most = Math.max(...probabilities);
  const best = document.createElement("b");
  best.textContent = names[probabilities.indexOf(most)];
  element("problem").hidden = true;
  element("answer").replaceChildren(best, ` with ${percent(most)}`);
  showBars(element("bars"), names, probabilities);
}

// Show no prediction but a text in its place, or a problem.
export function showNothing(text = HINT) {
  element("problem").hidden = true;
  element("answer").replaceChildren(part("quiet", text));
  element("time").textContent = "";
  element("bars").replaceChildren();
}

export function showProblem(message) {
  showNothing("");
  element("problem").hidden = false;
  element("problem").textContent = message;
}

// Show the pixels that the model gets, of `shape` (height, width, channels); null hides them.
export function showSeen(pixels, shape) {
  element("seen").hidden = !pixels;
  if (!pixels) return;
  const [height, width, channels] = shape;
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const colors = [0, 1, 2].map((channel) => pixels[pixel * channels + (channel % channels)]);
    image.data.set([...colors, 255], 4 * pixel);
  }
  Object.assign(element("pixels"), { width, height }).getContext("2d").putImageData(image, 0, 0);
}

function showBars(list, names, probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  let rows = probabilities.map((probability, index) => ({ name: names[index], probability, isBest: index === best }));
  if (rows.length > MOST) rows = rows.sort((one, two) => two.probability - one.probability).slice(0, MOST);
  list.replaceChildren(...rows.map(bar));
}

function bar({ name, probability, isBest }) {
  const row = document.createElement("li");
  row.className = isBest ? "best" : "";
  const fill = document.createElement("i");
  fill.style.width = `${100 * probability}%`;
  row.append(part("label", name), part("track", fill), " ", part("share", percent(probability)));
  return row;
}

function part(kind, content) {
  const element = document.createElement("span");
  element.className = kind;
  element.append(content);
  if (kind === "label") element.title = content;
  return element;
}

function percent(probability) {
  return `${(100 * probability).toFixed(1)}%`;
}
