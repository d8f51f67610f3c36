// A canvas to draw on with mouse, finger, pen or arrow keys, bright ink on black as in the data.

const KEY_STEP = 8; // canvas pixels that an arrow key moves the pen
const MARGIN = 0.5; // model pixels that stay empty around the ink
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Drawing {
  // `changed` is called at the end of every stroke.
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
    this.pen = { x: canvas.width / 2, y: canvas.height / 2 };
    this.strokes = [];
    this.clear();
    this.listen();
  }

  clear() {
    this.strokes = [];
    this.redraw();
  }

  undo() {
    this.strokes.pop();
    this.redraw();
    if (this.strokes.length) this.changed();
  }

  get isEmpty() {
    return this.strokes.length === 0;
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.begin(this.place(event));
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!canvas.hasPointerCapture(event.pointerId)) return;
      for (const each of event.getCoalescedEvents?.() ?? [event]) this.go(this.place(each));
    });
    canvas.addEventListener("lostpointercapture", () => this.changed());
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.redraw());
    canvas.addEventListener("focus", () => this.redraw());
  }

  // Arrow keys draw; with Shift they move the pen alone.
  key(event) {
    const direction = ARROWS[event.key];
    if (!direction || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const inside = (value, most) => Math.min(Math.max(value, 0), most);
    const target = {
      x: inside(this.pen.x + KEY_STEP * direction[0], this.canvas.width),
      y: inside(this.pen.y + KEY_STEP * direction[1], this.canvas.height),
    };
    if (event.shiftKey) {
      this.pen = target;
      this.lifted = true;
      this.redraw();
      return;
    }
    if (this.lifted ?? true) this.begin(this.pen);
    this.lifted = false;
    this.go(target);
    this.changed();
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * this.canvas.width,
      y: ((event.clientY - box.top) / box.height) * this.canvas.height,
    };
  }

  begin(point) {
    this.strokes.push([point]);
    this.pen = point;
    this.lifted = undefined;
    this.redraw();
  }

  go(point) {
    this.strokes.at(-1).push(point);
    this.pen = point;
    this.redraw();
  }

  redraw() {
    const { context, canvas } = this;
    context.fillStyle = "black";
    context.fillRect(0, 0, canvas.width, canvas.height);
    this.ink(context, canvas.width / 9);
    if (document.activeElement === canvas && canvas.matches(":focus-visible")) this.showPen();
  }

  ink(context, width) {
    Object.assign(context, { lineCap: "round", lineJoin: "round", lineWidth: width, strokeStyle: "white" });
    for (const [first, ...rest] of this.strokes) {
      context.beginPath();
      context.moveTo(first.x, first.y);
      for (const { x, y } of rest.length ? rest : [first]) context.lineTo(x, y);
      context.stroke();
    }
  }

  showPen() {
    const { context, pen } = this;
    Object.assign(context, { lineWidth: 2, strokeStyle: "orange" });
    context.beginPath();
    context.arc(pen.x, pen.y, 8, 0, 2 * Math.PI);
    context.stroke();
  }

  // Return ImageData with the ink as large as it fits and in the middle, as it is in the data.
  image() {
    const points = this.strokes.flat();
    const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
    const size = 256;
    const pen = size / 8; // about a pixel of the 8x8 digits
    const room = size - pen - (2 * MARGIN * size) / 16;
    const scale = Math.min(room / Math.max(right - left, bottom - top, 1), 4);
    const context = new OffscreenCanvas(size, size).getContext("2d");
    context.fillRect(0, 0, size, size);
    context.translate(size / 2, size / 2);
    context.scale(scale, scale);
    context.translate(-(left + right) / 2, -(top + bottom) / 2);
    this.ink(context, pen / scale);
    return context.getImageData(0, 0, size, size);
  }
}
