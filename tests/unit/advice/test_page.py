"""The advisor page in headless Chromium: its advice is the command line's, its command makes that project."""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from support import CHECKOUT
from support.answer_space import all_vectors, answers_of, sample
from support.browser import illegible, screen, static_server

from fwstart.advice.knowledge import load_knowledge
from fwstart.advice.questions import FRAMEWORKS, Framework
from fwstart.advice.rule import Answers, advise
from fwstart.report.json import to_json
from fwstart.report.suggested_commands import decision_flags, new_command
from fwstart.report.wording import today_line, verdict_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

pytestmark = pytest.mark.page

PAGE = CHECKOUT / "docs" / "advisor"
TODAY = date(2026, 12, 1)


@pytest.fixture
def page(chromium: Chrome) -> Iterator[Chrome]:
    """Return the page, opened from the folder; nothing that it does is reported as a mistake."""
    chromium.get((PAGE / "index.html").as_uri())
    yield chromium
    assert [] == chromium.get_log("browser")  # type: ignore[no-untyped-call]


def choose(page: Chrome, answers: Answers, fixed: Framework | None = None) -> None:
    """Answer the questions with the mouse, from the start."""
    click(page, "button[type=reset]")
    for question_id, chosen in {**answers, **({"framework": (fixed,)} if fixed else {})}.items():
        for option_id in chosen:
            click(page, f"input[name={question_id}][value={option_id}]")


def click(page: Chrome, selector: str) -> None:
    page.execute_script("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
    page.find_element("css selector", selector).click()


def texts(page: Chrome, selector: str) -> list[str]:
    """Return the text of all elements that match, shown or not."""
    found: list[str] = page.execute_script(
        "return [...document.querySelectorAll(arguments[0])].map((node) => node.textContent)", selector
    )
    return found


def shortened(advice: dict[str, Any]) -> dict[str, Any]:
    """Return the advice with its notes by id, as otherwise they would be most of it."""
    return advice | {"notes": [[note["id"], note["stale"]] for note in advice["notes"]]}


def test_every_verdict(page: Chrome) -> None:
    """Both readings of all 20,736 answer vectors end as the Python rule's do."""
    vectors = all_vectors()
    script = """
        return arguments[0].map((answers) => {
          const { article, today } = advise(answers, null, "2026-12-01");
          return [article, today].map((one) => [one.framework, one.decided_by, one.confidence, one.points]);
        });
    """
    theirs = page.execute_script(script, [answers_of(vector) for vector in vectors])

    assert 20_736 == len(theirs)
    for vector, both in zip(vectors, theirs, strict=True):
        advice = advise(answers_of(vector))
        ours = [
            [
                one.framework,
                one.decided_by,
                one.confidence,
                {"pytorch": one.points.pytorch, "keras": one.points.keras},
            ]
            for one in (advice.article, advice.today)
        ]
        assert ours == both, vector


def test_everything_else(page: Chrome) -> None:
    """For 2,000 random vectors all of the advice is the command line's JSON."""
    chance = random.Random(4)  # noqa: S311  (nothing secret)
    cases = [
        (answers, chance.choice([None, *FRAMEWORKS]), chance.choice(["2026-12-01", "2027-11-23"]))
        for answers in sample(2_000, seed=4)
    ]
    script = """
        return arguments[0].map(([answers, fixed, today]) => {
          const advice = advise(answers, fixed, today);
          return { ...advice, notes: advice.notes.map((note) => [note.id, note.stale]) };
        });
    """
    for case, theirs in zip(cases, page.execute_script(script, cases), strict=True):
        answers, fixed, today = case
        ours = to_json(advise(answers, fixed=fixed), date.fromisoformat(today))
        assert shortened(ours) == theirs, case
    whole = page.execute_script("return advise(arguments[0], null, '2026-12-01')", cases[0][0])
    assert json.loads(json.dumps(to_json(advise(cases[0][0]), TODAY))) == whole


@pytest.mark.parametrize("seed", range(3))
def test_clicked_answers(page: Chrome, seed: int) -> None:
    """Answers given with the mouse show the same verdict, today's view and command as the command line."""
    for answers in sample(8, seed=seed):
        fixed = (None, *FRAMEWORKS)[seed]
        choose(page, answers, fixed)
        advice = advise(answers, fixed=fixed)

        assert verdict_lines(advice) == texts(page, "#verdict > *")
        assert [today_line(advice)] == texts(page, ".view h3")
        assert len(advice.notes) == len(texts(page, "#notes li"))
        decided = [advice] if advice.verdict.framework else [advise(answers, fixed=one) for one in FRAMEWORKS]
        assert [new_command("myproject", decision_flags(one), {}, []) for one in decided] == texts(
            page, "pre"
        )


@pytest.mark.parametrize(
    ("answers", "fixed", "frameworks"),
    [
        ({"background": ("experienced",), "deploy": ("edge", "browser")}, None, ["pytorch"]),
        ({"background": ("beginner",), "community": ("tfx",)}, None, ["keras"]),
        ({}, "keras", ["keras"]),
        ({"style": ("flexible",), "setting": ("enterprise",)}, None, ["pytorch", "keras"]),
    ],
)
def test_copied_command(
    page: Chrome, tmp_path: Path, answers: Answers, fixed: Framework | None, frameworks: list[str]
) -> None:
    """The command on the clipboard, run, generates the project that the page recommended."""
    page.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    choose(page, answers, fixed)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FWSTART_")}
    for number, framework in enumerate(frameworks):
        button = page.find_elements("css selector", ".copy")[number]
        page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
        button.click()
        copied = page.execute_async_script(
            "const done = arguments[0];"
            "setTimeout(() => navigator.clipboard.readText().then(done, (error) => done(`${error}`)), 200)"
        )
        folder = tmp_path / framework
        folder.mkdir()
        words = shlex.split(copied)
        assert "fwstart" == words[0]
        subprocess.run(
            [sys.executable, "-m", *words, "--no-git"], cwd=folder, env=environment, check=True, timeout=120
        )
        decision = json.loads((folder / "myproject/docs/decision.json").read_text(encoding="utf-8"))
        assert framework == decision["framework"]
        assert "Copied" == button.text
        for question_id, chosen in answers.items():
            recorded = decision["answers"][question_id]
            assert list(chosen) == (recorded if isinstance(recorded, list) else [recorded])


def test_keyboard(page: Chrome) -> None:
    """Every question is answered, and the command reached, with Tab, arrows and Space alone."""
    from selenium.webdriver import ActionChains, Keys

    def press(*keys: str) -> None:
        ActionChains(page).send_keys(*keys).perform()

    def focus() -> str:
        return str(
            page.execute_script("return document.activeElement.name || document.activeElement.className")
        )

    press(Keys.TAB, Keys.TAB)  # past the link that skips the questions
    assert "framework" == focus()
    press(Keys.TAB, Keys.ARROW_DOWN)  # the neutral answer is in the middle; down is experienced
    press(*[Keys.TAB] * 5, Keys.TAB, Keys.SPACE, Keys.TAB, Keys.SPACE)
    assert "deploy" == focus()
    assert ["Recommendation: PyTorch, 5 points to 4 (leaning)."] == texts(page, "#verdict h2")
    for _ in range(40):
        press(Keys.TAB)
        if focus() == "copy":
            break
    assert "copy" == focus()
    assert page.execute_script("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_nothing_is_fetched(page: Chrome) -> None:
    """All that the page loads lies beside it, and its own policy forbids anything else."""
    page.get_log("performance")  # type: ignore[no-untyped-call]  # what was before
    page.refresh()
    choose(page, {"background": ("beginner",)})
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]  # type: ignore[no-untyped-call]
    loaded = {
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    }
    files = {
        (PAGE / name).as_uri()
        for name in ("style.css", "knowledge.js", "rule.js", "wording.js", "advisor.js")
    }

    assert files | {(PAGE / "index.html").as_uri(), "data:,"} >= loaded >= files
    policy = page.find_element("css selector", "meta[http-equiv]").get_attribute("content")
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "http" not in policy


def test_from_a_server(chromium: Chrome) -> None:
    """A static host serves it as well."""
    with static_server(PAGE) as (url, requests):
        chromium.get(url)
        choose(chromium, {"background": ("beginner",)})
        assert ["Recommendation: Keras, 5 points to 0 (clear)."] == texts(chromium, "#verdict h2")

    assert sorted(
        ["/", *(f"/{path.name}" for path in PAGE.iterdir() if path.suffix in {".css", ".js"})]
    ) == sorted(requests)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_readable(page: Chrome, width: int, scheme: str) -> None:
    """At any width nothing sticks out sideways; in both schemes text has enough contrast."""
    with screen(page, width, scheme):
        page.refresh()
        choose(
            page, {"background": ("experienced",), "deploy": ("server", "edge"), "popularity": ("incumbent",)}
        )
        click(page, "#notes summary")

        assert [] == illegible(page)


def test_every_question_is_there(page: Chrome) -> None:
    """The questions, their help and their options are the command line's, in its order."""
    questions = load_knowledge().questions

    assert [f"{number}/7 {question.prompt}" for number, question in enumerate(questions, start=1)] == texts(
        page, "legend"
    )[1:]
    assert [option.label for question in questions for option in question.options] == texts(
        page, "fieldset:not([aria-describedby=framework-help]) label"
    )
