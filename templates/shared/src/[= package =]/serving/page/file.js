// From an image file to RGBA pixels. The browser decodes: in fwstart's tests, Chromium differs from Pillow by at most 1
// of 255 levels, in a JPEG by at most 5; other browsers were not measured. Training decodes a large JPEG at a half or
// less, which differs by less than 1 on average.

export const BROWSER_FILES = ".avif,.bmp,.gif,.jfif,.jpeg,.jpg,.png,.webp"; // what every current browser decodes
const OTHER_FILES = { ppm: "a PPM", tif: "a TIFF", tiff: "a TIFF" }; // what only the project's own commands read
const MAX_PIXELS = 89_478_485; // as many as Pillow takes for safe

// ImageData of the file, upright, its colors as they are stored. `bits` are those of the input specification; `program`
// is the project's command, which reads more kinds of files.
export async function readImage(file, bits, program) {
  await checkBits(file, bits);
  const bitmap = await decoded(file, program);
  const { width, height } = bitmap;
  try {
    if (width * height > MAX_PIXELS) throw new Error(`${file.name} is too large: ${width} x ${height} pixels.`);
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(bitmap, 0, 0);
    return pixelsOf(canvas);
  } finally {
    bitmap.close();
  }
}

// ImageData of a canvas.
export function pixelsOf(canvas) {
  return canvas.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, canvas.width, canvas.height);
}

// A browser keeps the highest 8 of a PNG file's 16 bits. Where other bits were in use in training, that is too dark.
export async function checkBits(file, bits) {
  const header = new DataView(await file.slice(0, 25).arrayBuffer());
  const isPng = header.byteLength === 25 && header.getUint32(0) === 0x89504e47;
  if (isPng && header.getUint8(24) === 16 && bits !== 16) {
    throw new Error(`${file.name} has 16 bits for each value, of which a browser reads 8. Save it with 8 bits.`);
  }
}

async function decoded(file, program) {
  try {
    return await createImageBitmap(file, {
      colorSpaceConversion: "none",
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new Error(unreadable(file, program));
  }
}

function unreadable({ name }, program) {
  const kind = OTHER_FILES[name.toLowerCase().split(".").pop()];
  const choose = "Choose a PNG, JPEG, WebP, GIF, AVIF or BMP file";
  if (kind) return `${name} is ${kind} file, which this browser cannot read. ${choose}, or run: ${program} predict FILE`;
  return `${name} is not an image that this browser can read. ${choose}.`;
}
