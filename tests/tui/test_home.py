"""Home says what there is to do today, and begins it; another window and another size change nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from app_in_a_room import Room, answered, attempts, in_a_room, room

from quizbook import places
from quizbook.bank.library import load_bank
from quizbook.study.store import open_log
from quizbook.tui.home import HomeScreen
from quizbook.tui.menu import SIGN, Menu
from quizbook.tui.session_screen import SessionScreen

pytestmark = pytest.mark.usefixtures("home")
SIZES = [(80, 24), (40, 12), (120, 40)]


def in_words(text: str) -> str:
    """What stands on a screen, whatever its lines."""
    return " ".join(text.split())


def test_a_new_learner_is_offered_new_questions_and_no_review() -> None:
    async def visit(here: Room) -> None:
        text = await here.shows("10 questions", "nothing is due", "Attention mechanisms")
        assert "nothing answered today" in text
        assert f"{SIGN}n New" in text

    in_a_room(visit)


@pytest.mark.parametrize("size", SIZES)
def test_home_shows_what_is_due_and_the_first_choice_is_to_review_it(size: tuple[int, int]) -> None:
    answered("ch03.mc.01", 30)
    answered("ch04.mc.01", 40)
    answered("ch04.mc.02", 0)

    async def visit(here: Room) -> None:
        text = in_words(await here.shows("2 questions due"))
        assert "1 answer today" in text
        assert f"{SIGN}r Review" in text

    in_a_room(visit, size)


@pytest.mark.parametrize("size", SIZES)
def test_every_row_can_be_reached_and_read_whole_at_every_size(size: tuple[int, int]) -> None:
    answered("ch03.mc.01", 30)

    async def visit(here: Room) -> None:
        await here.shows("1 question due")
        seen = ""
        for _ in range(30):
            seen += in_words(here.text) + "\n"
            await here.press("down")
        for name in ("Review", "New", "Weak", "Exercises", "Progress"):
            assert name in seen
        for chapter in load_bank().chapters:
            words = f"{chapter.chapter} {chapter.title}"
            assert words in seen or words[: len(words) - 12] in seen, (words, seen)

    in_a_room(visit, size)


def test_a_review_from_home_is_recorded_and_home_knows_it_afterwards() -> None:
    answered("ch03.mc.01", 30)

    async def visit(here: Room) -> None:
        await here.shows("1 question due")
        await here.press("enter")
        await here.until(lambda: isinstance(here.app.screen, SessionScreen))
        await here.shows("1 of 1")
        await here.press("a")
        await here.shows("ure")  # how sure
        await here.press("1")
        await here.until(lambda: len(attempts()) == 2)
        await here.press("enter")
        await here.shows("1 of 1 question")
        await here.press("enter")
        await here.until(lambda: isinstance(here.app.screen, HomeScreen))
        assert "nothing is due" in await here.shows("1 answer today")

    in_a_room(visit)
    assert [(one.item, one.mode, one.confidence) for one in attempts()][1:] == [("ch03.mc.01", "review", "guess")]


@pytest.mark.parametrize(
    ("begin", "belongs"),
    [
        ("new", lambda question: True),
        ("chapter:4", lambda question: question.id.startswith("ch04")),
        ("section:3.4", lambda question: question.section == "3.4"),
        ("weak", lambda question: question.section == "3.1"),
    ],
)
def test_what_a_row_stands_for_is_what_is_asked(begin: str, belongs: Callable[[Any], bool]) -> None:
    of_section = [question.id for question in load_bank().questions if question.section == "3.1"]
    for id in of_section[:3]:
        answered(id, 0, score=0.0)

    async def visit(here: Room) -> None:
        await here.shows("3.1 (0% right)")
        here.app.begin(begin)
        await here.shows("1 of ")
        session = here.app.screen._session  # type: ignore[attr-defined]
        assert 0 < len(session.questions) <= 10
        assert all(belongs(question) for question in session.questions)

    in_a_room(visit)


def test_two_apps_on_one_log_know_of_each_other_after_a_session() -> None:
    answered("ch03.mc.01", 30)

    async def both() -> None:
        async with room() as one, room() as other:
            await one.shows("1 question due")
            await other.shows("1 question due")
            answered("ch03.mc.01", 0)  # what the other one's session does
            await one.press("e")
            await one.shows("0 of")
            await one.press("escape")
            assert "nothing is due" in await one.shows("1 answer today")

    asyncio.run(both())


def test_the_theme_is_taken_at_once_and_kept() -> None:
    async def visit(here: Room) -> None:
        await here.shows("nothing is due")
        assert here.app.theme == "quizbook-dark"
        here.app.set_theme("light")
        assert here.app.theme == "quizbook-light"

    async def visit_later(here: Room) -> None:
        assert here.app.theme == "quizbook-light"

    in_a_room(visit)
    in_a_room(visit_later)


def test_home_follows_a_resize() -> None:
    async def visit(here: Room) -> None:
        await here.shows("Understanding large language models  ")
        await here.pilot.resize_terminal(40, 12)
        await here.until(lambda: here.app.screen.query_one(Menu).size.width <= 40)
        await here.press("end")
        await here.shows("E Parameter-efficient", "0%")
        assert all(len(line) <= 40 for line in here.text.splitlines())
        await here.pilot.resize_terminal(120, 40)
        await here.shows("E Parameter-efficient fine-tuning with LoRA  ")

    in_a_room(visit)


def test_without_colour_the_choice_has_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def visit(here: Room) -> None:
        await here.shows(f"{SIGN}n New")
        await here.press("down")
        await here.shows(f"{SIGN}w Weak")

    in_a_room(visit)


def test_an_error_in_the_app_is_raised_where_it_was_opened_and_no_traceback_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def visit(here: Room) -> None:
        await here.shows("nothing is due")
        here.app.call_later(lambda: 1 / 0)
        await here.until(lambda: here.app.error is not None)

    with pytest.raises(ZeroDivisionError):
        in_a_room(visit)
    assert capsys.readouterr() == ("", "")


def test_a_log_that_breaks_meanwhile_ends_the_app_with_its_sentence() -> None:
    async def visit(here: Room) -> None:
        await here.shows("nothing is due")
        with open_log(places.home()) as log:
            log._connection.execute("DROP TABLE meta")
        here.app.read_today()
        await here.until(lambda: here.app.error is not None)
        assert "Put a copy back" in str(here.app.error) or "damaged" in str(here.app.error)

    in_a_room(visit)
