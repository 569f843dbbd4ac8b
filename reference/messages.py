"""The text messages that the classifier learns from: read, balanced, split and stored. Chapter 6.

The SMS Spam Collection is a text file with a message a line: `ham` or `spam`, a tab, the text. Source: Almeida, Hidalgo
and Yamakami 2011, "Contributions to the Study of SMS Spam Filtering".
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reference.draw import permutation

LABELS = ("ham", "spam")
"""The two labels; the place of a label is the number of its class, so ham is 0 and spam is 1."""
COLUMNS = ["Label", "Text"]


@dataclass(frozen=True, slots=True)
class Message:
    """A text message and what it is: "ham", which is what a person wanted to get, or "spam".

    Raises ValueError for any other label.
    """

    label: str
    text: str

    def __post_init__(self) -> None:
        if self.label not in LABELS:
            raise ValueError(f"the label is {self.label!r}; it is 'ham' or 'spam'")

    @property
    def class_index(self) -> int:
        """0 for ham, 1 for spam."""
        return LABELS.index(self.label)


def read_messages(path: str | Path, *, quoting: bool = True) -> list[Message]:
    """The messages of a file with a label, a tab and a text a line, in the order of the file.

    quoting: whether a text that begins with a quotation mark ends only at the next one, as pandas' `read_csv` and the
    guide have it. The SMS Spam Collection was written without such a rule: it has 5,574 lines, of which two then end
    up inside the text of another, which leaves 5,572 messages. With quoting=False every line is a message.
    Raises FileNotFoundError where there is no file, ValueError for a file that is no such list, with its line.
    """
    rule = csv.QUOTE_MINIMAL if quoting else csv.QUOTE_NONE
    messages = []
    for line, cells in _rows(Path(path), delimiter="\t", quoting=rule):
        if len(cells) != 2:
            raise ValueError(f"{path}, line {line}: {len(cells)} columns; there are two, a label and a text")
        messages.append(_message(path, line, *cells))
    if not messages:
        raise ValueError(f"{path} holds no messages; each line has ham or spam, a tab, and the text")
    return messages


def create_balanced_dataset(messages: Sequence[Message], seed: int = 123) -> list[Message]:
    """As many messages of one label as of the other: all of the rarer one, and as many drawn from the other.

    A classifier that says ham whatever comes is right for 87 % of the whole collection; for half of the balanced one.
    messages: at least one of each label. seed: of the draw; the same messages as pandas draws with this random_state.
    Returns the ham, then the spam: `random_split` shuffles. The SMS Spam Collection gives 747 of each.
    Raises ValueError if a label is missing.
    """
    groups = [[message for message in messages if message.label == label] for label in LABELS]
    size = min(map(len, groups))
    if size == 0:
        ham, spam = map(len, groups)
        raise ValueError(f"there are {ham} ham and {spam} spam messages; balancing takes at least one of each")
    return [message for group in groups for message in _drawn(group, size, seed)]


def _drawn(group: list[Message], size: int, seed: int) -> list[Message]:
    """The group itself if all of it is wanted, else `size` of it in the order in which they are drawn."""
    return group if len(group) == size else [group[place] for place in permutation(len(group), seed)[:size]]


def random_split(
    messages: Sequence[Message], train_frac: float, validation_frac: float, seed: int = 123
) -> tuple[list[Message], list[Message], list[Message]]:
    """Shuffles the messages and divides them: to train on, to validate with, and the rest to test at the very end.

    train_frac, validation_frac: shares from 0 to 1, together at most 1; what is no whole message goes to the rest. Of
    1,494 messages 0.7 and 0.1 make 1,045, 149 and 300. seed: of the shuffle; pandas' order with this random_state.
    Raises ValueError for other shares.
    """
    if not (0 <= train_frac <= 1 and 0 <= validation_frac <= 1 and train_frac + validation_frac <= 1):
        raise ValueError(
            f"train_frac is {train_frac} and validation_frac is {validation_frac}; "
            "each is from 0 to 1, and so is their sum"
        )
    shuffled = [messages[place] for place in permutation(len(messages), seed)]
    train_end = int(len(shuffled) * train_frac)
    validation_end = train_end + int(len(shuffled) * validation_frac)
    return shuffled[:train_end], shuffled[train_end:validation_end], shuffled[validation_end:]


def write_csv(messages: Sequence[Message], path: str | Path) -> None:
    """Stores messages as the guide does: a header, then the number of the class and the text, a row a message.

    Raises OSError where the file cannot be written.
    """
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows((message.class_index, message.text) for message in messages)


def read_csv(path: str | Path) -> list[Message]:
    """The messages of a file that `write_csv` or pandas wrote; a label may be a word too, and columns may be more.

    Raises FileNotFoundError where there is no file, ValueError for a file that is no such table, with its line.
    """
    rows = _rows(Path(path), delimiter=",", quoting=csv.QUOTE_MINIMAL)
    _, header = next(rows, (0, []))
    if missing := [column for column in COLUMNS if column not in header]:
        raise ValueError(f"{path} has no column {' and no column '.join(missing)}; its first line names Label and Text")
    label, text = (header.index(column) for column in COLUMNS)
    messages = []
    for line, cells in rows:
        if len(cells) != len(header):
            raise ValueError(f"{path}, line {line}: {len(cells)} columns; the first line names {len(header)}")
        word = LABELS[int(cells[label])] if cells[label] in ("0", "1") else cells[label]
        messages.append(_message(path, line, word, cells[text]))
    return messages


def _rows(path: Path, *, delimiter: str, quoting: int) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the number of the line that it ends on."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file, delimiter=delimiter, quoting=quoting)  # type: ignore[arg-type]  # int is the type
            for cells in table:
                if cells:
                    yield table.line_num, cells
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error
    except csv.Error as error:
        raise ValueError(f"{path} is no table of messages: {error}") from error


def _message(path: str | Path, line: int, label: str, text: str) -> Message:
    try:
        return Message(label, text)
    except ValueError as error:
        raise ValueError(f"{path}, line {line}: {error}") from error
