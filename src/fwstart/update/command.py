"""`fwstart update`, from its flags to its output and exit code."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS, TARGETS, Framework
from fwstart.errors import EXIT_DONE, EXIT_FAILED, EXIT_NEWER, FwstartError
from fwstart.git.run import run_git, typed_git
from fwstart.report.wording import COLLECTIONS
from fwstart.settings.questionnaire import check_pipeline, project_question
from fwstart.settings.settings import named
from fwstart.template.recorded import ANSWERS_FILE, UNTOUCHED, read_recorded
from fwstart.terminal.spelling import list_paths, not_accepted, shown, typed
from fwstart.update.leaving import ask_about_doomed, find_leaving, show_leaving
from fwstart.update.putting_back import put_back_abandoned
from fwstart.update.repository import check_repository, refuse_unfinished, refuse_unmerged
from fwstart.update.step import CHOICES, Request, Step, Update, plan_step, read_changelog, worked_out
from fwstart.update.twin import refuse_other_framework

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fwstart.template.releases import Release
    from fwstart.terminal.console import Console

SPARSE = ("config", "--type=bool", "--get", "core.sparseCheckout")
SCHEMA_VERSION = 1
CHOICE_WORDS = {"accelerator": "Trains on", "backbones": "Pretrained backbones", "pipeline": "Pipeline"}

_HEADING = re.compile("^### ", re.MULTILINE)  # of the changelog's Markdown


def check(request: Request, console: Console) -> int:
    """Say whether there is anything to do; return 3 if there is."""
    refuse_unfinished(Path(request.path))
    step = plan(request)
    report = show_step(step, request, console)
    if console.json:
        console.document(report)
    return EXIT_DONE if step.is_idle else EXIT_NEWER


def show_difference(request: Request, console: Console) -> int:
    """Show what an update would change, as a patch; nothing is touched."""
    refuse_unfinished(Path(request.path))
    step = plan(request, committed=True)
    report = show_step(step, request, console)
    if not step.is_idle:
        with worked_out(step) as update:
            report |= show_leaving(find_leaving(update, request.path, request.to, request.switches), console)
            patch = update.scratch.patch(update.merged)
            report |= show_outcome(update, console, done=False)
        console.say()
        console.say(patch.rstrip("\n"))
        report["patch"] = patch
    if console.json:
        console.document(report)
    return EXIT_DONE


def update(request: Request, console: Console, *, yes: bool) -> int:
    """Update the project; return 1 if there are conflicts to resolve.

    Raises:
        FwstartError: it cannot be updated, or would lose edited files and nobody said yes; it is as it was.
    """
    put_back(Path(request.path), console)
    step = plan(request, committed=True)
    report = show_step(step, request, console)
    conflicts = False
    if not step.is_idle:
        with worked_out(step) as worked:
            leaving = find_leaving(worked, request.path, request.to, request.switches)
            report |= show_leaving(leaving, console)
            _ask_about_package(worked, request, console, yes=yes)
            if not yes:
                ask_about_doomed(worked, leaving, request.command("--yes"), console)
            worked.make()
            console.made(_what_was_made(worked, request))
            report |= show_outcome(worked, console, done=True)
            conflicts = bool(worked.merged.conflicts)
    if console.json:
        console.document(report)
    return EXIT_FAILED if conflicts else EXIT_DONE


def put_back(project: Path, console: Console) -> None:
    """Put back what a killed update left, and say what came of it."""
    outcome = put_back_abandoned(project)
    if outcome is None:
        return
    if not outcome.left:
        console.note("An earlier update was stopped halfway: the files are as they were before it.")
        return
    put_back = f"{outcome.count} files are as they were before it"
    listed = list_paths(outcome.left)
    console.note(
        f"An earlier update was stopped halfway: {put_back}; these were changed or committed since, and stay "
        f"as they are: {listed}."
    )
    if outcome.saved:
        console.note(f"What was there before that update is kept in {shown(outcome.saved)}.")


def plan(request: Request, *, committed: bool = False) -> Step:
    """Return the step that was asked for; what it changes must be `committed` where that is said.

    Raises:
        UsageError: a value is not accepted.
        FwstartError: there is no such step.
    """
    project = Path(request.path)
    deploy = _targets(request.deploy) if request.deploy else None
    if request.framework is not None:
        refuse_other_framework(request.path, read_recorded(project), _framework(request.framework))
    for key, value in request.chosen.items():
        accepted = project_question(key).choices
        if value not in accepted:
            raise not_accepted(f"--{key}", value, accepted)
    step = plan_step(project, request.to, deploy, request.chosen)
    if "pipeline" in request.chosen:
        fix = "Use --pipeline kfp; the twin that --framework keras describes can have TFX."
        pipeline, framework = step.choice("pipeline")[1], step.recorded.answers["framework"]
        check_pipeline("--pipeline", pipeline, framework, fix=f"{fix} {UNTOUCHED}")
    if step.is_idle:
        refuse_unmerged(project)
    elif committed:
        check_repository(project)
    return step


def _framework(value: str) -> Framework:
    if value not in FRAMEWORKS:
        raise not_accepted("--framework", value, FRAMEWORKS)
    return value


def _targets(values: Sequence[str]) -> list[str]:
    """Return the chosen targets by copier.yml's names, in its order; `none` alone is none of them."""
    question = load_knowledge().question("deploy")
    chosen = {question.option(word).target for word in named(values, question.values, "--deploy")}
    return [target for target in TARGETS if target in chosen]


def show_step(step: Step, request: Request, console: Console) -> dict[str, object]:
    """Say what the step is and what the changelog says about it; return the same for JSON."""
    changelog, path = read_changelog(step), request.path
    name = shown(path if Path(path).name else Path(path).resolve().name)  # "." has none of its own
    before, after = (", ".join(targets) or "none" for targets in (step.deployed, step.deploy))
    if step.is_idle:
        console.say(f"{name} is up to date: release {step.current}, deployment targets: {before}.")
    elif step.between:
        console.say(console.heading(f"{name}: release {step.current} -> {step.target}"))
    else:
        console.say(f"{name} stays at release {step.current}.")
    if before != after:
        console.say(f"Deployment targets: {before} -> {after}.")
        _say_what_is_left_out(step, request, console)
    for key, words in CHOICE_WORDS.items():
        was, becomes = step.choice(key)
        if was != becomes:
            console.say(f"{words}: {was} -> {becomes}.")
    _say_what_is_installed(step, console)
    for release, notes in changelog:
        console.say(f"\n{console.heading(str(release))}\n{_HEADING.sub('', notes)}")
    return report_of(step, request, changelog)


def _say_what_is_left_out(step: Step, request: Request, console: Console) -> None:
    """Say which targets leave while others stay: --deploy may have been meant to add one."""
    left_out = [target for target in step.deployed if target not in step.deploy]
    if left_out and step.deploy and not request.named_all:
        console.prose(f"Left out: {', '.join(left_out)}. To have all of these targets (commit first):")
        console.say(f"  {request.command(deploy=[*request.deploy, *left_out])}")


def _say_what_is_installed(step: Step, console: Console) -> None:
    before, after = step.choice("backbones")
    if before != after:
        by_default = before == project_question("backbones").default
        how = "by default" if by_default else "only with the extra `pretrained`"
        collections = COLLECTIONS[step.recorded.answers["framework"]]
        console.prose(
            f"{collections} will be installed {how}; docs/pretrained.md and config.toml change with that."
        )


def report_of(
    step: Step, request: Request, changelog: Iterable[tuple[Release, str]] = ()
) -> dict[str, object]:
    """Return the JSON of a step."""
    return {
        "schema_version": SCHEMA_VERSION,
        "path": os.path.abspath(request.path),  # noqa: PTH100  (links stay as the user wrote them)
        "command": request.command(),
        "from": str(step.current),
        "to": str(step.target),
        "newer": bool(step.between),
        "deploy": {"from": step.deployed, "to": step.deploy},
        "unchanged": list(request.unchanged),
        **{key: dict(zip(("from", "to"), step.choice(key), strict=True)) for key in CHOICES},
        "changelog": [{"version": str(release), "notes": notes} for release, notes in changelog],
    }


def _ask_about_package(worked: Update, request: Request, console: Console, *, yes: bool) -> None:
    """Refuse an update that looks for the package where it no longer is, unless the user says yes."""
    renamed = worked.renamed_package
    if renamed is None or yes:
        return
    problem = f"src/{renamed.recorded}, the package that {ANSWERS_FILE} records, does not exist."
    new = renamed.found or "NEW_NAME"
    fix = f"If you renamed it, write `package: {new}` in {ANSWERS_FILE} and commit that, then try again."
    if console.asks:
        from fwstart.settings import dialogue

        console.say(f"\n{problem} {fix}")
        if dialogue.confirm("Update anyway?"):
            return
        raise FwstartError("The update was canceled, because the package is missing.", fix=UNTOUCHED)
    raise FwstartError(problem, fix=f"{fix} To update anyway: {request.command('--yes')}. {UNTOUCHED}")


def show_outcome(worked: Update, console: Console, *, done: bool) -> dict[str, object]:
    """Say what became, or would become, of the project's files; return the same for JSON."""
    merged = worked.merged
    groups = {
        kind: [change.path for change in merged.changes if change.kind == kind]
        for kind in ("added", "changed", "deleted")
    }
    counts = ", ".join(f"{len(paths)} {kind}" for kind, paths in groups.items() if paths)
    console.say(f"\n{'Files' if done else 'Files it would change'}: {counts or 'none'}.")
    _say_paths("Deleted, although you edited them:", merged.doomed, console)
    here = [path for path in merged.absent if os.path.lexists(worked.step.project / path)]
    gone = [path for path in merged.absent if path not in here]
    _say_paths("You deleted these, and they stay deleted, although the template changed them:", gone, console)
    _say_paths("These stay as they are, because git ignores them and they are not committed:", here, console)
    marked = [path for path in merged.conflicts if path not in merged.clashes]
    _say_paths("Conflicts, marked in the files:", marked, console)
    _say_clashes(merged.clashes, console)
    if done:
        console.say(_next_step(worked))
    return {**groups, "doomed": merged.doomed, "absent": merged.absent, "conflicts": list(merged.conflicts)}


def _say_clashes(clashes: Mapping[str, str], console: Console) -> None:
    """Say which conflicts no marker in a file shows, each with git's own words."""
    if clashes:
        console.say("\nConflicts that no marker shows:")
        for path, words in clashes.items():
            console.prose(f"  {shown(path)}{': ' if words else ''}{shown(words)}")


def _what_was_made(worked: Update, request: Request) -> str:
    made = f"The update of {shown(request.path)} to release {worked.step.target} was made"
    conflicts = ", ".join(shown(path) for path in worked.merged.conflicts)
    return f"{made}; conflicts to resolve: {conflicts}." if conflicts else f"{made}."


def _next_step(worked: Update) -> str:
    step = worked.step
    git = typed_git(step.project)
    sparse = "--sparse " if run_git(step.project, *SPARSE).output.strip() == "true" else ""
    add = f"{git} add {sparse}--all ."
    if worked.ignored:  # by the user's own rules
        add += f" && {git} add --force -- {typed(*worked.ignored)}"
    commit = f"{add} && {git} commit -m {typed(_commit_message(step))}"
    locked = any(change.path == "pyproject.toml" for change in worked.merged.changes)
    tests = "run `uv sync` and the tests" if locked else "run the tests"
    if worked.merged.conflicts:
        return f"\nResolve them (`{git} diff` shows both sides), {tests}, then: {commit}"
    return f"\n{tests.capitalize()}, look at `{git} diff`, then: {commit}"


def _commit_message(step: Step) -> str:
    parts = [f"update to fwstart {step.target}"] if step.between else []
    if step.deploy != step.deployed:
        parts.append(f"deploy to {', '.join(step.deploy)}" if step.deploy else "remove all targets")
    for key in CHOICES:
        before, after = step.choice(key)
        if before != after:
            parts.append(f"train on the {after.upper()}" if key == "accelerator" else f"set {key} to {after}")
    message = ", ".join(parts)
    return message[:1].upper() + message[1:]


def _say_paths(heading: str, paths: Iterable[str], console: Console) -> None:
    if names := list(paths):
        console.say(f"\n{heading}")
        _list(names, console)


def _list(paths: Sequence[str], console: Console) -> None:
    for path in paths:
        console.say(f"  {shown(path)}")
