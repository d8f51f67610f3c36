// Advice in sentences: those of src/fwstart/report/wording.py.
"use strict";

const NAMES = KNOWLEDGE.frameworks;

function verdictLines(advice) {
  if (advice.framework === null) {
    return [`A draw: ${totals(advice)}, and neither background nor deployment decides.`];
  }
  if (advice.decided_by !== "fixed") return [`Recommendation: ${summaryOf(advice)}.`];
  const alone = advice.article.framework
    ? `recommends ${summaryOf(advice.article)}`
    : advice.reasons.length === 0
      ? "has nothing to go by"
      : `ends in a draw (${totals(advice.article)})`;
  return [`Framework: ${NAMES[advice.framework]}, as already decided.`, `The article alone ${alone}.`];
}

function summaryOf(verdict) {
  const { framework, points } = verdict;
  if (framework === null) return `a draw (${totals(verdict)})`;
  if (verdict.decided_by === "score") {
    const other = framework === "pytorch" ? "keras" : "pytorch";
    return `${NAMES[framework]}, ${pointsWords(points[framework])} to ${points[other]} (${verdict.confidence})`;
  }
  const question = verdict.decided_by === "tie-break: background" ? "background" : "deployment";
  return (
    `${NAMES[framework]}, by ${question}, as points are tied at ` +
    `${points.pytorch} to ${points.keras} (${verdict.confidence})`
  );
}

function todayLine(advice) {
  if (advice.reasons.length === 0) return "Today's view: nothing to go by either";
  return `Today's view: ${advice.today.differs ? "would decide differently" : "the same"}, ${summaryOf(advice.today)}`;
}

function todayNote(advice) {
  if (advice.today.changes.length === 0) return "None of these answers counts differently today.";
  if (!advice.today.differs) return "These answers count differently today:";
  const verdict =
    advice.decided_by === "fixed" ? "the article's verdict" : "the verdict, which rests on the article alone";
  return `It does not replace ${verdict}. It differs because of this:`;
}

function reasonToday(reason) {
  const status = `Today: ${reason.status === null ? "no note about it" : reason.status === "new" ? "new facts since" : reason.status}`;
  if (reason.points_today === reason.points) return `${status}.`;
  return `${status}; ${pointsWords(reason.points_today)} instead of ${reason.points}.`;
}

function changeLine(change) {
  return `${change.option}: ${pointsWords(change.to)} for ${NAMES[change.favours]} instead of ${change.from}. ${change.text}`;
}

function flipsTitle(advice) {
  const whose = advice.decided_by === "fixed" ? "the article's verdict" : "the verdict";
  return `Single answers that would change ${whose}`;
}

function sidesOf(advice) {
  if (advice.framework === null) return SIDES.map((side) => [side, `For ${NAMES[side]}`]);
  const other = advice.framework === "pytorch" ? "keras" : "pytorch";
  return [
    [advice.framework, `For ${NAMES[advice.framework]}`],
    [other, `Against it, for ${NAMES[other]}`],
  ];
}

function noteFacts(note) {
  return [
    note.dimension ? `dimension ${note.dimension}` : "outside the article's dimensions",
    note.status,
    `grade ${note.grade} (${KNOWLEDGE.grades[note.grade]})`,
    note.stale ? `checked more than a year ago, ${note.checked}` : `checked ${note.checked}`,
  ].join(", ");
}

function totals(verdict) {
  return SIDES.map((side) => `${NAMES[side]} ${verdict.points[side]}`).join(", ");
}

function pointsWords(count) {
  return count === 1 ? "1 point" : `${count} points`;
}
