// Decodes and resizes a file as the page does.
const [file, spec, done] = arguments;
const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
const module = (name) => import(new URL(`page/${name}.js`, location.href));
Promise.all([module("file"), module("pillow")]).then(async ([{ readImage }, { modelPixels }]) => {
  done(Array.from(modelPixels(await readImage(new File([bytes], "file"), 16), spec)));
}).catch((error) => done(String(error)));
