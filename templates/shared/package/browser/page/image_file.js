// From an image file to RGBA pixels: the browser decodes, and every browser does it a little differently.

const MAX_PIXELS = 89_478_485; // as many as Pillow takes for safe

// Return ImageData of the file, upright, its colours as they are stored.
export async function readImage(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {
      colorSpaceConversion: "none",
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
    });
  } catch {
    throw new Error(`${file.name} is not an image that this browser can read. Give a PNG, JPEG, WebP or BMP file.`);
  }
  try {
    return pixelsOf(bitmap, file.name);
  } finally {
    bitmap.close();
  }
}

function pixelsOf(bitmap, name) {
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) throw new Error(`${name} is too large: ${width}x${height} pixels. Make it smaller.`);
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}
