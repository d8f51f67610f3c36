// Runs a model by the page's own modules in Node: float32 pixels of one image after the other on stdin, float32 logits on stdout.
//
// Usage: node measure.mjs FOLDER MODEL HEIGHT WIDTH CHANNELS. The number of classes, four bytes, comes first.
import { readFileSync, writeSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

const { argv, stdin, exit } = globalThis.process;
const [folder, model, ...shape] = argv.slice(2);
const BASE = "http://export.invalid/"; // never asked: every request is answered from the folder
const TYPES = { js: "text/javascript", json: "application/json", wasm: "application/wasm" };

const pathOf = (url) => join(folder, decodeURIComponent(new URL(url).pathname));

// Node knows no import maps: it is told of the page's own. (`registerHooks` would be shorter, and is not in Node 20.)
function followImportMap() {
  const [, map] = /<script type="importmap">([^]*?)<\/script>/.exec(readFileSync(join(folder, "index.html"), "utf8"));
  const places = Object.entries(JSON.parse(map).imports).map(([name, path]) => [name, pathToFileURL(join(folder, path))]);
  const hooks = `const places = ${JSON.stringify(Object.fromEntries(places))};
    export const resolve = (name, context, next) => next(places[name] ?? name, context);`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}

// The runtimes choose their way by what they find: a web worker, not Node.
function pretendToBeAWorker() {
  globalThis.self = globalThis;
  globalThis.WorkerGlobalScope = class {};
  globalThis.location = new URL("page/", BASE);
  Object.defineProperty(globalThis, "process", { value: undefined });
  if (globalThis.navigator === undefined) globalThis.navigator = {};
  globalThis.fetch = async (request) => {
    const url = String(request.url ?? request);
    return new Response(readFileSync(pathOf(url)), { headers: { "Content-Type": TYPES[url.split(".").pop()] ?? "" } });
  };
  globalThis.importScripts = (url) => {
    globalThis.location = new URL(url); // Emscripten looks for its WebAssembly next to it
    runInThisContext(readFileSync(pathOf(url), "utf8"));
  };
  // Standard output is for logits alone.
  for (const level of ["debug", "info", "log", "warn"]) console[level] = console.error;
}

function write(values) {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  for (let start = 0; start < bytes.length; ) start += writeSync(1, bytes, start);
}

async function* images(size) {
  let waiting = Buffer.alloc(0);
  for await (const chunk of stdin) {
    waiting = Buffer.concat([waiting, chunk]);
    for (; waiting.length >= size; waiting = waiting.subarray(size)) {
      yield new Float32Array(Uint8Array.from(waiting.subarray(0, size)).buffer);
    }
  }
}

followImportMap();
pretendToBeAWorker();
const { load } = await import(pathToFileURL(join(folder, "page", "runtimes.js")));
const imageShape = shape.map(Number);
const numPixels = imageShape.reduce((product, size) => product * size, 1);
const { predict } = await load(model, BASE, imageShape);
write(Uint32Array.of((await predict(new Float32Array(numPixels))).length));
for await (const pixels of images(4 * numPixels)) write(await predict(pixels));
exit(0); // some runtimes leave workers behind
