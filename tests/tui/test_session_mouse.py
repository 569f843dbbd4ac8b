"""The question screen with the mouse, on small screens, while it is resized, and without colour."""

import re
from dataclasses import replace

import pytest
from desk import SEED, label, questions, sit

from quizbook.study.presentation import present
from quizbook.tui.sheet import Sheet

ALL_KINDS = (901, 902, 903, 904, 905, 906, 907, 908, 909, 910)


def test_a_click_picks_an_option_and_the_keys_below_can_be_clicked(tmp_path):
    async def learner(desk):
        await desk.click("The weights that the softmax gives")
        await desk.click("3 sure")
        assert "✓ Right" in desk.said
        await desk.click("⏎ next")
        assert "2 of 2" in desk.said

    sat = sit(tmp_path, learner, 901, 902, sure=True)
    assert [(attempt.response, attempt.confidence) for attempt in sat.attempts] == [("a", "sure")]


def test_a_place_is_clicked_then_its_choice(tmp_path):
    async def learner(desk):
        await desk.click("value  ")
        await desk.click("is passed on")
        await desk.click("query  ")
        await desk.click("asks")
        await desk.click("is compared")
        await desk.click("⏎ answer")

    assert sit(tmp_path, learner, 903).responses == [{"1": "a", "2": "b", "3": "c"}]


def test_a_blank_is_clicked_in_the_listing(tmp_path):
    async def learner(desk):
        await desk.click("«2»")
        await desk.press(label(905, "B"), label(905, "A"), "enter")

    assert sit(tmp_path, learner, 905).responses == [{"1": "A", "2": "B"}]


def test_steps_are_clicked_in_and_dragged_to_their_place(tmp_path):
    async def learner(desk):
        await desk.click("scale")
        await desk.click("normalize")
        await desk.click("score")
        await desk.drag("score", "scale")
        order = [line.split()[-1] for line in desk.lines if re.search(r"[1-4]\. ", line)]
        assert order == ["(given)", "score", "scale", "normalize"]
        await desk.press("enter")

    assert sit(tmp_path, learner, 904).responses == [["a", "b", "c", "d"]]


def test_points_are_ticked_and_a_text_is_submitted_by_clicks(tmp_path):
    async def learner(desk):
        await desk.write("words")
        await desk.click("Answer  ^s")
        await desk.click("While it learns")
        await desk.click("Done")
        assert "1 of 2 points made" in desk.said

    assert sit(tmp_path, learner, 908).scores == [0.5]


def test_a_click_into_the_field_goes_back_from_how_sure(tmp_path):
    async def learner(desk):
        await desk.write("7")
        await desk.press("enter")
        assert "How sure?" in desk.said
        await desk.click("7  ")
        assert "How sure?" not in desk.said
        await desk.press("end", "8", "enter", "1")

    assert sit(tmp_path, learner, 910, sure=True).responses == ["78"]


async def seen_by_scrolling(desk):
    """Everything that comes into sight from the top to the bottom of the sheet."""
    await desk.press("ctrl+home")
    seen = desk.said
    sheet = desk.app.screen.query_one(Sheet)
    while sheet.scroll_y < sheet.max_scroll_y:
        await desk.press("ctrl+pagedown")
        seen += " " + desk.said
    return seen


@pytest.mark.parametrize("number", ALL_KINDS)
def test_everything_can_be_reached_at_40_by_12(tmp_path, number):
    (question,) = questions(number)

    async def learner(desk):
        seen = await seen_by_scrolling(desk)
        for word in question.prompt.split():
            assert word in seen
        shown = present(question, SEED)
        for part in (*shown.choices, *shown.places, *(shown.given or {}).values()):
            assert not part.text or part.text.split()[0] in seen
        assert "keys" in desk.lines[-1] + desk.lines[-2]
        assert "esc leave" in desk.lines[-1]
        assert all(len(line) == 40 for line in desk.lines)

    sit(tmp_path, learner, number, size=(40, 12))


def test_feedback_is_brought_into_sight_at_40_by_12_and_can_be_read_to_its_end(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "c"))
        assert "✗ Not right" in desk.said
        seen = await seen_by_scrolling(desk)
        for word in ("shuffled;", "share", "reference.attention."):
            assert word in seen

    sit(tmp_path, learner, 901, size=(40, 12))


def test_a_wide_figure_is_never_wrapped_and_scrolls_sideways(tmp_path):
    question = replace(questions(907)[0], figure="① " + "─" * 60 + "▶ ②\n│")

    async def learner(desk):
        line = desk.place("① ──").y
        assert "▶" not in desk.said
        assert desk.lines[line + 1].strip() == "│"
        await desk.press(*["right"] * 6)
        assert "▶ ②" in desk.lines[line]

    sit(tmp_path, learner, asked=[question], size=(40, 24))


def test_a_sitting_follows_the_size_of_its_terminal(tmp_path):
    async def learner(desk):
        await desk.press(label(903, "a"), label(903, "b"))
        for size in ((40, 12), (120, 40), (20, 6), (80, 24)):
            await desk.resize(*size)
            assert (len(desk.lines[0]), len(desk.lines)) == size
        assert f"2 key ⟶ {label(903, 'b')} is compared" in desk.said
        await desk.press(label(903, "c"), "enter")
        await desk.resize(50, 16)
        assert "✓ All 3 pairs are right." in desk.said

    assert sit(tmp_path, learner, 903).scores == [1]


def hues(desk):
    """The colours on screen that are no shade of grey."""
    colours = set()
    for strip in desk.app.screen._compositor.render_strips():
        for segment in strip:
            for colour in (segment.style.color, segment.style.bgcolor) if segment.style else ():
                if colour is not None and colour.triplet is not None:
                    colours.add(tuple(colour.triplet))
    return {colour for colour in colours if len({*colour}) > 1}


@pytest.mark.parametrize("asked_for", [True, False])
def test_no_color_is_honoured_and_marks_and_words_say_everything(tmp_path, monkeypatch, asked_for):
    if asked_for:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)

    async def learner(desk):
        await desk.press(label(901, "c"))
        assert "✗ Not right" in desk.said
        assert f"→ {label(901, 'a')}" in desk.said
        assert bool(hues(desk)) != asked_for

    sit(tmp_path, learner, 901)
