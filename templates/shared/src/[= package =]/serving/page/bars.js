// A prediction as the most probable class, and as bars in which that one is marked.

const MOST = 10; // bars; of more classes the most probable are shown

// Show `probabilities`, one for each of `names`, on the page.
export function showPrediction(names, probabilities) {
  const most = Math.max(...probabilities);
  const best = document.createElement("b");
  best.textContent = names[probabilities.indexOf(most)];
  document.getElementById("answer").replaceChildren(best, percent(most));
  showBars(document.getElementById("bars"), names, probabilities);
}

function showBars(list, names, probabilities) {
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

function percent(probability) {
  return `${(100 * probability).toFixed(1)} %`;
}
