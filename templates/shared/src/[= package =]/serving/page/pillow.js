// What Pillow does to a decoded image before the model sees it, to the last bit: data/images.py trains with Pillow.
// Compared with Pillow by tests/serving/test_pillow.py.

// Return uint8 pixels (height, width, channels) of `imageShape` from RGBA pixels with straight alpha.
export function modelPixels({ data, width, height }, imageShape) {
  const [toHeight, toWidth, channels] = imageShape;
  const colors = opaque(data);
  const pixels = channels === 1 ? gray(colors) : colors;
  const byRow = (row, column, rowLength) => row * rowLength + column;
  const byColumn = (column, row) => row * toWidth + column;
  const narrowed = resampled(pixels, channels, { from: width, to: toWidth, lines: height, position: byRow });
  return resampled(narrowed, channels, { from: height, to: toHeight, lines: toWidth, position: byColumn });
}

// RGB, laid on white where it is transparent.
function opaque(rgba) {
  const pixels = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let channel = 0; channel < 3; channel++) pixels[to++] = onWhite(rgba[from + channel], rgba[from + 3]);
  }
  return pixels;
}

// Image.alpha_composite: 7 bits more than 8 within, a division by 255 by shifts.
function onWhite(value, alpha) {
  const part = alpha << 7;
  const sum = value * part + 255 * ((255 << 7) - part) + (0x80 << 7);
  return ((sum >> 8) + sum) >> 15;
}

// Image.convert("L"): ITU-R 601-2 luma in whole numbers.
function gray(rgb) {
  const pixels = new Uint8Array(rgb.length / 3);
  for (let from = 0, to = 0; from < rgb.length; from += 3) {
    pixels[to++] = (rgb[from] * 19595 + rgb[from + 1] * 38470 + rgb[from + 2] * 7471 + 0x8000) >> 16;
  }
  return pixels;
}

const PRECISION = 22; // bits of a factor

// Image.resize with Resampling.BILINEAR, of one dimension: rows come first, then columns, 8 bits between.
function resampled(pixels, channels, { from, to, lines, position }) {
  if (from === to) return pixels;
  const result = new Uint8Array(lines * to * channels);
  factors(from, to).forEach((weights, at) => {
    for (let line = 0; line < lines; line++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 1 << (PRECISION - 1);
        for (const [source, factor] of weights) sum += pixels[position(line, source, from) * channels + channel] * factor;
        result[position(line, at, to) * channels + channel] = sum >> PRECISION;
      }
    }
  });
  return result;
}

// For each new pixel the old ones that fall on it, with their share: a triangle, as wide as anti-aliasing needs.
function factors(from, to) {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const heights = Array.from({ length: end - first }, (_, number) =>
      Math.max(0, 1 - Math.abs((first + number - center + 0.5) * (1 / support))),
    );
    const total = heights.reduce((sum, height) => sum + height, 0);
    return heights.map((height, number) => [
      first + number,
      Math.trunc((height / total) * (1 << PRECISION) + 0.5),
    ]);
  });
}
