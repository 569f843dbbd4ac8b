"""The question screen by keyboard: every kind, few keys, feedback in place, nothing lost."""

from dataclasses import replace

import pytest
from desk import label, questions, sit
from textual import events

from quizbook.errors import QuizbookError


def letters(number, *keys):
    return [label(number, key) for key in keys]


def test_one_key_answers_a_multiple_choice_and_one_more_goes_on(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "a"))
        assert "✓ Right: “The weights that the softmax gives”." in desk.said
        await desk.press("enter")
        assert "2 of 2" in desk.said

    sat = sit(tmp_path, learner, 901, 902)
    assert sat.responses == ["a"]


def test_where_one_says_how_sure_it_takes_three_keys(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "a"))
        assert "How sure? 1 guess 2 fair 3 sure" in desk.said
        assert not desk.session.summary().answered
        await desk.press("1")
        assert "✓ Right" in desk.said
        await desk.press("space", *letters(902, "a"), "enter", "3", "enter")

    sat = sit(tmp_path, learner, 901, 902, sure=True)
    assert [attempt.confidence for attempt in sat.attempts] == ["guess", "sure"]


def test_keys_that_come_faster_than_the_screen_mean_what_they_say(tmp_path):
    keys = [label(901, "b"), "2", "enter", *letters(902, "a", "c"), "enter", "1", "enter"]

    async def learner(desk):
        await desk.pilot.press(*keys)
        await desk.settle()
        assert "The end" in desk.said

    sat = sit(tmp_path, learner, 901, 902, sure=True)
    assert [(attempt.score, attempt.confidence) for attempt in sat.attempts] == [(0, "fair"), (1, "guess")]


def test_before_one_says_how_sure_the_answer_can_be_changed(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "b"), label(901, "c"), "backspace")
        assert "How sure?" not in desk.said
        await desk.press(label(901, "a"), "enter")

    sat = sit(tmp_path, learner, 901, sure=True)
    assert [(attempt.response, attempt.confidence) for attempt in sat.attempts] == [("a", None)]


def test_what_was_sure_and_wrong_comes_again_and_the_head_says_so(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "b"), "3")
        assert "You were sure, so this one comes again" in desk.said
        await desk.press("enter")
        assert "2 of 2 · ↻ again" in desk.said

    sit(tmp_path, learner, 901, sure=True)


def test_a_wrong_pick_is_told_its_why_the_explanation_and_the_code(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "c"))
        assert f"✗ {label(901, 'c')} The order of the training batches" in desk.said
        assert f"→ {label(901, 'a')} The weights that the softmax gives" in desk.said
        for part in (
            "✗ Not right",
            "Batches are shuffled",
            "weights of one row add up to one",
            "See reference.attention",
        ):
            assert part in desk.said

    sit(tmp_path, learner, 901)


def test_several_options_are_picked_and_dropped_before_enter_answers(tmp_path):
    async def learner(desk):
        await desk.press("enter")
        assert "Nothing is picked yet" in desk.said
        await desk.press(*letters(902, "b", "a", "b", "c"))
        assert desk.said.count("■") == 2
        await desk.press("enter")
        assert "All 2 right options picked and no other." in desk.said
        assert "Erratum An older printing" in desk.said

    assert sit(tmp_path, learner, 902).responses == [["a", "c"]]


def test_letters_fill_the_next_open_place_and_arrows_go_back_to_one(tmp_path):
    a, b, c, d = letters(903, "a", "b", "c", "d")

    async def learner(desk):
        await desk.press(a, "enter")
        assert "2 and 3 are still open; a guess costs nothing." in desk.said
        await desk.press(d, c, "up", "backspace")
        assert "▸ 2 key ⟶ ▁▁▁▁" in desk.said
        await desk.press(b, "enter")
        assert "✓ All 3 pairs are right." in desk.said

    assert sit(tmp_path, learner, 903).responses == [{"1": "a", "2": "b", "3": "c"}]


def test_a_wrong_pair_shows_what_belongs_there(tmp_path):
    async def learner(desk):
        await desk.press(*letters(903, "b", "d", "c"), "enter")
        assert f"✗ 1 query ⟶ {label(903, 'b')} is compared" in desk.said
        assert f"→ {label(903, 'a')} asks" in desk.said
        assert "◐ 1 of 3 pairs is right" in desk.said

    assert sit(tmp_path, learner, 903).scores == [pytest.approx(1 / 3)]


def test_steps_are_appended_moved_and_taken_out_around_a_given_one(tmp_path):
    b, c, d = letters(904, "b", "c", "d")

    async def learner(desk):
        assert "1. project (given)" in desk.said
        await desk.press(c, b, "left", d)
        assert f"2. {b} score 3. {c} scale ▸ 4. {d} normalize" in desk.said
        await desk.press("backspace", "enter")
        assert f"Every step is wanted: {d} has no place yet." in desk.said
        await desk.press(d, "enter")
        assert "All 3 steps stand in a right order." in desk.said

    assert sit(tmp_path, learner, 904).responses == [["a", "b", "c", "d"]]


def test_a_wrong_order_is_shown_beside_the_right_one(tmp_path):
    async def learner(desk):
        await desk.press(*letters(904, "d", "b", "c"), "enter")
        assert f"✗ 2. {label(904, 'd')} normalize" in desk.said
        assert "The right order: 1. project 2. score" in desk.said

    assert sit(tmp_path, learner, 904).scores == [pytest.approx(1 / 3)]


def test_terms_fill_the_blanks_of_the_listing(tmp_path):
    async def learner(desk):
        await desk.press(*letters(905, "A", "B"))
        assert "total = «1 sum»(values)" in desk.said
        assert "first = values[«2 0»]" in desk.said
        await desk.press("enter")
        assert "✓ All 2 blanks are right." in desk.said

    assert sit(tmp_path, learner, 905).responses == [{"1": "A", "2": "B"}]


def test_code_is_typed_into_blanks_and_letters_are_no_commands_there(tmp_path):
    async def learner(desk):
        await desk.press("enter")
        assert "Blanks 1 and 2 are still empty" in desk.said
        await desk.write("import\nones")
        assert "x = torch.«2 ones»(3)" in desk.said
        assert "F3 skip" in desk.said
        await desk.press("enter")
        assert "✓ «2» ones" in desk.said
        assert "s skip" not in desk.said

    assert sit(tmp_path, learner, 906).responses == [{"1": "import", "2": "ones"}]


def test_a_figure_is_labelled_and_said_in_words(tmp_path):
    async def learner(desk):
        assert "F8 in words" in desk.said  # its letter is an option here
        await desk.press("f8", *letters(907, "a", "b"), "enter")
        assert "In words An arrow leads from place 1 to place 2." in desk.said
        assert f"✓ ② {label(907, 'b')} output" in desk.said
        assert "a in words" in desk.said

    assert sit(tmp_path, learner, 907).responses == [{"1": "a", "2": "b"}]


def test_a_short_answer_is_compared_and_its_points_are_ticked(tmp_path):
    async def learner(desk):
        await desk.write("What comes next\nmust be predicted.")
        await desk.press("ctrl+s")
        assert "A model answer A model that writes does not know" in desk.said
        assert "No word of yours touches point 2" in desk.said
        await desk.press("2", "1", "2")
        assert "■ 1" in desk.said
        await desk.press("enter")
        assert "1 of 2 points made" in desk.said

    sat = sit(tmp_path, learner, 908)
    assert sat.responses == [{"text": "What comes next\nmust be predicted."}]
    assert sat.scores == [0.5]


def test_a_short_answer_may_leave_its_points_unticked(tmp_path):
    async def learner(desk):
        await desk.write("My words")
        await desk.press("ctrl+s", "s")
        assert "1 short answer kept without ticks" in desk.said

    assert sit(tmp_path, learner, 908).scores == [None]


def test_what_code_prints_is_written_over_several_lines(tmp_path):
    async def learner(desk):
        await desk.write("2\n3")
        await desk.press("ctrl+s")
        assert "✗ Not right" in desk.said
        assert "It prints: 2 [3]" in desk.said

    assert sit(tmp_path, learner, 909).responses == ["2\n3"]


def test_a_number_of_the_wrong_shape_is_complained_about_and_stays(tmp_path):
    async def learner(desk):
        await desk.write("2,36")
        await desk.press("enter")
        assert "! Write a decimal point, not a comma" in desk.said
        await desk.press("backspace", "backspace", "backspace")
        await desk.write(".36M")
        assert "Write a decimal point" not in desk.said
        await desk.press("enter")
        assert "Right: the exact number is 2,359,296 entries." in desk.said

    assert sit(tmp_path, learner, 910).responses == ["2.36M"]


def test_how_sure_one_is_lands_in_no_field_and_backspace_returns_to_it(tmp_path):
    async def learner(desk):
        await desk.write("2.3")
        await desk.press("enter", "backspace")
        await desk.write("6M")
        await desk.press("enter", "2")

    sat = sit(tmp_path, learner, 910, sure=True)
    assert [(attempt.response, attempt.confidence) for attempt in sat.attempts] == [("2.36M", "fair")]


def test_hints_stay_on_screen_and_are_counted(tmp_path):
    async def learner(desk):
        await desk.press("h", "h", "h")
        assert "Hint Look at what multiplies the values." in desk.said
        assert "Hint It comes out of a softmax." in desk.said
        assert "There is no further hint." in desk.said
        await desk.press(label(901, "a"))

    assert [attempt.hints for attempt in sit(tmp_path, learner, 901).attempts] == [2]


def test_undo_takes_the_last_answer_back_by_an_event_and_asks_again(tmp_path):
    async def learner(desk):
        await desk.press("u")
        assert "There is no answer to take back." in desk.said
        await desk.press(label(901, "b"), "enter", "u")
        assert "1 of 2" in desk.said
        assert "Taken back" in desk.said
        await desk.press(label(901, "a"), "enter")
        assert "2 of 2" in desk.said

    sat = sit(tmp_path, learner, 901, 902)
    assert sat.responses == ["b", "a"]
    assert [(note.kind, note.about) for note in sat.notes] == [("retraction", sat.attempts[0].id)]
    assert sat.scores == [1]


def test_undo_brings_back_what_was_filled_in(tmp_path):
    async def learner(desk):
        await desk.press(*letters(903, "a", "b", "d"), "enter", "u")
        assert f"▸ 3 value ⟶ {label(903, 'd')} is thrown away" in desk.said
        await desk.press(label(903, "c"), "enter")

    assert sit(tmp_path, learner, 903).scores == [1]


def test_undo_loses_no_text_that_was_begun(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "b"), "enter")
        await desk.write("begun")
        await desk.press("f4", label(901, "a"), "enter")
        assert "begun" in desk.said
        await desk.write(" and done")
        await desk.press("ctrl+s")

    assert sit(tmp_path, learner, 901, 908).responses[-1] == {"text": "begun and done"}


def test_the_summary_can_be_undone_too(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "b"), "enter")
        assert "Look at again 3.98 ch03.q.901" in desk.said
        await desk.press("u", label(901, "a"), "enter")
        assert "Look at again" not in desk.said
        await desk.press("enter")

    sat = sit(tmp_path, learner, 901)
    assert (sat.summary.finished, sat.summary.overall.score) == (True, 1)


def test_a_question_is_flagged_with_a_note_or_without_or_not_at_all(tmp_path):
    async def learner(desk):
        await desk.press("x")
        await desk.write("is b wrong")
        await desk.press("escape", "x")
        await desk.write("Which softmax?")
        await desk.press("enter")
        assert "Flagged" in desk.said
        await desk.press(label(901, "a"), "x", "enter", "enter")
        assert "2 of 2" in desk.said

    sat = sit(tmp_path, learner, 901, 902)
    assert [(note.kind, note.item, note.body["note"]) for note in sat.notes] == [
        ("flag", "ch03.q.901", "Which softmax?"),
        ("flag", "ch03.q.901", ""),
    ]
    assert sat.responses == ["a"]


def test_the_code_of_a_question_is_asked_for_by_its_name(tmp_path):
    async def learner(desk):
        await desk.press("r")
        await desk.press(label(901, "a"), "enter", "r")
        assert "No code is named here." in desk.said

    assert sit(tmp_path, learner, 901, 902).opened == ["reference.attention.SelfAttention_v2"]


def test_where_several_names_stand_one_chooses(tmp_path):
    question = replace(questions(901)[0], see=("reference.layers.GELU", "reference.model.GPTModel"))

    async def learner(desk):
        await desk.press("r")
        assert "Which? 1 reference.layers.GELU 2 reference.model.GPTModel" in desk.said
        await desk.press("2")

    assert sit(tmp_path, learner, asked=[question]).opened == ["reference.model.GPTModel"]


def test_a_pretest_gives_nothing_away(tmp_path):
    async def learner(desk):
        await desk.press("h", "r", label(901, "c"))
        for secret in ("Hint", "Not right", "Right:", "✗", "✓", "add up to one", "share of a token", "r code"):
            assert secret not in desk.said
        assert "Noted." in desk.said

    sat = sit(tmp_path, learner, 901, mode="pretest")
    assert [(attempt.mode, attempt.hints) for attempt in sat.attempts] == [("pretest", 0)]
    assert sat.opened == []


def test_leaving_keeps_what_was_answered_and_gives_the_summary(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "a"), "enter", "escape")

    sat = sit(tmp_path, learner, 901, 902)
    assert (sat.summary.answered, sat.summary.finished) == (1, False)


@pytest.mark.parametrize("leave", ["escape", "f3", "the app closes"])
def test_a_text_that_was_begun_is_recorded_when_one_leaves_it(tmp_path, leave):
    async def learner(desk):
        await desk.write("half a thought")
        if leave != "the app closes":
            await desk.press(leave)

    sat = sit(tmp_path, learner, 908)
    assert sat.responses == [{"text": "half a thought"}]
    assert sat.scores == [None]


def test_an_answer_is_kept_when_one_leaves_before_saying_how_sure(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "a"), "escape")

    sat = sit(tmp_path, learner, 901, sure=True)
    assert [(attempt.response, attempt.confidence) for attempt in sat.attempts] == [("a", None)]


def test_a_log_that_cannot_be_written_is_told_and_the_answer_can_be_given_again(tmp_path):
    full, kept = [True], []

    def record(event):
        if full[0]:
            raise QuizbookError("The disk is full.")
        kept.append(event)

    async def learner(desk):
        await desk.press(label(901, "a"))
        assert "! The disk is full." in desk.said
        assert "✓" not in desk.said
        full[0] = False
        await desk.press(label(901, "a"))
        assert "✓ Right" in desk.said

    sit(tmp_path, learner, 901, record=record)
    assert [event.response for event in kept] == ["a"]


def test_a_letter_that_is_an_option_is_no_command_and_its_function_key_still_works(tmp_path):
    steps = {letter: f"step {letter}" for letter in "abcdefgh"}
    question = replace(questions(904)[0], steps=steps, answer=tuple(steps), fixed={}, hints=("Begin.",))

    async def learner(desk):
        assert "F2 hint" in desk.said
        await desk.press("h")
        assert "Hint" not in desk.said
        assert "▸ 1. h step" in desk.said
        await desk.press("f2")
        assert "Hint Begin." in desk.said

    sit(tmp_path, learner, asked=[question], size=(120, 40))


def test_help_lists_the_keys_of_the_kind_and_all_commands(tmp_path):
    async def learner(desk):
        await desk.press("question_mark")
        for part in ("fill", "show the next hint", "u F4", "take the last answer back", "Esc end here"):
            assert part in desk.said
        await desk.press("z")
        assert "Match each name" in desk.said

    sit(tmp_path, learner, 903, size=(80, 40))


def test_a_long_sitting_ends_with_its_score_by_kind_and_section(tmp_path):
    async def learner(desk):
        await desk.press(label(901, "b"), "enter", *letters(902, "a", "c"), "enter", "enter")
        await desk.press(*letters(903, "a", "b", "d"), "enter", "enter")
        assert "You answered 3 of 3 questions" in desk.said
        assert "1.67 of 3 points (56 %)" in desk.said
        assert "Look at again 3.98 ch03.q.901 3.99 ch03.q.903" in desk.said
        await desk.press("enter")

    assert sit(tmp_path, learner, 901, 902, 903).summary.finished


BURST = "import\nones\n2\nWhat comes\nnext.^\n1\n\n2\n[3]^3\n2.36M\n1"  # ^: Ctrl+S


def test_a_burst_of_keys_lands_where_it_was_meant_to(tmp_path):
    """All keys are there before the first one is dealt with: a paste, a script, a slow machine."""
    named = {"\n": "enter", "^": "ctrl+s", " ": "space"}
    keys = [(named.get(letter, letter), None if letter in "\n^" else letter) for letter in BURST]

    async def learner(desk):
        for key in keys:
            desk.app.post_message(events.Key(*key))
        for _ in range(400):
            await desk.settle()
            if desk.session.number == 4 and desk.session.stage == "answered":
                return

    sat = sit(tmp_path, learner, 906, 908, 909, 910, sure=True)
    assert [(attempt.response, attempt.confidence) for attempt in sat.attempts] == [
        ({"1": "import", "2": "ones"}, "fair"),
        ({"text": "What comes\nnext."}, None),
        ("2\n[3]", "sure"),
        ("2.36M", "guess"),
    ]
    assert sat.scores == [1, 0.5, 1, 1]
