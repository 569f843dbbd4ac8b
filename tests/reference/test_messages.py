"""The messages that the classifier learns from: read, balanced, split, stored; and the draws behind the split."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference.draw import permutation
from reference.messages import Message, create_balanced_dataset, random_split, read_csv, read_messages, write_csv

DATA = Path(__file__).parents[3] / "shared/data/SMSSpamCollection.tsv"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason="needs ../shared/data/SMSSpamCollection.tsv")


def made_up(count: int) -> list[Message]:
    return [Message("spam" if number % 2 else "ham", f"message {number}") for number in range(count)]


@needs_data
def test_quotation_marks_swallow_two_of_the_5574_messages_as_in_pandas() -> None:
    assert Counter(message.label for message in read_messages(DATA)) == {"ham": 4825, "spam": 747}
    assert len(read_messages(DATA, quoting=False)) == 5574


@needs_data
def test_the_guides_split_has_1045_149_and_300_messages() -> None:
    balanced = create_balanced_dataset(read_messages(DATA))
    assert Counter(message.label for message in balanced) == {"ham": 747, "spam": 747}
    assert [len(part) for part in random_split(balanced, 0.7, 0.1)] == [1045, 149, 300]


def test_the_order_is_the_one_that_numpy_draws() -> None:
    assert permutation(10, seed=123) == [4, 0, 7, 5, 8, 3, 1, 6, 9, 2]  # np.random.RandomState(123).permutation(10)
    assert permutation(10, seed=0) == [2, 8, 4, 9, 1, 6, 7, 3, 0, 5]
    assert permutation(0, seed=1) == []


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 300), st.integers(0, 2**32 - 1))
def test_any_order_is_the_one_that_numpy_draws(size: int, seed: int) -> None:
    numpy = pytest.importorskip("numpy")
    assert permutation(size, seed) == numpy.random.RandomState(seed).permutation(size).tolist()


def test_a_seed_that_numpy_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="the seed is -1; it is from 0 to 4294967295"):
        random_split(made_up(4), 0.5, 0.0, seed=-1)


def test_a_message_that_begins_with_a_quotation_mark_goes_on_to_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "messages.tsv"
    path.write_text('ham\t"Hi\nspam\tWin" now\n\nham\tsay "no"\n', encoding="utf-8")
    assert read_messages(path) == [Message("ham", "Hi\nspam\tWin now"), Message("ham", 'say "no"')]
    assert [message.text for message in read_messages(path, quoting=False)] == ['"Hi', 'Win" now', 'say "no"']


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "holds no messages; each line has ham or spam, a tab, and the text"),
        (b"ham\tHi\neggs\tHi\n", "messages.tsv, line 2: the label is 'eggs'; it is 'ham' or 'spam'"),
        (b"ham Hi\n", "messages.tsv, line 1: 1 columns; there are two, a label and a text"),
        (b"ham\tHi\tthere\n", "messages.tsv, line 1: 3 columns"),
        (b"ham\t\xff\xfe\n", "messages.tsv is not UTF-8 text"),
        (b'ham\t"' + b"x" * 200_000, "messages.tsv is no table of messages: field larger than field limit"),
    ],
)
def test_a_file_that_is_no_list_of_messages_is_refused_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "messages.tsv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=told):
        read_messages(path)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.tsv"):
        read_messages(tmp_path / "none.tsv")


def test_a_label_is_ham_or_spam_and_its_number_0_or_1() -> None:
    assert [Message(label, "").class_index for label in ("ham", "spam")] == [0, 1]
    with pytest.raises(ValueError, match="the label is 'SPAM'; it is 'ham' or 'spam'"):
        Message("SPAM", "")


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 999))
def test_balancing_keeps_all_of_the_rarer_label_and_draws_as_many_of_the_other(ham: int, spam: int, seed: int) -> None:
    messages = [Message("ham", f"h{number}") for number in range(ham)]
    messages += [Message("spam", f"s{number}") for number in range(spam)]
    balanced = create_balanced_dataset(messages, seed)
    assert Counter(message.label for message in balanced) == dict.fromkeys(("ham", "spam"), min(ham, spam))
    assert len(set(balanced)) == len(balanced)
    assert set(balanced) <= set(messages)


def test_without_spam_there_is_no_balance() -> None:
    with pytest.raises(ValueError, match="there are 2 ham and 0 spam messages; balancing takes at least one of each"):
        create_balanced_dataset([Message("ham", "a"), Message("ham", "b")])


@settings(deadline=None)
@given(st.integers(0, 50), st.floats(0, 1), st.floats(0, 1), st.integers(0, 999))
def test_every_message_is_in_one_part_of_the_split(size: int, train: float, rest: float, seed: int) -> None:
    validation = (1 - train) * rest
    parts = random_split(made_up(size), train, validation, seed)
    assert Counter(message for part in parts for message in part) == Counter(made_up(size))
    assert (len(parts[0]), len(parts[1])) == (int(size * train), int(size * validation))


@pytest.mark.parametrize("shares", [(1.1, 0.0), (-0.1, 0.5), (0.8, 0.3), (math.nan, 0.1)])
def test_shares_that_are_none_are_refused(shares: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="each is from 0 to 1, and so is their sum"):
        random_split(made_up(10), *shares)


texts = st.text(st.characters(codec="utf-8"))


@settings(deadline=None)
@given(st.lists(st.builds(Message, st.sampled_from(["ham", "spam"]), texts)))
def test_stored_messages_are_read_back_whatever_they_hold(
    tmp_path_factory: pytest.TempPathFactory, messages: list[Message]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "train.csv"
    write_csv(messages, path)
    assert read_csv(path) == messages


def test_a_table_may_hold_words_for_labels_and_more_columns(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text("\ufeffnumber,Text,Label\n0,Hi,ham\n1,Win,1\n", encoding="utf-8")
    assert read_csv(path) == [Message("ham", "Hi"), Message("spam", "Win")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "has no column Label and no column Text"),
        ("Label,Words\n", "has no column Text; its first line names Label and Text"),
        ("Label,Text\n0,Hi\n1\n", "line 3: 1 columns; the first line names 2"),
        ("Label,Text\n2,Hi\n", "line 2: the label is '2'"),
    ],
)
def test_a_table_that_is_none_is_refused_in_a_sentence(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=told):
        read_csv(path)
