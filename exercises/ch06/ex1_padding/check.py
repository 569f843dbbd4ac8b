"""Judges exercise 6.1: GPT-2's tokens of messages that are made up here, cut and padded in front of the wall."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import pytest
from torch import Tensor

from quizbook.judge.checks import assert_one_each, describe, diagnosis, fail
from reference.tokenizer import gpt2_tokenizer

PAD = 50256
SENT: list[Case] = []  # all cases so far: what a submission keeps between calls is recognised by them
WORDS = (
    "the call You won a prize Text tomorrow Claim FREE mobile now! minutes love Ring at home 250 pounds, sorry Are"
    " meeting lunch today? Urgent winner reply STOP later okay See us before Sunday evening number waiting txt"
).split()
ODD = ("Gagné! 🎉 £500 naïve café", "Olá, até amanhã 😀", "日本語 free 🍕 txt", "Zoë ½ price — ring 0800")


@dataclass(frozen=True)
class Case:
    """A model's size and the messages that are padded for it."""

    context_length: int
    emb_dim: int
    messages: tuple[str, ...]

    @cached_property
    def ids(self):
        return [encode(message) for message in self.messages]

    @cached_property
    def rows(self):
        return [fit(ids, self.context_length) for ids in self.ids]

    @cached_property
    def longest(self):
        return max(map(len, self.ids))


def encode(text):
    return gpt2_tokenizer().encode(text)


def fit(ids, length, pad=PAD):
    return ids[:length] + [pad] * (length - len(ids))


# -- what is drawn ----------------------------------------------------------------------------------------------------


def message(draw, tokens):
    """A message of exactly so many tokens."""
    words = []
    while (count := len(encode(" ".join(words)))) != tokens:
        words = [*words, draw.choice(WORDS)] if count < tokens else words[: -draw.randint(1, 3)]
    return " ".join(words)


def sized(draw, wide, lengths, *more):
    """A case whose numbers all differ, so that a wrong length says where it came from. wide: emb_dim is the larger."""
    while True:
        context, emb = draw.randint(12, 40), 2 * draw.randint(4, 20)
        if (emb > context) != wide:
            continue
        texts = [message(draw, length) for length in lengths(draw, context)]
        case = Case(context, emb, (*texts, *more))
        numbers = sorted([context, emb, case.longest, max(map(len, texts)), len(case.messages)])
        if all(b - a > 1 for a, b in pairwise(numbers)):
            return case


def short(draw, context):
    return [draw.randint(2, context - 3) for _ in range(4)]


def long(draw, context):
    return [context + draw.randint(2, 25) for _ in range(4)]


def mixed(draw, context):
    return draw.sample([context - 5, context + 7, context, context + 1, 3], 5)


# -- the checks -------------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_short_messages(submission, seed):
    """Messages that are shorter than the context are filled up behind with 50256, to the model's own length."""
    draw = random.Random(seed)
    judge(submission, sized(draw, False, short), sized(draw, True, short))


@pytest.mark.points(2)
def test_long_messages(submission, seed):
    """Messages that are longer than the context are cut at their end."""
    draw = random.Random(seed)
    judge(submission, sized(draw, False, long), sized(draw, True, long))


@pytest.mark.needs("test_short_messages", "test_long_messages")
def test_any_messages(submission, seed):
    """Short, long, empty and foreign messages in one batch keep their order and their tokens."""
    draw = random.Random(seed)
    judge(submission, *(sized(draw, wide, mixed, "", *draw.sample(ODD, 2)) for wide in (False, True)))


@pytest.mark.needs("test_short_messages", "test_long_messages")
def test_each_model_by_itself(submission, seed):
    """Each call asks the model that it was given, and reads the messages that it was given."""
    draw = random.Random(seed)
    first, second = sized(draw, False, short), sized(draw, True, long)
    judge(submission, first, second, Case(second.context_length, second.emb_dim, first.messages), first)


def judge(submission, *cases):
    SENT.extend(cases)
    answers = submission.call("batches", cases=[[c.context_length, c.emb_dim, list(c.messages)] for c in cases])
    assert_one_each(answers, cases, "batch")
    pairs = list(zip(cases, answers, strict=True))
    for case, got in pairs:
        if not isinstance(got, Tensor):
            no_tensor(case, got)
    case, got = next(((c, g) for c, g in pairs if not same_rows(g, c.rows)), (None, None))
    if case is None:
        return
    shapes = {"expected": f"shape ({len(case.messages)}, {case.context_length}), int64", "got": describe(got)}
    if got.shape != (len(case.messages), case.context_length):
        another_shape(case, tuple(got.shape), pairs, shapes)
    another_kind(got, shapes)
    shown = first_difference(case.rows, got.tolist())
    for wrong, sentence in WRONG:
        if wrong(case) != case.rows and all(same_rows(g, wrong(c)) for c, g in pairs):
            fail(sentence, **shown)
    other_numbers(case, got.tolist(), shown)


def same_rows(got, rows):
    whole = not got.dtype.is_floating_point and not got.dtype.is_complex
    return whole and got.shape == (len(rows), len(rows[0])) and got.tolist() == rows


def first_difference(rows, came):
    """The first row that differs, as it should be and as it is."""
    place = next(n for n, row in enumerate(rows) if row != came[n])
    start = max(0, next(n for n, number in enumerate(rows[place]) if number != came[place][n]) - 2)
    return {"expected": part_of_row(place, rows[place], start), "got": part_of_row(place, came[place], start)}


def part_of_row(place, row, start):
    shown = " ".join(str(number) for number in row[start : start + 8])
    return f"row {place}, from place {start}: {'... ' * bool(start)}{shown}{' ...' * (start + 8 < len(row))}"


# -- answers of another form ------------------------------------------------------------------------------------------


def no_tensor(case, got):
    kind, inner = (got.get(key) if isinstance(got, dict) else None for key in ("type", "of"))
    kind, inner = (name[:40] if isinstance(name, str) else "something else" for name in (kind, inner))
    said = {
        "NoneType": "padded returns nothing; it ends with return and the tensor.",
        "list": f"padded returns a list of {inner}; make one tensor of all rows, with torch.tensor or torch.stack.",
        "tuple": "padded returns several things; the batch alone is asked for.",
        "ndarray": "padded returns a numpy array; the model takes a tensor.",
        "DataLoader": "padded returns a DataLoader; one tensor with all messages is asked for.",
    }
    shape = f"a tensor of shape ({len(case.messages)}, {case.context_length})"
    fail(said.get(kind, "padded returns no tensor."), expected=shape, got=f"of type {kind}")


def another_shape(case, shape, pairs, shapes):
    count, length = len(case.messages), case.context_length
    for wrong, sentence in [
        ((count * length,), "All rows run together in one: torch.stack puts them below each other, torch.cat behind."),
        ((length,), "Only one row came back, for one message: every message gets a row."),
        ((1, length), "Only one row came back, for one message: every message gets a row."),
        ((1, count * length), "All messages stand in one row: every message gets a row of its own."),
        ((count, 1, length), "Each row has a batch dimension of its own; one for all of them is enough."),
        ((1, count, length), "There is a batch dimension too many: the messages are the batch."),
        ((length, count), "Rows and columns are exchanged: a message is a row (pad_sequence needs batch_first=True)."),
        ((case.longest, count), "Rows and columns are exchanged, as by pad_sequence without batch_first=True. And the longest message gives the length, not the model."),
        ((count, length, case.emb_dim), "Those are embeddings; the token ids themselves are asked for."),
        ((count, length, 50257), "Those are the model's logits; the ids that it will read are asked for."),
        ((count,), "There is one number for each message, its length or its class; a row of token ids is asked for."),
    ]:  # fmt: skip
        if shape == wrong:
            fail(sentence, **shapes)
    if 0 in shape:
        fail("No rows came back: are messages left out that are longer than the context? Cut them.", **shapes)
    if len(shape) != 2:
        fail("The batch has to be a table: a row for each message, a column for each place of the context.", **shapes)
    if shape[0] != count:
        another_count(case, shape[0], shapes)
    widths = [(c, g.shape[1] if g.dim() == 2 else None) for c, g in pairs]
    for asked in (widths, [(case, shape[1])]):  # what explains every batch comes before what explains this one
        for wrong, sentence in LENGTHS:
            if all(width == wrong(c) for c, width in asked):
                fail(sentence, **shapes)
    if any(shape[1] == other.context_length for other in SENT):
        fail("The rows have the context length of another model: something is kept from an earlier call.", **shapes)
    which = "longer: the model refuses them" if shape[1] > length else "shorter, and places that the model has are lost"
    fail(f"The rows have {shape[1]} tokens, the model's context {length}. They are {which}.", **shapes)


def another_count(case, count, shapes):
    length = case.context_length
    for wrong, sentence in [
        (sum(len(ids) <= length for ids in case.ids), "Messages that are longer than the context are left out; they are to be cut."),
        (sum(bool(ids) for ids in case.ids), "The empty message is left out; it gets a row of nothing but padding."),
        (sum(-(-len(ids) // length) for ids in case.ids), "A long message goes on in another row; what is too much is dropped, each message has one row."),
        (len("".join(case.messages)), "There is a row for each character: messages is a list of texts."),
        (len(case.messages) - 1, "One message has no row: does the loop end too early?"),
    ]:  # fmt: skip
        if count == wrong:
            fail(sentence, **shapes)
    fail("Each message gets one row, in the order in which they came.", **shapes)


def another_kind(got, shapes):
    if got.eq(0).logical_or(got.eq(1)).all():
        fail("That is a mask of ones and zeros, or nothing at all; the token ids are asked for.", **shapes)
    if got.dtype.is_floating_point or got.dtype.is_complex:
        fail("The ids came back as floating-point numbers: torch.zeros and torch.ones want dtype=torch.long.", **shapes)
    if got.element_size() < 4:
        fail("The dtype is too small for GPT-2's ids, which go up to 50256: torch.long is asked for.", **shapes)


def other_numbers(case, table, shown):
    """Names what is wrong in the first row that is: its front, or what it is filled with."""
    place = next(n for n, row in enumerate(case.rows) if row != table[n])
    ids, came = case.ids[place], table[place]
    kept = min(len(ids), len(came))
    front, behind, words = came[:kept], came[kept:], [number for number in came if number != PAD]
    fill = f"{behind[0]}" if len(set(behind)) == 1 else "other numbers than 50256, and not always the same"
    for found, sentence in [
        (front == ids[:kept], f"Short messages are filled up with {fill}; GPT-2's padding is 50256, and nothing else stands behind a message."),
        (any(came[n : n + kept] == ids[:kept] for n in range(1, len(behind) + 1)), "The message does not begin at the first place of its row: padding or something else was put in front."),
        (kept < len(ids) and words == ids[-len(words) :], "Of long messages the end is kept; cut them at the end, ids[:length], so that the beginning stays."),
        (any(number in words for number in ids) and within(words, ids), "Tokens are left out of the middle of a message: ids[:length] is all that a long message keeps."),
        (came in case.rows, "A row holds another message than its own: the order is that of messages."),
        (any(came == row for other in SENT for row in other.rows), "A row holds a message of an earlier call: something is kept between calls."),
        (front[:-1] == ids[: kept - 1] and front[-1:] == [PAD], "The last token of a long message was replaced by an end-of-text token; cut it, and add none."),
        (came == [came[0]] * len(came), "A row holds one and the same number everywhere: the message's tokens are missing."),
        (sorted(front) == sorted(ids[:kept]), "The tokens of a message are in another order."),
        (PAD in front, "Padding stands where the message still has tokens."),
    ]:  # fmt: skip
        if found:
            fail(sentence, **shown)
    fail("Those are not the message's tokens: encode each text as it is, and whole; only then cut the ids.", **shown)


def within(some, ids):
    """Whether all of some stand in ids, in the same order."""
    rest = iter(ids)
    return all(number in rest for number in some)


# -- mistakes with a name: how long the rows become, and what stands in them -----------------------------------------

LENGTHS = (
    (lambda c: c.emb_dim, "The rows are as long as an embedding: pos_emb.weight has the shape (context_length, emb_dim), so the context length is its shape[0], and shape[1] is emb_dim."),
    (lambda c: c.longest, "The rows are as long as the longest message: the length is to come from the model, which takes context_length tokens, whatever the messages are like."),
    (lambda c: min(c.longest, c.context_length), "Rows are only filled up to the longest message: all get the model's full context length."),
    (lambda c: max(c.longest, c.context_length), "Messages that are longer than the context are not cut: the model refuses rows of more tokens than it has positions for."),
    *((lambda c, n=n: n, f"The rows have {n} tokens, a number that is written down; this model has another context: ask model.pos_emb or model.cfg.") for n in (1024, 768, 512, 256, 120)),
    (lambda c: 50257, "The rows are as long as the vocabulary: that is vocab_size, or tok_emb's shape; look at pos_emb."),
    (lambda c: c.context_length - 1, "The rows are one token too short: all context_length places may be used."),
    (lambda c: c.context_length + 1, "The rows are one token too long: the model has context_length positions, and no more."),
    (lambda c: max(map(len, c.messages)), "The rows are as long as the longest message has characters; the model counts tokens."),
    (lambda c: min(map(len, c.ids)), "All messages are cut to the shortest one; they are padded, to the model's context length."),
    (lambda c: len(c.messages), "The rows are as long as there are messages; the model says how many tokens it takes."),
)  # fmt: skip


def made(ids=lambda row, n: row, *, text=None, of=lambda rows: rows, pad=PAD):
    """The rows of a case where somebody changes a text, an order, or a row of ids before it is cut and filled up.

    Each of them is a function; those of a text, which gives ids, and of a row get the context length n too.
    """

    def wrong(case):
        n = case.context_length
        rows = case.ids if text is None else [list(text(m, n)) for m in case.messages]
        return [fit(ids(row, n), n, pad) for row in of(rows)]

    return wrong


WRONG = (
    (made(pad=0), "Short messages are filled up with 0, which is the token of an exclamation mark; the padding is 50256."),
    (made(pad=-100), "Short messages are filled up with -100: that marks targets which the loss leaves out, and is no token. The padding is 50256."),
    (made(pad=50257), "Short messages are filled up with 50257, the size of the vocabulary: ids end at 50256, which is the padding."),
    (made(lambda row, n: row[-n:]), "Of long messages the end is kept; cut them at the end, ids[:length], so that the beginning stays."),
    (made(lambda row, n: [PAD] * (n - len(row)) + row), "The padding stands in front of the message; it belongs behind its tokens."),
    (made(lambda row, n: [PAD] * (n - len(row)) + row[-n:]), "The padding stands in front, and of long messages the end is kept: pad behind, and keep the beginning."),
    (made(lambda row, n: [*row[: n - 1], PAD]), "A long message ends in an end-of-text token, or is cut one token too early: all context_length places are its own."),
    (made(lambda row, n: [PAD, *row]), "An end-of-text token stands in front of each message; nothing is added there."),
    (made(lambda row, n: [*row, PAD] if len(row) <= n else [PAD] * n), "A long message was emptied, not cut: its first context_length tokens stay."),
    (made(lambda row, n: row if len(row) <= n else row[n:]), "Of a long message stays what is behind the context length: ids[:length] is the part that fits."),
    (made(lambda row, n: row[1:]), "The first token of each message is missing."),
    (made(lambda row, n: row[:-1]), "The last token of each message is missing."),
    (made(lambda row, n: row[::-1]), "The tokens are in reverse order."),
    (made(lambda row, n: [*dict.fromkeys(row)]), "A token that occurs twice is there once: a message may repeat a token."),
    (made(lambda row, n: (row * n)[:n]), "Short messages are repeated until the row is full; it is filled up with 50256."),
    (made(lambda row, n: row + row[-1:] * (n - len(row))), "Short messages are filled up with their own last token; the padding is 50256."),
    (made(text=lambda m, n: encode(m[:n])), "The characters were cut before encoding: a token is several characters. Encode the whole text, and cut the ids."),
    (made(text=lambda m, n: encode(m[:n].ljust(n))), "The text was cut and filled up with blanks before encoding: encode it whole, then cut and pad the ids."),
    (made(text=lambda m, n: encode(m.ljust(n))), "The text was filled up with blanks before encoding: padding is a matter of ids, and its id is 50256."),
    (made(text=lambda m, n: encode(m.lower())), "The text was made lower case first; capital letters have tokens of their own."),
    (made(text=lambda m, n: encode(" ".join(m.split()[:n]))), "The words were counted and cut before encoding; the model counts tokens: encode first, and cut the ids."),
    (made(text=lambda m, n: encode(" " + m)), "A blank was put in front of the text; the first word then gets another token."),
    (made(text=lambda m, n: encode(m.encode("ascii", "ignore").decode())), "Accents and emoji are gone: the text is encoded as it is."),
    (made(text=lambda m, n: encode("".join(c for c in m if c.isalnum() or c == " "))), "Punctuation is gone: the text is encoded as it is."),
    (made(text=lambda m, n: [number for word in m.split() for number in encode(word)]), "The words were encoded one by one, so the blanks in front of them are gone: encode the text as a whole."),
    (made(text=lambda m, n: map(ord, m)), "Those are the codes of single letters; the tokenizer makes tokens of pieces of words."),
    (made(text=lambda m, n: m.encode()), "Those are the bytes of the text; the tokenizer merges them into tokens."),
    (made(of=lambda rows: sorted(rows, key=len)), "The rows are sorted by length; their order is that of messages."),
    (made(of=lambda rows: rows[::-1]), "The rows are in reverse order; their order is that of messages."),
    (made(of=lambda rows: [rows[0]] * len(rows)), "All rows hold the first message: each has one of its own."),
    (made(of=lambda rows: [rows[-1]] * len(rows)), "All rows hold the last message: each needs a list of its own, not one that is shared."),
    (made(of=lambda rows: [[]] * len(rows)), "The rows hold nothing but padding: the messages' tokens are missing."),
)  # fmt: skip


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

CUT = "A message that is longer than the context does not fit into its row: cut its ids first, ids[:length]."
UNEQUAL = "The rows have different lengths: fill the shorter ones up with 50256, and cut the longer ones."
ASK = "The model keeps its context length in model.cfg, as cfg['context_length'], and as the first size of pos_emb.weight."
SAYINGS = (
    ("NotImplementedError", "", "padded is not written yet."),
    ("ValueError", r"expected sequence of length", UNEQUAL),
    ("RuntimeError", r"stack expects|[Ss]izes of tensors must match|equal size", UNEQUAL),
    ("ValueError", r"inhomogeneous", UNEQUAL),
    ("RuntimeError", r"negative dimension|expanded size|shape mismatch|size of tensor|narrow", CUT),
    ("IndexError", r"assignment index|out of (?:bounds|range)", CUT + " Or is a list shorter than you take it to be?"),
    ("ValueError", r"more tokens|context|positions", CUT),
    ("ValueError", r"[Dd]isallowed special|special token", "tokenizer.encode refuses the text <|endoftext|> without allowed_special={{'<|endoftext|>'}}; its id is 50256."),
    ("AttributeError|KeyError", r"context|max_len|block_size|n_ctx|n_positions|seq|'max|supported", ASK),
    ("TypeError", r"'?GPTModel'? object is not subscriptable|'?NoneType'?", ASK),
    ("AttributeError", r"'GPT(?:Model|Config)' object has no attribute", ASK),
    ("AttributeError|TypeError", r"'Encoding' object|Encoding\.encode|unexpected keyword", "The tokenizer is tiktoken's: encode(text) gives a list of ids, and padding and cutting are yours to write."),
    ("AttributeError", r"'str' object has no attribute", "messages is a list of plain texts: no DataFrame, and no records."),
    ("TypeError|AttributeError|ValueError", r"expected string|PyString|bytes-like|'list' object has no attribute 'encode'|string or bytes", "The tokenizer encodes one text at a time: go through messages one by one."),
    ("TypeError", r"string indices|list indices", "messages is a list of plain texts, without columns or keys."),
    ("TypeError", r"can only concatenate list", "To a list of ids a list is added: ids + [50256] * how_many."),
    ("AttributeError", r"'list' object has no attribute", "tokenizer.encode gives a list; torch.tensor makes a tensor of it."),
    ("TypeError", r"expected Tensor|must be tuple of Tensors|not list|must be Tensor", "A list of ids stands where a tensor is needed: torch.tensor makes one of it."),
    ("RuntimeError|OverflowError|ValueError", r"overflow|out of bounds|too large", "The dtype is too small for GPT-2's ids: torch.long."),
    ("IndexError|ValueError", r"empty", "An empty message has no tokens: its row is all padding, and nothing of it can be looked at."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
