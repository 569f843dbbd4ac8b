"""The reader opens the file of a name at its line, finds words in it, and leads back."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_in_a_room import Room, in_a_room

from quizbook.bank.library import load_bank
from quizbook.study.session import Session
from quizbook.tui.listing import HERE, WITHIN, Listing
from quizbook.tui.reader import ReaderScreen
from quizbook.tui.session_screen import OpenReference, SessionScreen

pytestmark = pytest.mark.usefixtures("home")
ATTENTION = Path(__file__).parents[2] / "reference" / "attention.py"


def line_of(words: str) -> int:
    lines = ATTENTION.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(words))


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 40)])
def test_the_right_line_of_the_right_file_is_in_sight(size: tuple[int, int]) -> None:
    number = line_of("class SelfAttention_v2")

    async def visit(here: Room) -> None:
        here.app.push_screen(ReaderScreen(["reference.attention.SelfAttention_v2"]))
        text = await here.shows(f"{number} {HERE} class", "SelfAttention_v2(nn.Module):")
        assert WITHIN in text
        if size[0] > 40:
            assert f"attention.py:{number}" in text

    in_a_room(visit, size)


def test_words_are_searched_from_here_on_and_around_and_each_hit_is_counted() -> None:
    wanted = [
        n for n, line in enumerate(ATTENTION.read_text(encoding="utf-8").splitlines(), 1) if "softmax" in line.lower()
    ]

    async def visit(here: Room) -> None:
        here.app.push_screen(ReaderScreen(["reference.attention"]))
        await here.shows("attention.py:1")
        await here.press("slash", *"softmax")
        await here.shows(f"{len(wanted)} lines with 'softmax'")
        await here.press("enter")
        for at, number in enumerate([*wanted, wanted[0]]):
            await here.shows(f"hit {at % len(wanted) + 1} of {len(wanted)}", f"{number} ")
            await here.press("n")

    in_a_room(visit)


def test_of_several_names_tab_shows_the_next_and_escape_goes_back_to_where_one_was() -> None:
    async def visit(here: Room) -> None:
        await here.shows("nothing is due")
        here.app.push_screen(ReaderScreen(["reference.attention.SelfAttention_v2", "reference.config.GPT_CONFIG_124M"]))
        await here.shows("class SelfAttention_v2", "1 of 2")
        await here.press("tab")
        await here.shows("GPT_CONFIG_124M", "2 of 2", "config.py")
        await here.press("escape")
        await here.shows("nothing is due")

    in_a_room(visit)


def test_a_name_without_a_source_is_said_to_have_none() -> None:
    async def visit(here: Room) -> None:
        here.app.push_screen(ReaderScreen(["nowhere.at.all"]))
        await here.shows("its source is not here")

    in_a_room(visit)


def test_a_question_opens_its_code_and_is_still_there_afterwards() -> None:
    question = next(one for one in load_bank().questions if "reference.attention.SelfAttention_v2" in one.see)
    session = Session([question], 1, record=lambda event: None, device="d")

    async def visit(here: Room) -> None:
        await here.until(lambda: isinstance(here.app.screen, SessionScreen))
        here.app.screen.post_message(OpenReference("reference.attention.SelfAttention_v2"))
        await here.shows("class SelfAttention_v2")
        await here.press("escape")
        await here.shows("1 of 1")
        assert session.number == 1

    in_a_room(visit, session=session)


def test_no_line_is_wider_than_the_screen_and_nothing_of_the_file_is_lost() -> None:
    async def visit(here: Room) -> None:
        here.app.push_screen(ReaderScreen(["reference.attention"]))
        await here.shows("attention.py:1")
        listing = here.app.screen.query_one(Listing)
        shown = "".join("".join(text.plain.split()) for _, text in listing._rows)
        assert shown == "".join(ATTENTION.read_text(encoding="utf-8").split())
        assert all(text.cell_length <= listing.size.width - 6 for _, text in listing._rows)

    in_a_room(visit, (40, 12))
