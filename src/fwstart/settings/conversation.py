"""The questions in their order: the framework first, then what is left to ask, and back again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fwstart.advice.knowledge import load_knowledge
from fwstart.settings import dialogue

if TYPE_CHECKING:
    from collections.abc import Callable

    from fwstart.advice.questions import Framework, Question
    from fwstart.settings.settings import Settings

SHAPING = ("models", "deploy")  # the questions whose answers change a project whose framework is decided


class Conversation:
    """Asks for everything that was not given, and remembers the answers, so that each can be reached again.

    If the framework is decided, only the questions whose answers still shape the project are asked;
    questions that are all answered make that first one idle.
    """

    def __init__(self, settings: Settings, say: Callable[[str], None]) -> None:
        """Begin with what was given; `say` shows a line."""
        self._given = settings
        self._say = say
        self._framework: Framework | None = settings.framework
        self._answers: dict[str, tuple[str, ...]] = {}
        self._told_back = False

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to ask."""
        asked = [question for question in load_knowledge().questions if question.id not in self._given.given]
        return self._given.framework is not None or not asked

    @property
    def settings(self) -> Settings:
        """What was given and answered so far."""
        settings = self._given
        if self._framework:
            settings = settings.having("framework", self._framework)
        for question in load_knowledge().questions:
            counts = not self._framework or question.id in SHAPING
            if counts and question.id in self._answers:
                settings = settings.having(question.id, *self._answers[question.id])
        return settings

    def ask(self, *, again: bool = False) -> Settings:
        """Ask all questions, or the last one `again`, and return the settings with the answers.

        Raises:
            KeyboardInterrupt: Ctrl-C, or the terminal is gone.
        """
        if self.is_idle:
            return self._given
        position = len(self._questions) if again else 0
        while position <= len(self._questions):
            if position == 0:
                self._framework = dialogue.ask_framework(self._framework, self._say)
                position = 1
            else:
                position += 1 if self._answered(position) else -1
        return self.settings

    def change(self, key: str, *value: str) -> None:
        """Remember another value for something that was answered or given."""
        if key in self._answers:
            self._answers[key] = value
        else:
            self._given = self._given.having(key, *value)

    @property
    def _questions(self) -> list[Question]:
        """The questions after the first one; fewer where the framework is decided."""
        shaping = [key for key in SHAPING if key != "models" or "backbones" not in self._given.given]
        return [
            question
            for question in load_knowledge().questions
            if question.id not in self._given.given and (not self._framework or question.id in shaping)
        ]

    def _answered(self, position: int) -> bool:
        """Ask one question, counted from 1; return False where the user wants the one before."""
        questions = self._questions
        question, total = questions[position - 1], len(questions)
        answer = dialogue.ask_question(
            question,
            self._answers.get(question.id, question.neutral),
            self._say,
            f"{position}/{total}" if total > 1 else dialogue.MARK,
            "" if self._told_back else dialogue.KEYS_BACK,
        )
        self._told_back = True
        if isinstance(answer, dialogue.Back):
            return False
        self._answers[question.id] = answer
        return True
