// What Pillow does to a decoded image before the model sees it, to the last bit: data/images.py trains with Pillow.
// Compared with Pillow by tests/serving/test_pillow.py.

// Return uint8 pixels (height, width, channels) as an input specification wants them, from RGBA pixels with straight
// alpha. `resize` is missing in what releases before 0.9.0 have exported, `interpolation` before 0.11.0.
export function modelPixels({ data, width, height }, { shape, resize = "stretch", interpolation = "bilinear" }) {
  const [toHeight, toWidth, channels] = shape;
  const colors = opaque(data);
  const image = { pixels: channels === 1 ? gray(colors) : colors, width, height, filter: FILTERS[interpolation] };
  if (resize === "crop") return stretched(cropped(image, channels, toWidth, toHeight), channels, toWidth, toHeight);
  if (resize === "pad") return padded(image, channels, toWidth, toHeight);
  return stretched(image, channels, toWidth, toHeight);
}

function stretched({ pixels, width, height, filter }, channels, toWidth, toHeight) {
  const byRow = (row, column, rowLength) => row * rowLength + column;
  const byColumn = (column, row) => row * toWidth + column;
  const narrowed = resampled(pixels, channels, { from: width, to: toWidth, lines: height, position: byRow, filter });
  return resampled(narrowed, channels, { from: height, to: toHeight, lines: toWidth, position: byColumn, filter });
}

// The middle of an image, as large as it can be with the shape that is wanted.
function cropped({ pixels, width, height, filter }, channels, toWidth, toHeight) {
  const isWide = width * toHeight > height * toWidth;
  const newWidth = isWide ? share(height, toWidth, toHeight) : width;
  const newHeight = isWide ? height : share(width, toHeight, toWidth);
  const result = new Uint8Array(newWidth * newHeight * channels);
  const left = (width - newWidth) >> 1;
  const top = (height - newHeight) >> 1;
  for (let row = 0; row < newHeight; row++) {
    const from = ((top + row) * width + left) * channels;
    result.set(pixels.subarray(from, from + newWidth * channels), row * newWidth * channels);
  }
  return { pixels: result, width: newWidth, height: newHeight, filter };
}

// The whole image in the middle, on black.
function padded(image, channels, toWidth, toHeight) {
  const isWide = image.width * toHeight > image.height * toWidth;
  const newWidth = isWide ? toWidth : share(toHeight, image.width, image.height);
  const newHeight = isWide ? share(toWidth, image.height, image.width) : toHeight;
  const small = stretched(image, channels, newWidth, newHeight);
  const result = new Uint8Array(toWidth * toHeight * channels);
  const left = (toWidth - newWidth) >> 1;
  const top = (toHeight - newHeight) >> 1;
  for (let row = 0; row < newHeight; row++) {
    const line = small.subarray(row * newWidth * channels, (row + 1) * newWidth * channels);
    result.set(line, ((top + row) * toWidth + left) * channels);
  }
  return result;
}

// `length` times `part` / `whole`, rounded half up, at least one pixel.
function share(length, part, whole) {
  return Math.max(1, Math.floor((2 * length * part + whole) / (2 * whole)));
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

// What an old pixel counts by its distance from the new one: a triangle, or the cubic of Pillow.
const FILTERS = {
  bilinear: { support: 1, height: (distance) => Math.max(0, 1 - distance) },
  bicubic: {
    support: 2,
    height: (distance) =>
      distance < 1
        ? (1.5 * distance - 2.5) * distance * distance + 1
        : distance < 2
          ? (((distance - 5) * distance + 8) * distance - 4) * -0.5
          : 0,
  },
};

// Image.resize of one dimension: rows come first, then columns, 8 bits between.
function resampled(pixels, channels, { from, to, lines, position, filter }) {
  if (from === to) return pixels;
  const result = new Uint8ClampedArray(lines * to * channels);
  factors(from, to, filter).forEach((weights, at) => {
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

// For each new pixel the old ones that fall on it, with their share: the filter is as wide as anti-aliasing needs.
function factors(from, to, filter) {
  const scale = from / to;
  const wider = Math.max(scale, 1);
  const support = filter.support * wider;
  return Array.from({ length: to }, (_, at) => {
    const center = (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const end = Math.min(from, Math.trunc(center + support + 0.5));
    const heights = Array.from({ length: end - first }, (_, number) =>
      filter.height(Math.abs((first + number - center + 0.5) * (1 / wider))),
    );
    const total = heights.reduce((sum, height) => sum + height, 0);
    return heights.map((height, number) => [
      first + number,
      Math.trunc((height / total) * (1 << PRECISION) + (height < 0 ? -0.5 : 0.5)),
    ]);
  });
}
