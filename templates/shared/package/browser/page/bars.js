// Classes with their probabilities, as bars of a list; of many classes the likeliest ones.

const MOST = 10;

export function showBars(list, classNames, probabilities) {
  const likeliest = classNames.map((name, index) => ({ name, index, probability: probabilities[index] }));
  likeliest.sort((a, b) => b.probability - a.probability);
  const best = likeliest[0].index;
  const shown = likeliest.slice(0, MOST);
  if (classNames.length <= MOST) shown.sort((a, b) => a.index - b.index); // in their own order they stay in place
  list.replaceChildren(...shown.map((each) => bar(each, each.index === best)));
}

function bar({ name, probability }, isBest) {
  const row = document.createElement("li");
  row.classList.toggle("best", isBest);
  const label = span("name", name);
  const track = span("track", "");
  const filled = span("filled", "");
  filled.style.width = `${100 * probability}%`;
  track.append(filled);
  row.append(label, track, span("percent", `${(100 * probability).toFixed(1)} %`));
  return row;
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}
