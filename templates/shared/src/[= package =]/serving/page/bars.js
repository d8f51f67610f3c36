// Probabilities as bars, the most probable class marked.

const MOST = 10; // bars; of more classes the most probable are shown

// Show `probabilities`, one for each of `names`, in the list `list`; without any the list is emptied.
export function showBars(list, names, probabilities) {
  const best = probabilities.indexOf(Math.max(...probabilities));
  let rows = probabilities.map((probability, index) => ({ name: names[index], probability, isBest: index === best }));
  if (rows.length > MOST) rows = rows.sort((one, two) => two.probability - one.probability).slice(0, MOST);
  list.replaceChildren(...rows.map(bar));
}

function bar({ name, probability, isBest }) {
  const row = document.createElement("li");
  row.className = isBest ? "best" : "";
  const fill = document.createElement("i");
  fill.style.width = `${100 * probability}%`;
  row.append(part("label", name), part("track", fill), part("share", percent(probability)));
  return row;
}

function part(kind, content) {
  const element = document.createElement("span");
  element.className = kind;
  element.append(content);
  if (kind === "label") element.title = content;
  return element;
}

export function percent(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}
