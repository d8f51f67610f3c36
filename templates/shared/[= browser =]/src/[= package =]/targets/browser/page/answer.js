// From a model's logits to what people read.

export function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

// Return logits, and the mean milliseconds of predictions repeated for a moment: browsers round their clocks.
export async function timed(predict, pixels, { forMilliseconds = 60, mostRuns = 50 } = {}) {
  const logits = Float32Array.from(await predict(pixels));
  const started = performance.now();
  let runs = 0;
  do {
    await predict(pixels);
    runs += 1;
  } while (performance.now() - started < forMilliseconds && runs < mostRuns);
  return { logits, milliseconds: (performance.now() - started) / runs };
}
