// The OpenAPI description of the server, for people; without the usual script from another site.

const METHODS = ["get", "post", "put", "delete"];

async function start() {
  const description = await (await fetch("openapi.json")).json();
  document.getElementById("title").textContent = description.info.title;
  const routes = Object.entries(description.paths).flatMap(([path, operations]) => METHODS
    .filter((method) => method in operations)
    .map((method) => route(method.toUpperCase(), path, operations[method])));
  document.getElementById("routes").replaceChildren(...routes);
}

function route(method, path, operation) {
  const item = node("li");
  item.append(node("h2", `${method} ${path}`), node("p", operation.summary));
  const schema = operation.requestBody?.content["application/json"].schema;
  const example = node("pre");
  example.append(node("code", command(method, path, Boolean(operation.security), schema)));
  item.append(example);
  if (schema) item.append(node("p", `Body: ${outline(schema)}`), codes(operation.responses));
  return item;
}

function command(method, path, asksForToken, schema) {
  const words = ["curl", `${location.origin}${path}`];
  if (asksForToken) words.push('-H "Authorization: Bearer $SERVE_TOKEN"');
  if (schema) words.push(`-d '{"instances": [{"b64": "'$(base64 < examples/7.png | tr -d '\\n')'"}]}'`);
  return words.join(" ");
}

// A schema in one line: {"instances": [8 x 8 x 1 numbers from 0 to 255 | {"b64": string}]}
function outline(schema) {
  if (schema.oneOf) return schema.oneOf.map(outline).join(" or ");
  if (schema.type === "object") {
    const entries = Object.entries(schema.properties).map(([name, value]) => `"${name}": ${outline(value)}`);
    return `{${entries.join(", ")}}`;
  }
  if (schema.type !== "array") return schema.type;
  const sizes = [];
  let inner = schema;
  for (; inner.type === "array" && inner.minItems === inner.maxItems && inner.minItems; inner = inner.items) {
    sizes.push(inner.minItems);
  }
  if (sizes.length) return `nested lists of ${sizes.join(" x ")} numbers from ${inner.minimum} to ${inner.maximum}`;
  return `[${outline(schema.items)}, ...]`;
}

function codes(responses) {
  const list = node("dl");
  for (const [code, response] of Object.entries(responses)) {
    list.append(node("dt", code), node("dd", response.description));
  }
  return list;
}

function node(kind, text = "") {
  const element = document.createElement(kind);
  element.textContent = text;
  return element;
}

start();
