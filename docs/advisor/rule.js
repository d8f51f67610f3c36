// The rule of src/fwstart/advice/rule.py and flips.py over KNOWLEDGE: answers in, advice out, with the keys
// of docs/advice.schema.json. Nothing here touches the page; a test compares it with the Python rule.
"use strict";

const SIDES = Object.keys(KNOWLEDGE.frameworks);

// answers: {question: [option, ...]}, neutral where missing; fixed: a framework or null; today: "2026-11-22".
function advise(answers, fixed, today) {
  const full = complete(answers);
  const reasons = KNOWLEDGE.questions.flatMap((question) => reasonsOf(question, full[question.id]));
  const article = verdictOf(reasons, "points");
  const verdict = fixed ? { ...article, framework: fixed, decided_by: "fixed" } : article;
  const view = verdictOf(reasons, "points_today");
  const changes = reasons.filter((reason) => reason.points_today !== reason.points);
  return {
    schema_version: KNOWLEDGE.schema_version,
    ...verdict,
    article,
    reasons: reasons.map((reason) => reasonJson(reason, verdict.framework)),
    today: {
      ...view,
      differs: view.framework !== article.framework,
      because: [...new Set(changes.flatMap((reason) => reason.because))],
      changes: changes.map(changeJson),
    },
    flips: flipsOf(full, article.framework),
    targets: targetsOf(full.deploy, verdict.framework),
    notes: notesOf(full).map((note) => ({ ...note, stale: isStale(note.checked, today) })),
    answers: Object.fromEntries(
      KNOWLEDGE.questions.map((question) => [question.id, answerJson(question, full[question.id])]),
    ),
  };
}

function neutralOf(question) {
  return question.options.filter((option) => option.weight === null).map((option) => option.id);
}

function complete(answers) {
  return Object.fromEntries(
    KNOWLEDGE.questions.map((question) => {
      const chosen = answers[question.id] ?? neutralOf(question);
      return [question.id, question.options.map((option) => option.id).filter((id) => chosen.includes(id))];
    }),
  );
}

// What one question's answer counts: the strongest option of each side, and the combined point.
function reasonsOf(question, chosen) {
  return SIDES.flatMap((side) => {
    const options = question.options.filter(
      (option) => chosen.includes(option.id) && option.weight?.favours === side,
    );
    if (options.length === 0) return [];
    const strongest = options.reduce((one, two) => (two.weight.points > one.weight.points ? two : one));
    const own = reasonOf(question, [strongest.id], strongest.weight);
    if (options.length === 1 || question.combined?.favours !== side) return [own];
    return [own, reasonOf(question, options.map((option) => option.id), question.combined)];
  });
}

function reasonOf(question, options, weight) {
  const about = notesAbout(question, options, weight).map((note) => note.id);
  return { question, options, ...weight, notes: about };
}

// The notes that bear on any of these answers, and those behind their points today.
function notesAbout(question, options, weight) {
  const weights = [...question.options.filter((option) => options.includes(option.id)).map((one) => one.weight), weight];
  const because = weights.flatMap((one) => one?.because ?? []);
  const concerned = options.map((id) => `${question.id}.${id}`);
  return KNOWLEDGE.notes.filter(
    (note) => because.includes(note.id) || note.concerns.some((answer) => concerned.includes(answer)),
  );
}

function notesOf(full) {
  const about = KNOWLEDGE.questions.flatMap((question) => {
    const combined = full[question.id].length > 1 ? question.combined : null;
    return notesAbout(question, full[question.id], combined).map((note) => note.id);
  });
  return KNOWLEDGE.notes.filter((note) => note.concerns.includes("always") || about.includes(note.id));
}

function verdictOf(reasons, reading) {
  const points = total(reasons, reading);
  const [framework, decidedBy] = decide(points, reasons, reading);
  const margin = Math.abs(points.pytorch - points.keras);
  return { framework, decided_by: decidedBy, confidence: confidenceOf(margin), points };
}

function decide(points, reasons, reading) {
  if (favored(points)) return [favored(points), "score"];
  for (const [id, decidedBy] of Object.entries(KNOWLEDGE.tie_breaks)) {
    const side = favored(total(reasons.filter((reason) => reason.question.id === id), reading));
    if (side) return [side, decidedBy];
  }
  return [null, "draw"];
}

function total(reasons, reading) {
  const points = Object.fromEntries(SIDES.map((side) => [side, 0]));
  for (const reason of reasons) points[reason.favours] += reason[reading];
  return points;
}

function favored(points) {
  if (points.pytorch === points.keras) return null;
  return points.pytorch > points.keras ? "pytorch" : "keras";
}

function confidenceOf(margin) {
  if (margin === 0) return "toss-up";
  if (margin <= 2) return "leaning";
  return margin <= 4 ? "moderate" : "clear";
}

// Every single answer that would change the article's verdict; of a multiple question one option more or less.
function flipsOf(full, framework) {
  return KNOWLEDGE.questions.flatMap((question) =>
    otherAnswers(question, full[question.id]).flatMap((after) => {
      const reasons = KNOWLEDGE.questions.flatMap((one) =>
        reasonsOf(one, one.id === question.id ? after : full[one.id]),
      );
      const turned = verdictOf(reasons, "points").framework;
      if (turned === framework) return [];
      const [from, to] = [full[question.id], after].map((chosen) => answerJson(question, chosen));
      return [{ question: question.id, from, to, framework: turned }];
    }),
  );
}

function otherAnswers(question, chosen) {
  const ids = question.options.map((option) => option.id);
  if (!question.multiple) return ids.filter((id) => !chosen.includes(id)).map((id) => [id]);
  return ids.map((changed) => ids.filter((id) => chosen.includes(id) !== (id === changed)));
}

function targetsOf(chosen, framework) {
  const deploy = KNOWLEDGE.questions.find((question) => question.id === "deploy");
  const targets = deploy.options.filter((option) => chosen.includes(option.id)).map((option) => option.target);
  return KNOWLEDGE.deployments.filter((one) => targets.includes(one.target) && one.framework === framework);
}

// Whether more than a year has passed since the day of the check.
function isStale(checked, today) {
  return today > `${Number(checked.slice(0, 4)) + 1}${checked.slice(4)}`;
}

// The command that creates the project; a fixed framework, or one chosen at a draw, is said.
function commandOf(answers, fixed) {
  const full = complete(answers);
  const flags = KNOWLEDGE.questions.flatMap((question) => {
    const chosen = full[question.id];
    return chosen.join() === neutralOf(question).join() ? [] : chosen.flatMap((id) => [`--${question.id}`, id]);
  });
  return ["fwstart", "new", "myproject", ...flags, ...(fixed ? ["--framework", fixed] : []), "--yes"].join(" ");
}

function answerJson(question, chosen) {
  return question.multiple ? chosen : chosen[0];
}

function reasonJson(reason, framework) {
  return {
    question: reason.question.id,
    option: reason.options.join("+"),
    dimension: reason.question.dimension,
    title: reason.question.title,
    points: reason.points,
    favours: reason.favours,
    text: reason.reason,
    status: reason.status,
    points_today: reason.points_today,
    notes: reason.notes,
    ...(framework && { side: reason.favours === framework ? "for" : "against" }),
  };
}

function changeJson(reason) {
  return {
    question: reason.question.id,
    option: reason.options.join("+"),
    favours: reason.favours,
    from: reason.points,
    to: reason.points_today,
    text: reason.reason_today,
    because: reason.because,
  };
}
