"""From a question's kind to the widget that asks it."""

from __future__ import annotations

from importlib import import_module

from quizbook.bank import questions as kinds
from quizbook.study.presentation import Presentation
from quizbook.tui.questions.view import QuestionView


def view_of(shown: Presentation) -> QuestionView:
    """A fresh widget for this question; each kind's module is loaded when it first comes."""
    match shown.question:
        case kinds.MultipleChoice():
            from quizbook.tui.questions.multiple_choice import MultipleChoiceView

            return MultipleChoiceView(shown)
        case kinds.Ordering():
            from quizbook.tui.questions.ordering import OrderingView

            return OrderingView(shown)
        case kinds.CodeBlank() if not shown.choices:
            from quizbook.tui.questions.typed_blanks import TypedBlanksView

            return TypedBlanksView(shown)
        case kinds.Matching() | kinds.Diagram() | kinds.CodeBlank():
            from quizbook.tui.questions.pairs import PairsView

            return PairsView(shown)
        case _:
            from quizbook.tui.questions.written import WrittenView

            return WrittenView(shown)


def load_all() -> None:
    """Load the module of every kind ahead of its first question."""
    for name in ("multiple_choice", "ordering", "typed_blanks", "pairs", "written"):
        import_module(f"quizbook.tui.questions.{name}")
