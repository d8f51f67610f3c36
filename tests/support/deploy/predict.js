// Runs the page's own modules on many images.
const [path, shape, images, done] = arguments;
const base = new URL("./", location.href);
import(new URL("page/runtimes.js", base)).then(async ({ load }) => {
  const { predict } = await load(path, base, shape);
  const logits = [];
  for (const image of images) logits.push(Array.from(await predict(Float32Array.from(image.flat(2)))));
  done(logits);
}).catch((error) => done(String(error)));
