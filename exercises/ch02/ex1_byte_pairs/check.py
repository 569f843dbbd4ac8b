"""Judges exercise 2.1 by the reference's own GPT-2 encoding."""

from __future__ import annotations

import random

import pytest

from quizbook.judge.checks import assert_one_each, diagnosis, fail
from reference.tokenizer import gpt2_tokenizer

MADE_UP = "Akwirw ier"
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ODD = ["naïve café", "Zoë's 2½ pies", "🙂 fine", "日本語 text", "a👩‍🚀b", "crème brûlée 🍮", "Ångström"]


def words(seed):
    """Made-up words in short sentences, with marks and blanks as people write them."""
    draw = random.Random(seed)

    def word():
        return "".join(draw.choice(LETTERS) for _ in range(draw.randint(2, 9))).capitalize()

    return [f"{word()} {word().lower()}, {word().lower()}{draw.choice('.!?')}" for _ in range(4)]


def answers(submission, function, **inputs):
    (asked,) = inputs.values()
    got = submission.call(function, **inputs)
    assert_one_each(got, asked, "input")
    return list(zip(asked, got, strict=True))


def is_bytes(got):
    return isinstance(got, dict) and got.get("is") == "bytes"


def check_ids(text, got):
    encoding = gpt2_tokenizer()
    expected = encoding.encode(text)
    if got == expected:
        return
    of = f"the ids of {text!r}"
    if got is None:
        fail("token_ids returns nothing; it ends with return and the list.", expected=expected)
    if not isinstance(got, list):
        fail(f"{of} are no list.", expected="a list of integers", got=got)
    if len(got) == 1 and isinstance(got[0], list):
        fail(
            "The ids lie in a list of one list, a batch; return the list of ids itself.", expected=expected, got=got[0]
        )
    if any(isinstance(number, str) for number in got):
        fail("token_ids returns texts; the ids are integers.", expected=expected, got=f"{got[0]!r}, ...")
    if any(isinstance(number, bool) or not isinstance(number, int) for number in got):
        fail(f"{of} are not all integers.", expected=expected, got=got)
    for wrong, sentence in [
        ([ord(letter) for letter in text], "Those are the codes of the single letters; GPT-2's tokens are pieces of words."),
        ([*text.encode()], "Those are the bytes of the text, before any two are merged."),
        ([number for word in text.split() for number in encoding.encode(word)],
         "The words were encoded one by one, so the blanks in front of them are gone: encode the text as a whole."),
        ([number for word in text.split(" ") for number in encoding.encode(word + " ")],
         "The blanks were put behind the words; in GPT-2's tokens they stand in front: encode the text as a whole."),
        (encoding.encode(text.lower()), "The text was made lower case first; capital letters have tokens of their own."),
        (encoding.encode(" " + text), "A blank was put in front of the text; the first word then gets another token."),
        ([*expected, 50256], "An end-of-text token was added; the ids are those of the text alone."),
        ([50256, *expected], "An end-of-text token was put in front; the ids are those of the text alone."),
        ([*reversed(expected)], "The ids are in reverse order."),
        ([*dict.fromkeys(expected)], "An id that occurs twice is there once: a text may repeat a token."),
        (sorted(expected), "The ids are sorted; their order is that of the text."),
    ]:  # fmt: skip
        if got == wrong:
            fail(sentence, expected=expected, got=got)
    if max(got, default=0) > 50256:
        fail(
            "An id above 50256 came: that is another vocabulary. GPT-2's encoding is called gpt2.",
            expected=expected,
            got=got,
        )
    if sorted(got) == sorted(expected):
        fail("The ids are the right ones in another order.", expected=expected, got=got)
    fail(f"{of} are not the right ones; is the encoding gpt2?", expected=expected, got=got)


@pytest.mark.points(2)
def test_made_up_words(submission):
    """ "Akwirw ier" becomes 33901 86 343 86 220 959."""
    for text, got in answers(submission, "ids_of", texts=[MADE_UP]):
        check_ids(text, got)


@pytest.mark.needs("test_made_up_words")
def test_any_words(submission, seed):
    """token_ids is right for other texts too."""
    for text, got in answers(submission, "ids_of", texts=[*words(seed), "the the the", ""]):
        check_ids(text, got)


def test_pieces(submission, seed):
    """pieces gives the text of each id by itself."""
    encoding = gpt2_tokenizer()
    rows = [encoding.encode(text) for text in (MADE_UP, *words(seed), "the the the")]
    for ids, got in answers(submission, "pieces_of", rows=rows):
        expected = [encoding.decode([number]) for number in ids]
        if got == expected:
            continue
        shown = ", ".join(map(repr, expected))
        if got is None:
            fail("pieces returns nothing; it ends with return and the list.", expected=shown)
        if got == "".join(expected):
            fail("pieces returns the whole text; one text for each id is asked for.", expected=shown, got=got)
        if is_bytes(got):
            fail("Those are bytes; tokenizer.decode([id]) makes a text of an id.", expected=shown, got="bytes")
        if isinstance(got, dict):
            fail("A dictionary or set has no place for an id that comes twice; a list is asked for.", expected=shown)
        if isinstance(got, str):
            fail("One text came; a list with a text for each id is asked for.", expected=shown, got=got)
        if not isinstance(got, list):
            fail("pieces returns no list.", expected=shown, got=got)
        if got == [piece.strip() for piece in expected]:
            fail("The blanks were taken off; a blank in front belongs to its token.", expected=shown, got=f"{got!r}")
        if got == [piece.encode().decode("latin-1") for piece in expected] or any(
            isinstance(piece, str) and "Ġ" in piece for piece in got
        ):
            fail("Ġ is how the vocabulary's file writes a blank; the text itself is asked for.", expected=shown)
        if got == list("".join(expected)):
            fail("Those are the single letters; a token is a piece of several.", expected=shown)
        if got == "".join(expected).split():
            fail("Those are the words; a token is a piece of a word.", expected=shown, got=f"{got!r}")
        if got == [*dict.fromkeys(expected)]:
            fail("A piece that occurs twice is there once.", expected=shown, got=f"{got!r}")
        if any(isinstance(piece, int) for piece in got):
            fail("pieces returns ids; the texts that they stand for are asked for.", expected=shown)
        if any(isinstance(piece, list) for piece in got):
            fail("Each piece lies in a list of its own; a list of texts is asked for.", expected=shown)
        fail("The pieces are not the right ones.", expected=shown, got=f"{got!r}"[:200])


@pytest.mark.points(2)
def test_rebuild(submission, seed):
    """rebuild gives back the text, accents and emoji included."""
    encoding = gpt2_tokenizer()
    texts = [MADE_UP, *words(seed), *random.Random(seed).sample(ODD, 4)]
    rows = [encoding.encode(text) for text in texts]
    for (ids, got), text in zip(answers(submission, "rebuilt", rows=rows), texts, strict=True):
        if got == text:
            continue
        one_by_one = [encoding.decode([number]) for number in ids]
        if got is None:
            fail("rebuild returns nothing; it ends with return and the text.", expected=f"{text!r}")
        if is_bytes(got):
            fail("Those are bytes; decode them all at once, as UTF-8.", expected=f"{text!r}", got="bytes")
        if isinstance(got, list):
            fail("A list of pieces came; one text is asked for.", expected=f"{text!r}", got=got)
        if not isinstance(got, str):
            fail("rebuild returns no text.", expected=f"{text!r}", got=got)
        for wrong, sentence in [
            ("".join(one_by_one), "The ids were decoded one by one: a character whose bytes lie in two tokens is cut apart. Decode all ids at once."),
            (" ".join(one_by_one), "Blanks were put between the pieces; those that belong there are in the tokens already."),
            (" ".join(one_by_one).replace("  ", " "), "Blanks were put between the pieces; those that belong there are in the tokens already."),
            ("".join(one_by_one).replace("\ufffd", ""), "Characters that lie in two tokens are gone: decode all ids at once."),
            (text.encode("ascii", "ignore").decode(), "Accents and emoji are gone: nothing may be left out of the text."),
            (text.strip(), "Blanks at the ends were taken off."),
            (text.lower(), "The text came back in lower case."),
        ]:  # fmt: skip
            if got == wrong:
                fail(sentence, expected=f"{text!r}", got=f"{got!r}")
        if "\ufffd" in got:
            fail(
                "A character whose bytes lie in two tokens is cut apart: decode all ids at once.",
                expected=f"{text!r}",
                got=f"{got!r}",
            )
        fail("The text is not the one that the ids came from.", expected=f"{text!r}", got=f"{got!r}"[:200])


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'This function is not written yet.'),
    ('.*Connection.*|.*HTTP.*|.*URL.*|.*Resol.*|.*Permission.*|OSError', '(?i)tiktoken|encodings|connect|network|url',
     'That encoding would have to be downloaded; GPT-2\'s is here, and asked for: tiktoken.get_encoding("gpt2").'),
    ('KeyError|ValueError', '(?i)(?:unknown encoding|could not automatically map)',
     'There is no encoding of that name: GPT-2\'s is tiktoken.get_encoding("gpt2").'),
    ('TypeError', "'int' object is not (?:an instance of 'Sequence'|iterable)|(?i:sequence)",
     'decode takes a list of ids; a single id goes into brackets: decode([number]).'),
    ('TypeError', "'str' object|expected string|must be str",
     'A text and ids were exchanged: encode takes a text, decode takes a list of ids.'),
    ('ValueError', 'disallowed special token',
     'A special token such as <|endoftext|> in a text has to be allowed: encode(text, allowed_special="all").'),
    ('UnicodeDecodeError', '',
     'The bytes of a single token may be half a character: join the bytes of all tokens before they are decoded.'),
    ('KeyError', '^\\d+$',
     "An id is not in that vocabulary: are these GPT-2's ids, and not those of another encoding?"),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
