// Runs .tflite files by LiteRT.js, on the processor.
import { loadAndCompile, loadLiteRt, Tensor } from "@litertjs/core";
import { content } from "./runtimes.js";

let started; // LiteRT is loaded once a page, for every model

// Its WebAssembly prints what it does as errors; only what is one is shown as such.
const printErr = (line) => (/^(INFO|WARNING): /.test(line) ? console.debug(line) : console.error(line));

export async function load(model, runtime, imageShape) {
  const bytes = await content(model);
  started ??= start(new URL("litert/", runtime).href);
  await started;
  const compiled = await loadAndCompile(bytes, { accelerator: "wasm" });
  return {
    async predict(pixels) {
      const input = new Tensor(pixels, [1, ...imageShape]);
      const outputs = await compiled.run([input]);
      const logits = Float32Array.from(outputs[0].toTypedArray());
      for (const tensor of [input, ...outputs]) tensor.delete(); // WebAssembly's memory is not collected
      return logits;
    },
    release: () => compiled.delete(),
  };
}

function start(folder) {
  globalThis.Module = { printErr }; // what Emscripten takes its settings from
  return loadLiteRt(folder); // chooses between relaxed and plain SIMD
}
