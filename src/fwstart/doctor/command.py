"""`fwstart doctor`, from the probes to the output."""

from pathlib import Path

from fwstart.doctor.diagnosis import diagnose
from fwstart.doctor.probes import probing
from fwstart.doctor.report import to_json, to_text
from fwstart.doctor.requirements import load_requirements
from fwstart.terminal.console import Console
from fwstart.terminal.signals import stopped_cleanly

SECONDS = 10.0  # a container engine or a GPU that wakes up first takes a few


def examine(console: Console) -> None:
    """Show what this machine has, and what works on it."""
    requirements = load_requirements()
    with stopped_cleanly(), probing(requirements.tools.values(), Path(), seconds=SECONDS) as answers:
        machine = answers()
    findings = diagnose(requirements.parts, machine, requirements)
    console.say(to_text(machine, findings, requirements, console.screen))
    if console.json:
        console.document(to_json(machine, findings, requirements))
