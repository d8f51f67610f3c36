// Runs .onnx files by ONNX Runtime Web, on one thread: threads need headers that not every static host can send.
import * as ort from "onnxruntime-web";
import { content } from "./runtimes.js";

export async function load(model, runtime, imageShape) {
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = { wasm: new URL("onnxruntime/ort-wasm-simd-threaded.wasm", runtime).href };
  const session = await ort.InferenceSession.create(await content(model), { executionProviders: ["wasm"] });
  return {
    async predict(pixels) {
      const { logits } = await session.run({ pixels: new ort.Tensor("float32", pixels, [1, ...imageShape]) });
      return logits.data;
    },
    release: () => session.release(),
  };
}
