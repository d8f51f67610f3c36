// The page: the questions of KNOWLEDGE as a form, and the advice next to it, updated after each answer.
"use strict";

const form = document.getElementById("questions");

function element(tag, properties, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function list(items) {
  return element("ul", {}, ...items.map((item) => element("li", {}, ...[item].flat())));
}

function showQuestions() {
  const { title, author, date } = KNOWLEDGE.article;
  document.getElementById("intro").textContent =
    `Seven questions based on "${title}" (${author}, ${date}). A question that you skip counts for neither side. ` +
    "Nothing leaves this page.";
  const decided = [["no", "No, advise me"], ...SIDES.map((side) => [side, `Yes, ${NAMES[side]}`])];
  form.append(
    fieldset("framework", "Is the framework already decided?", "For example by existing code, a team or a course.", decided, ["no"]),
  );
  KNOWLEDGE.questions.forEach((question, index) => {
    const options = question.options.map((option) => [option.id, option.label]);
    const legend = `${index + 1}/${KNOWLEDGE.questions.length} ${question.prompt}`;
    form.append(fieldset(question.id, legend, question.help, options, neutralOf(question), question.multiple));
  });
  form.append(element("button", { type: "reset" }, "Start again"));
  form.addEventListener("change", showAdvice);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(showAdvice));
}

function fieldset(name, legend, help, options, chosen, multiple = false) {
  const helpId = `${name}-help`;
  return element(
    "fieldset",
    { "aria-describedby": helpId },
    element("legend", {}, legend),
    element("p", { id: helpId, className: "help" }, help),
    ...options.map(([value, label]) =>
      element(
        "label",
        {},
        element("input", {
          type: multiple ? "checkbox" : "radio",
          name,
          value,
          defaultChecked: chosen.includes(value),
        }),
        element("span", {}, label),
      ),
    ),
  );
}

function answersGiven() {
  const data = new FormData(form);
  return Object.fromEntries(KNOWLEDGE.questions.map((question) => [question.id, data.getAll(question.id)]));
}

function frameworkGiven() {
  const chosen = new FormData(form).get("framework");
  return chosen === "no" ? null : chosen;
}

function showAdvice() {
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) => `${part}`.padStart(2, "0"));
  const advice = advise(answersGiven(), frameworkGiven(), today.join("-"));
  const [first, ...rest] = verdictLines(advice);
  document.getElementById("verdict").replaceChildren(
    element("h2", {}, first),
    ...rest.map((line) => element("p", {}, line)),
  );
  const outcome = advice.framework === null ? "A draw" : NAMES[advice.framework];
  document.getElementById("summary").textContent = `${outcome} (${advice.confidence}): see why`;
  document.getElementById("why").replaceChildren(
    bars(advice),
    ...sidesOf(advice).flatMap(([side, title]) => reasons(advice, side, title)),
    ...todayView(advice),
    ...flips(advice),
    ...targets(advice),
    ...notes(advice),
    ...commands(advice),
  );
}

function bars(advice) {
  const dimensions = Object.entries(KNOWLEDGE.dimensions);
  const points = (number, side) =>
    advice.reasons
      .filter((reason) => reason.dimension === Number(number) && reason.favours === side)
      .reduce((sum, reason) => sum + reason.points, 0);
  const most = Math.max(5, ...dimensions.flatMap(([number]) => SIDES.map((side) => points(number, side))));
  const bar = (number, side) => {
    const count = points(number, side);
    const blocks = Array.from({ length: most }, (_, index) => element("i", { className: index < count ? "on" : "" }));
    const cell = element("td", { className: side }, element("span", { className: "bar", "aria-hidden": "true" }, ...blocks));
    cell.append(element("span", { className: "count" }, `${count}`));
    return cell;
  };
  return element(
    "table",
    {},
    element("caption", {}, "Points by dimension"),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "col" }, "Dimension"),
        ...["keras", "pytorch"].map((side) => element("th", { scope: "col", className: side }, NAMES[side])),
      ),
    ),
    element(
      "tbody",
      {},
      ...dimensions.map(([number, title]) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, `${number}. ${title}`),
          bar(number, "keras"),
          bar(number, "pytorch"),
        ),
      ),
    ),
  );
}

function reasons(advice, side, title) {
  const own = advice.reasons.filter((reason) => reason.favours === side);
  const sum = own.reduce((count, reason) => count + reason.points, 0);
  return [
    element("h3", {}, `${title}: ${pointsWords(sum)}`),
    own.length === 0
      ? element("p", {}, "None of your answers.")
      : list(
          own.map((reason) => [
            element("b", { className: side }, `+${reason.points}`),
            ` ${reason.text}`,
            element("p", { className: "today" }, `${reason.dimension}. ${reason.title}. ${reasonToday(reason)}`),
          ]),
        ),
  ];
}

function todayView(advice) {
  const parts = [element("h3", {}, todayLine(advice))];
  if (advice.reasons.length > 0) parts.push(element("p", {}, todayNote(advice)));
  if (advice.today.changes.length > 0) {
    parts.push(
      list(
        advice.today.changes.map((change) => [
          `${changeLine(change)} `,
          ...change.because.flatMap((id) => [noteLink(id), " "]),
        ]),
      ),
    );
  }
  return [element("section", { className: advice.today.differs ? "view differs" : "view" }, ...parts)];
}

function noteLink(id) {
  const link = element("a", { href: `#note-${id}` }, `[${id}]`);
  link.addEventListener("click", () => {
    document.getElementById("notes").open = true;
  });
  return link;
}

function flips(advice) {
  const rows = advice.flips.map((flip) => {
    const question = KNOWLEDGE.questions.find((one) => one.id === flip.question);
    const label = (id) => `\u201c${question.options.find((option) => option.id === id).label}\u201d`;
    const added = [flip.to].flat().find((id) => ![flip.from].flat().includes(id));
    const dropped = [flip.from].flat().find((id) => ![flip.to].flat().includes(id));
    const change = added ? (question.multiple ? `also ${label(added)}` : label(added)) : `without ${label(dropped)}`;
    return [
      `${question.prompt} ${change}: `,
      element("b", { className: flip.framework ?? "" }, flip.framework ? NAMES[flip.framework] : "a draw"),
    ];
  });
  return [
    element("h3", {}, flipsTitle(advice)),
    rows.length > 0 ? list(rows) : element("p", {}, "None: at least two answers would have to change."),
  ];
}

function targets(advice) {
  if (advice.targets.length === 0) return [];
  return [
    element("h3", {}, "What the targets mean"),
    list(
      advice.targets.map((one) => [
        `${one.target} with ${NAMES[one.framework]}: ${one.name}, ${one.remark}. Needs ${one.tools.join("; ")}.`,
      ]),
    ),
  ];
}

function notes(advice) {
  const entries = advice.notes.map((note) => [
    element("p", { id: `note-${note.id}` }, element("b", {}, note.id), ` ${note.text}`),
    element(
      "p",
      { className: note.stale ? "facts stale" : "facts" },
      `${noteFacts(note)}; sources of ${note.source_dates.join(", ")}: `,
      ...note.sources.flatMap((source, index) => [
        index > 0 ? "; " : "",
        source.address.includes(" ")
          ? `${source.title} (${source.address})`
          : element("a", { href: `https://${source.address}`, rel: "noreferrer" }, source.title),
      ]),
    ),
  ]);
  const details = element("details", { id: "notes" });
  details.open = document.getElementById("notes")?.open ?? false;
  details.append(element("summary", {}, `${advice.notes.length} notes with sources concern these answers`), list(entries));
  return [element("h3", {}, "Notes"), details];
}

function commands(advice) {
  const given = answersGiven();
  const fixed = frameworkGiven();
  const choices = advice.framework === null ? SIDES : [fixed];
  return [
    element("h3", {}, "Create the project"),
    element(
      "p",
      {},
      advice.framework === null
        ? "These answers do not decide it. Answer more questions, or choose:"
        : "Run this where fwstart is installed; myproject is the folder to create.",
    ),
    ...choices.map((choice) => command(commandOf(given, choice))),
  ];
}

function command(text) {
  // Lines break between words, not after the dashes of a flag.
  const words = text.split(" ").flatMap((word, index) => [index > 0 ? " " : "", element("span", {}, word)]);
  const code = element("code", {}, ...words);
  const button = element("button", { type: "button", className: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text, code)) ? "Copied" : "Selected: press Ctrl+C";
  });
  return element("div", { className: "command" }, element("pre", { tabIndex: 0 }, code), button);
}

async function copied(text, code) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection().selectAllChildren(code);
    return false;
  }
}

showQuestions();
showAdvice();
