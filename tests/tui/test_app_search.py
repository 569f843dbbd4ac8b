"""The search, the palette and the list of keys lead to every question and exercise."""

from __future__ import annotations

import pytest
from app_in_a_room import Room, in_a_room
from textual.command import CommandPalette

from quizbook.bank.library import load_bank
from quizbook.practice.today import load_material
from quizbook.tui.exercise_screen import ExerciseScreen
from quizbook.tui.finding import entries_of, find
from quizbook.tui.palette import offers

pytestmark = pytest.mark.usefixtures("home")


def test_every_question_is_found_first_by_its_id_and_every_exercise_by_its_number() -> None:
    material = load_material()
    entries = entries_of(material)
    for question in material.bank.questions:
        assert find(entries, question.id)[0].id == question.id
    for exercise in material.exercises:
        assert find(entries, f"exercise {exercise.id}")[0].id == exercise.id


def test_all_words_have_to_be_there_and_a_section_comes_before_a_mention() -> None:
    entries = entries_of(load_material())
    sections = {question.id: question.section for question in load_bank().questions}
    found = find(entries, "3.5")
    assert [sections.get(entry.id) for entry in found[:5]] == ["3.5"] * 5
    both = find(entries, "causal mask")
    assert both
    assert all("causal" in entry.text and "mask" in entry.text for entry in both)
    assert find(entries, "causal nosuchword") == []
    assert find(entries, "  ") == []


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_enter_asks_the_question_that_was_found(size: tuple[int, int]) -> None:
    async def visit(here: Room) -> None:
        await here.until(lambda: here.app.today is not None)
        await here.press("slash", *"ch03.mc.01")
        await here.shows("ch03.mc.01", "found")
        await here.press("enter")
        await here.shows("1 of 1")
        assert [question.id for question in here.app.screen._session.questions] == ["ch03.mc.01"]  # type: ignore[attr-defined]

    in_a_room(visit, size)


def test_enter_opens_the_exercise_that_was_found() -> None:
    async def visit(here: Room) -> None:
        await here.press("slash", *"bare matrices")
        await here.shows("exercise 3.1")
        await here.press("enter")
        await here.until(lambda: isinstance(here.app.screen, ExerciseScreen))
        await here.shows("3.1 From nn.Linear to bare matrices")

    in_a_room(visit)


def test_the_palette_offers_every_chapter_and_exercise_and_takes_what_is_typed() -> None:
    async def visit(here: Room) -> None:
        await here.until(lambda: here.app.today is not None)
        names = [offer.name for offer in offers(here.app)]
        assert "Chapter 3: Attention mechanisms" in names
        assert {f"Exercise {one.id}: {one.title}" for one in load_material().exercises} <= set(names)
        await here.press("ctrl+p")
        await here.until(lambda: isinstance(here.app.screen, CommandPalette) and here.app.focused)
        await here.press(*"theme light")
        await here.shows("Theme: light")
        await here.press("enter")
        await here.until(lambda: here.app.theme == "quizbook-light")

    in_a_room(visit)


def test_the_keys_of_a_screen_are_listed_and_any_of_three_ways_closes_the_list() -> None:
    async def visit(here: Room) -> None:
        await here.shows("nothing is due")
        for key in ("escape", "question_mark", "enter"):
            await here.press("question_mark")
            text = await here.shows("Keys", "new questions", "exercises", "progress")
            assert "Focus Next" not in text
            await here.press(key)
            await here.until(lambda: len(here.app.screen_stack) == 1)

    in_a_room(visit)


def test_progress_shows_its_charts_at_every_width() -> None:
    from app_in_a_room import answered

    for day in range(5):
        answered("ch03.mc.01", day)

    async def visit(here: Room) -> None:
        await here.press("p")
        await here.shows("5 answers on 1 item")
        await here.pilot.resize_terminal(40, 12)
        await here.shows("5 answers on 1 item")
        await here.press("escape")
        await here.shows("Review")

    in_a_room(visit)
