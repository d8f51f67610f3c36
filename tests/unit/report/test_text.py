"""Advice in a terminal."""

from datetime import date

import pytest
from support.answer_space import sample

from fwstart.advice.rule import Advice, advise
from fwstart.report.text import fill, to_text
from fwstart.terminal.screen import Screen

TODAY = date(2026, 12, 1)
LATER = date(2028, 1, 1)
CLOSE = advise({"background": ("experienced",), "deploy": ("edge", "browser")})
DRAW = advise({"style": ("flexible",), "setting": ("enterprise",)})
FIXED = advise({"background": ("beginner",)}, fixed="pytorch")
FULL = advise(
    {
        "background": ("beginner",),
        "style": ("flexible",),
        "setting": ("moving-to-pytorch",),
        "popularity": ("incumbent",),
        "models": ("tensorflow-hub",),
        "deploy": ("server", "edge", "browser", "pytorch-server"),
        "community": ("established",),
    }
)


CLOSE_IN_WORDS = """\
Recommendation: PyTorch, 5 points to 4 (leaning).

Points by dimension                Keras   PyTorch
1. Ease of use and learning curve        |#####
2. Industry relevance                    |
3. Popularity trends                     |
4. Model availability                    |
5. Deployment options                ####|
6. Community support                     |

For PyTorch: 5 points
  +5  You are experienced: PyTorch gives you flexibility in code that reads like
      ordinary Python.
      1. Ease of use and learning curve. Today: no note about it.

Against it, for Keras: 4 points
  +3  It must run on a phone or an edge device: TensorFlow Lite is made for
      that.
      5. Deployment options. Today: weakened; 1 point instead of 3.
  +1  You have several targets: TensorFlow's tools cover servers, devices and
      browsers together.
      5. Deployment options. Today: weakened; 0 points instead of 1.

Today's view: the same, PyTorch, 5 points to 1 (moderate)
These answers count differently today:
  deploy edge: 1 point for Keras instead of 3. PyTorch has a runtime for phones
      too, and LiteRT takes its models. [executorch, litert]
  deploy edge+browser: 0 points for Keras instead of 1. Each of these targets
      can be reached from PyTorch too. [executorch, litert, litertjs, tfjs]

Single answers that would change the verdict
  background  experienced -> beginner      Keras
  background  experienced -> some          Keras
  style       no-preference -> high-level  Keras
  setting     undecided -> enterprise      Keras
  community   no-preference -> tfx         Keras

What the targets mean in a PyTorch project
  edge: ExecuTorch, maintained. Needs the Python package executorch, about 1.2
      GB with what it needs.
  browser: ONNX Runtime Web, maintained. Needs the npm package onnxruntime-web;
      a browser with WebAssembly.

10 notes with sources concern these answers. To see them:
  fwstart advise --background experienced --deploy edge --deploy browser --yes --verbose"""


def test_text() -> None:
    """Verdict, bar, reasons with their status, today's view, flips, targets, and where the notes are."""
    assert CLOSE_IN_WORDS == to_text(CLOSE, Screen(), TODAY)


@pytest.mark.parametrize("advice", [CLOSE, DRAW, FIXED, FULL, *(advise(one) for one in sample(20, seed=1))])
@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_width(advice: Advice, width: int) -> None:
    """No line is wider than the terminal, but for an address, which stands alone so that it can be copied."""
    lines = to_text(advice, Screen(width=width), TODAY, verbose=True).splitlines()

    assert [] == [line for line in lines if len(line) > width and len(line.split()) > 1]
    assert not any("\x1b" in line or line != line.rstrip() for line in lines)


def test_headings() -> None:
    """The caller decides how headings stand out."""
    text = to_text(FULL, Screen(heading=lambda line: f"*{line}*"), TODAY, verbose=True)

    assert [
        "*Recommendation: Keras, 12 points to 4 (clear).*",
        "*Points by dimension                Keras   PyTorch*",
        "*For Keras: 12 points*",
        "*Against it, for PyTorch: 4 points*",
        "*Today's view: the same, Keras, 6 points to 5 (leaning)*",
        "*Single answers that would change the verdict*",
        "*What the targets mean in a Keras project*",
        "*Notes*",
    ] == [line for line in text.splitlines() if line.startswith("*")]


def test_nothing_turns_it() -> None:
    """A verdict that no single answer turns says so."""
    answers = {"background": ("beginner",), "style": ("high-level",), "setting": ("enterprise",)}
    text = to_text(advise({**answers, "deploy": ("edge",), "community": ("tfx",)}), Screen(), TODAY)

    assert "  None: at least two answers would have to change." in text.splitlines()


def test_archived_target() -> None:
    """What is archived says so where the target is chosen."""
    text = to_text(advise({"deploy": ("pytorch-server",)}), Screen(width=200), TODAY)

    assert (
        "\n  server: TorchServe, archived since August 2025, without security patches: keep it off open"
        in text
    )


def test_notes_with_sources() -> None:
    """`verbose` shows each note with its grade, its sources and when it was checked."""
    text = to_text(CLOSE, Screen(width=100), TODAY, verbose=True)

    assert (
        "  [litert] dimension 5, weakened, grade A (primary source), checked 2026-11-22\n"
        "      TensorFlow Lite has been called LiteRT since September 2024, and takes PyTorch models too\n"
        "      (litert-torch 0.10, October 2026).\n"
        "      LiteRT: github.com/google-ai-edge/LiteRT\n"
        "      LiteRT migration guide: ai.google.dev/edge/litert/migration\n"
        "      Dated 2024-09-04, 2026-10-20.\n"
    ) in text
    assert "      Reported: One blog of 2026 " in text
    assert "more than a year" not in text


def test_stale_notes_are_marked() -> None:
    """A note that was checked more than a year ago says so, and so does the line that points to the notes."""
    verbose, plain = (to_text(CLOSE, Screen(width=200), LATER, verbose=verbose) for verbose in (True, False))

    assert 10 == verbose.count("checked more than a year ago, 2026-11-22")
    assert "10 notes with sources, 10 of them checked more than a year ago, concern" in plain


def test_long_words_stay_whole() -> None:
    """An address is never broken."""
    assert "a\n      " + "b" * 70 == fill("a " + "b" * 70, 60, 6)
