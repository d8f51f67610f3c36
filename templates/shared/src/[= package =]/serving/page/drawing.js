// A board to draw on, and the drawing as an image like those that the model has learned from.

const FINE = 4; // each pixel of the image is the mean of 4 x 4 finer ones, as in the original digits
const PEN = 1.1; // the pen's width in pixels of an image of 8 x 8; in larger images as much wider
const STEP = 10; // how far an arrow key moves, in pixels of the board

export class Drawing {
  // Draws on `canvas`; calls `onChange` whenever a stroke has ended or was taken back.
  constructor(canvas, onChange) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.strokes = []; // each a list of points [x, y] on the board
    this.open = false; // whether the last stroke is still being drawn
    this.cursor = null; // where the keyboard's pen is, if it was used
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) {
      canvas.addEventListener(kind, () => this.#end());
    }
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => { this.#end(); this.cursor = null; this.#paint(); });
    this.#paint();
  }

  get isEmpty() {
    return this.strokes.length === 0;
  }

  undo() {
    this.open = false;
    this.strokes.pop();
    this.#changed();
  }

  clear() {
    this.open = false;
    this.strokes = [];
    this.#changed();
  }

  // A canvas of that size with the drawing: bright on black, cropped to its ink, centered, with a bold pen.
  toImage(height, width) {
    const fine = newCanvas(height * FINE, width * FINE);
    const pen = Math.max(1, PEN * FINE * Math.min(height, width) / 8);
    paint(fine, fitted(this.strokes, fine, pen), pen);
    return averaged(fine, height, width);
  }

  #start(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.cursor = null;
    this.strokes.push([this.#place(event)]);
    this.open = true;
    this.#paint();
  }

  #move(event) {
    if (!this.open || this.cursor) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.strokes.at(-1).push(this.#place(one));
    this.#paint();
  }

  #end() {
    if (!this.open) return;
    this.open = false;
    this.#changed();
  }

  #key(event) {
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
    if (event.key !== " " && !dx && !dy) return;
    event.preventDefault();
    const { width, height } = this.canvas;
    const [x, y] = this.cursor ?? [width / 2, height / 2];
    this.cursor = [clamped(x + dx * STEP, width), clamped(y + dy * STEP, height)];
    if (event.key === " ") {
      if (this.open) {
        this.#end();
      } else {
        this.strokes.push([this.cursor]);
        this.open = true;
      }
    } else if (this.open) {
      this.strokes.at(-1).push(this.cursor);
    }
    this.#paint();
  }

  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.canvas.width / box.width;
    const y = (event.clientY - box.top) * this.canvas.height / box.height;
    return [clamped(x, this.canvas.width), clamped(y, this.canvas.height)];
  }

  #changed() {
    this.#paint();
    this.onChange();
  }

  #paint() {
    paint(this.canvas, this.strokes, this.canvas.width / 12);
    if (!this.cursor) return;
    const context = this.canvas.getContext("2d");
    context.strokeStyle = this.open ? "#ffb000" : "#8ab4ff";
    context.lineWidth = 3;
    context.beginPath();
    context.arc(...this.cursor, 10, 0, 2 * Math.PI);
    context.stroke();
  }
}

function clamped(value, most) {
  return Math.min(Math.max(value, 0), most);
}

function newCanvas(height, width) {
  return Object.assign(document.createElement("canvas"), { height, width });
}

// The strokes moved and scaled so that their ink fills the canvas, centered, its proportions kept.
function fitted(strokes, canvas, pen) {
  const points = strokes.flat();
  const [left, right] = range(points.map(([x]) => x));
  const [top, bottom] = range(points.map(([, y]) => y));
  const extent = Math.max((right - left) / (canvas.width - pen), (bottom - top) / (canvas.height - pen));
  const scale = 1 / Math.max(extent, 1); // a dot stays one
  return strokes.map((stroke) => stroke.map(([x, y]) => [
    canvas.width / 2 + (x - (left + right) / 2) * scale,
    canvas.height / 2 + (y - (top + bottom) / 2) * scale,
  ]));
}

function range(values) {
  return [Math.min(...values), Math.max(...values)];
}

function paint(canvas, strokes, pen) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "#000000";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.strokeStyle = "#ffffff";
  context.lineWidth = pen;
  context.lineCap = context.lineJoin = "round";
  for (const [first, ...others] of strokes) {
    context.beginPath();
    context.moveTo(...first);
    for (const point of others) context.lineTo(...point);
    context.lineTo(...(others.at(-1) ?? first)); // a single point is drawn too
    context.stroke();
  }
}

// The mean of each block of finer pixels; a canvas's own scaling weighs them otherwise.
function averaged(fine, height, width) {
  const { data } = fine.getContext("2d").getImageData(0, 0, fine.width, fine.height);
  const small = newCanvas(height, width);
  const pixels = small.getContext("2d").createImageData(width, height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let sum = 0;
      for (let row = 0; row < FINE; row += 1) {
        for (let column = 0; column < FINE; column += 1) {
          sum += data[4 * ((y * FINE + row) * fine.width + x * FINE + column)];
        }
      }
      const gray = Math.round(sum / FINE ** 2);
      pixels.data.set([gray, gray, gray, 255], 4 * (y * width + x));
    }
  }
  small.getContext("2d").putImageData(pixels, 0, 0);
  return small;
}
