// Loads a model by the runtime that its file is for. What this project does not export has no module here.
const MODULES = { onnx: "./onnx_web.js", tflite: "./litert_web.js", tfjs: "./tensorflow_web.js" };

// Return { predict, release }: `predict` makes a promise of logits from the float32 pixels of one image, 0 to 255.
// `path` is the model's, relative to `base`, the URL of the export.
export async function load(path, base, imageShape) {
  const module = await import(MODULES[path.split(".").pop()]);
  return module.load(new URL(path, base).href, new URL("runtime/", base).href, imageShape);
}

// The content of a file of the export, or an error that names it.
export async function content(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} cannot be loaded (${response.status} ${response.statusText}).`);
  return new Uint8Array(await response.arrayBuffer());
}
