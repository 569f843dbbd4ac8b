"""A dialogue ends on signals only while it waits, and never in the middle of what must not be cut in two."""

import io
import os
import signal

import pytest

from quizbook.cli.asking import Dialogue, Left


def dialogue(text=""):
    sink = io.StringIO()
    return Dialogue(io.StringIO(text), sink), sink


def test_a_line_comes_without_its_end_and_the_end_of_the_input_is_told():
    talk, sink = dialogue("one\r\ntwo")
    assert [talk.ask("> "), talk.ask("> ")] == ["one", "two"]
    with pytest.raises(Left) as left:
        talk.ask("> ")
    assert left.value.at_end
    assert sink.getvalue() == "> \n> \n> "


def test_a_signal_between_two_prompts_waits_for_the_next_prompt():
    talk, _ = dialogue("a line\n")
    with talk:
        os.kill(os.getpid(), signal.SIGINT)
        done = "the work that must not be cut in two"
        with pytest.raises(Left):
            talk.ask("> ")
    assert done


def test_the_signals_are_given_back():
    before = signal.getsignal(signal.SIGINT)
    with dialogue()[0]:
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_control_characters_do_not_reach_the_terminal():
    talk, sink = dialogue()
    talk.say(["\x1b[2J\x07tab\tstays"])
    assert sink.getvalue() == "�[2J�tab\tstays\n"


def test_last_words_are_said_even_after_the_wish_to_leave():
    talk, sink = dialogue()
    with talk:
        os.kill(os.getpid(), signal.SIGTERM)
        talk.say_last(["goodbye"])
    assert sink.getvalue() == "goodbye\n"
