// Runs graph models (a folder with model.json) by TensorFlow.js in plain JavaScript: float32 on every device,
// which WebGL is not on phones.
import { loadGraphModel, setBackend, tensor } from "@tensorflow/tfjs";

export async function load(model, runtime, imageShape) {
  await setBackend("cpu");
  const graph = await loadGraphModel(`${model}/model.json`);
  return {
    async predict(pixels) {
      const input = tensor(pixels, [1, ...imageShape]);
      const output = graph.execute({ pixels: input });
      const logits = await output.data();
      input.dispose();
      output.dispose();
      return logits;
    },
    release: () => graph.dispose(),
  };
}
