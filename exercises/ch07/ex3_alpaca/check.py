"""Judges exercise 7.3 by the reference's batches of files that are written anew for every run."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass, replace

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, part
from reference.instruct import InstructionDataset, custom_collate_fn
from reference.prompts import STYLES, format_input, format_response
from reference.tokenizer import gpt2_tokenizer

END, IGNORED = 50256, -100
WIDE = 1024  # an allowed_max_length that cuts nothing
MOST = 60  # batches that are looked at
MOST_NUMBERS = 6  # of a message that names an index
WORDS = (
    "Paris café sorted seven verbs naïve river list of the and rewrite sum poem Tokyo 🙂 why code green add rhyme"
    " summary water cell translate story short number between animals word explain colour friendly sentence"
).split()
ALPACA = STYLES["alpaca"]
LONG_FILE = 10_000  # entries
SENTENCES = ALPACA.instruction.partition("\n")[0]
WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context."
    " Write a response that appropriately completes the request."
)


# -- files -------------------------------------------------------------------------------------------------------------


def words(dice, least, most):
    return " ".join(dice.choices(WORDS, k=dice.randint(least, most)))


def entry(dice, size=4):
    """An entry as Alpaca has them, every second one without input."""
    given = "" if dice.random() < 0.5 else words(dice, 2, 2 * size)
    return {"instruction": words(dice, 3, 2 * size), "input": given, "output": words(dice, 1, 4 * size)}


def small_file(dice):
    """A few entries: the first with input and the second without, one with an empty output, one of several lines."""
    entries = [entry(dice) for _ in range(dice.randint(7, 13))]
    entries[0]["input"], entries[1]["input"] = "a, b", ""
    entries[2]["output"] = ""
    entries[3]["output"] = "1. one\n2. two\n\n3. three"
    return entries


def as_bytes(entries):
    indent = 4 if len(entries) < LONG_FILE else None  # Alpaca has 4, which takes json ten times as long
    return torch.frombuffer(
        bytearray(json.dumps(entries, ensure_ascii=False, indent=indent).encode()), dtype=torch.uint8
    )


def asked(entries, batch_size, allowed):
    return {"file": as_bytes(entries), "batch_size": batch_size, "allowed_max_length": allowed}


def right_batches(entries, batch_size, allowed, most=MOST):
    dataset = InstructionDataset(entries[: batch_size * most], gpt2_tokenizer())
    rows = [dataset[place] for place in range(len(dataset))]
    return [
        custom_collate_fn(rows[start : start + batch_size], allowed_max_length=allowed)
        for start in range(0, len(rows), batch_size)
    ]


# -- what came ---------------------------------------------------------------------------------------------------------


def is_rows(value):
    whole = isinstance(value, Tensor) and value.dim() == 2 and value.numel() < 2**22 and len(value) < 2**16
    return whole and not value.is_floating_point() and not value.is_complex() and value.dtype != torch.bool


def same(got, expected):
    return is_rows(got) and got.shape == expected.shape and torch.equal(got.long(), expected)


def answers(submission, cases, most=MOST):
    """Each case with the pairs of tensors that came for it; whatever is no loader of such pairs ends the check."""
    got = submission.call("batches", cases=cases, most=most)
    assert_one_each(got, cases, "file")
    return [(answer, [pair_of(batch) for batch in batches_of(answer)]) for answer in got]


def batches_of(answer):
    kind = part(answer, "kind")
    told = {"expected": "a DataLoader"}
    sentences = {
        "NoneType": "prepare returns nothing; it ends with return and the loader.",
        "list": "prepare returns a list; a DataLoader makes each batch when it is needed.",
        "tuple": "prepare returns several things; only the DataLoader is asked for.",
        "generator": "prepare returns a generator, which can be gone through only once; a DataLoader is asked for.",
        "_SingleProcessDataLoaderIter": "prepare returns iter(loader); return the loader itself.",
        "type": "prepare returns a class; make a DataLoader of it.",
    }
    if kind != "DataLoader":
        known = "prepare returns the data set; a DataLoader has to be made of it." if kind == "Dataset" else None
        fail(sentences.get(str(kind), known or "prepare returns no DataLoader."), **told, got=str(kind)[:60])
    batches = part(answer, "batches")
    if not isinstance(batches, list) or not batches:
        fail("The loader gives no batches.", expected="batches (inputs, targets)", got="none")
    return batches


def pair_of(batch):
    parts, kind = part(batch, "parts"), str(part(batch, "type"))
    told = {"expected": "two int64 tensors (entries, tokens)"}
    if kind == "Tensor":
        fail("A batch is a single tensor: inputs and targets belong to it, as a pair.", **told)
    if kind == "dict":
        fail("A batch is a dict; the pair (inputs, targets) is asked for.", **told)
    if kind != "pair" or not isinstance(parts, list):
        fail("A batch is no pair of tensors: collate_fn has to return (inputs, targets).", **told, got=kind[:60])
    if len(parts) != 2:
        fail(
            "A batch is no pair: collate_fn returns inputs and targets, nothing else.",
            **told,
            got=f"{len(parts)} parts",
        )
    for value, name in zip(parts, ("inputs", "targets"), strict=True):
        if isinstance(value, str):
            fail(f"{name} is of type {value[:40]}: make a tensor of the rows.", **told, got=value[:60])
        if isinstance(value, Tensor) and value.is_floating_point():
            fail(f"{name} is floating point; token ids are whole numbers.", **told, got=str(value.dtype))
        if isinstance(value, Tensor) and value.dim() == 1:
            fail(f"{name} is one row; a batch has a row for each entry.", **told, got=f"shape {tuple(value.shape)}")
        if not is_rows(value):
            fail(f"{name} is no tensor of whole numbers, (entries, tokens).", **told)
        if value.dtype != torch.int64:
            fail(f"{name} is not int64, which embedding and cross entropy want.", **told, got=str(value.dtype))
    return parts


# -- how a batch may have been made ------------------------------------------------------------------------------------


def text_of(entry, start=ALPACA.instruction, middle=ALPACA.input, end=ALPACA.response, order="instruction output"):
    first, last = order.split()
    given = f"{middle}{entry['input']}" if entry["input"] and middle is not None else ""
    return f"{start}{entry[first]}{given}{end}{entry[last]}"


@dataclass(frozen=True)
class Way:
    """One way of making batches; as it stands here, the right one."""

    text: object = text_of
    ends: int = 1  # end-of-texts that are appended
    pad: int = END
    ignored: int | None = IGNORED
    kept: int = 1  # of end-of-text and filling, how many places of targets are not masked
    prompt_masked: bool = False
    left: bool = False
    width: str = "batch"
    cut: str = "columns"
    shift: int = 1

    def batch(self, entries, all_entries, allowed):
        rows = [self.row(entry, allowed) for entry in entries]
        others = [self.row(entry, allowed) for entry in all_entries] if self.width == "file" else rows
        least = {"allowed": allowed + 1, "less": allowed}.get(self.width, 0)
        longest = max(least, *map(len, others))
        made = [self.made(row, longest, entry) for row, entry in zip(rows, entries, strict=True)]
        kept = {"columns": slice(0, allowed), "last": slice(-allowed, None), "less": slice(0, allowed - 1)}
        inputs, targets = (torch.tensor(side)[:, kept.get(self.cut, slice(None))] for side in zip(*made, strict=True))
        return inputs, targets

    def row(self, entry, allowed):
        ids = gpt2_tokenizer().encode(self.text(entry), allowed_special="all")
        return (ids[:allowed] if self.cut == "ids" else ids) + [END] * self.ends

    def made(self, row, longest, entry):
        filling = [self.pad] * (longest - len(row))
        whole = filling + row if self.left else row + filling
        marked = [0] * len(whole)  # 1 where targets are masked
        begin = len(row) - self.ends + self.kept
        for place in range(len(whole)):
            behind = place < len(filling) if self.left else place >= begin
            marked[place] = int(behind)
        if self.prompt_masked:
            prompt = len(gpt2_tokenizer().encode(format_input(entry)))
            marked[:prompt] = [1] * prompt
        masked = [
            self.ignored if mark and self.ignored is not None else id for id, mark in zip(whole, marked, strict=True)
        ]
        if self.shift == -1:
            return whole[1:], masked[:-1]
        return whole[:-1] if self.shift else whole[1:], masked[1:]


INSTRUCTION, INPUT, RESPONSE = "### Instruction:", "### Input:", "### Response:"
TEXTS = [
    (lambda e: text_of(e, middle=None), "The input is left out; it belongs between instruction and response."),
    (lambda e: text_of(e) if e["input"] else text_of(e, end=ALPACA.input + ALPACA.response), "An empty input gets its headline too; both are left out then."),
    (lambda e: format_input(e), "The response is missing: the text is the prompt alone."),
    (lambda e: format_input(e) + ALPACA.response, "The output is missing after the response's headline."),
    (lambda e: format_input(e) + e["output"], "The response's headline is missing."),
    (lambda e: format_input(e) + "\n\n" + e["output"], "The response's headline is missing."),
    (lambda e: e["output"], "Only the output is there: instruction and input belong in front."),
    (lambda e: e["instruction"] + e["output"], "The template is missing: the text is instruction and output alone."),
    (lambda e: f"{e['instruction']} {e['input']} {e['output']}", "The template is missing: the text is the three parts alone."),
    (lambda e: e["instruction"], "Only the instruction is there: template and output are missing."),
    (lambda e: text_of(e, start=f"{INSTRUCTION}\n"), "The two sentences that begin the prompt are missing."),
    (lambda e: text_of(e, start=f"{SENTENCES}\n\n"), "The headline of the instruction is missing."),
    (lambda e: text_of(e, start=f"{SENTENCES}\n{INSTRUCTION}\n", middle=f"\n{INPUT}\n", end=f"\n{RESPONSE}\n"), "The empty lines of the template are missing."),
    (lambda e: text_of(e, end=f"\n{RESPONSE}\n"), "The empty line before the response's headline is missing."),
    (lambda e: text_of(e, middle=f"\n{INPUT}\n"), "The empty line before the input's headline is missing."),
    (lambda e: text_of(e, start=f"{SENTENCES}\n{INSTRUCTION}\n"), "The empty line before the instruction's headline is missing."),
    (lambda e: text_of(e, end=f"\n\n{RESPONSE}"), "The line break after the response's headline is missing."),
    (lambda e: text_of(e, end=f"\n\n{RESPONSE} "), "A blank follows the response's headline; it is a line break."),
    (lambda e: text_of(e, end=f"\n\n{RESPONSE}\n\n"), "Two line breaks follow the response's headline; it is one."),
    (lambda e: text_of(e, middle=f"\n\n{INPUT}"), "The line break after the input's headline is missing."),
    (lambda e: text_of(e, start=f"{SENTENCES}\n\n{INSTRUCTION} ", middle=f"\n\n{INPUT} ", end=f"\n\n{RESPONSE} "), "Blanks follow the headlines; they are line breaks."),
    (lambda e: text_of(e, middle=" "), "The input's headline is missing."),
    (lambda e: text_of(e, middle="\n"), "The input's headline is missing."),
    (lambda e: text_of(e, middle="\n\n"), "The input's headline is missing."),
    (lambda e: text_of(e, start=f"{WITH_INPUT if e['input'] else SENTENCES}\n\n{INSTRUCTION}\n"), "With an input, another introduction is used (Alpaca's own long one); the task has one for all."),
    (lambda e: text_of(e, start=f"{WITH_INPUT}\n\n{INSTRUCTION}\n"), "Alpaca's long introduction is used; the task has a shorter one."),
    (lambda e: format_input(e, "phi3") + format_response(e["output"], "phi3"), "That is the template of Phi-3; Alpaca's is asked for."),
    (lambda e: text_of(e, order="output instruction"), "Instruction and output are exchanged."),
    (lambda e: text_of(e) + "\n", "A line break follows the output; the text ends with it."),
    (lambda e: text_of(e) + "\n\n", "Line breaks follow the output; the text ends with it."),
    (lambda e: text_of(e).strip(), "The text is stripped: the line break after an empty response's headline belongs to it."),
    (lambda e: text_of(e).lower(), "The text is in lower case."),
    (lambda e: text_of(e).encode("ascii", "ignore").decode(), "Letters with accents and emoji are lost."),
    (lambda e: text_of(e).encode().decode("latin-1"), "The file is read as latin-1; it is UTF-8."),
    (lambda e: json.dumps(e), "The entry is encoded as JSON; the template is missing."),
    (lambda e: str(e), "The dictionary itself is encoded; the template is missing."),
    (lambda e: text_of(e) + "<|endoftext|>", "Two end-of-texts are appended; it is one."),
]  # fmt: skip
WAYS = [
    *((Way(text=text), sentence) for text, sentence in TEXTS),
    (Way(ends=0), "No end-of-text is appended: the model would never learn to stop."),
    (Way(ends=0, kept=0), "No end-of-text is appended: the model would never learn to stop."),
    (Way(ends=2), "Two end-of-texts are appended; it is one."),
    (Way(ends=2, kept=2), "Two end-of-texts are appended; it is one."),
    (Way(kept=0), "The end-of-text is masked too: the first 50256 of targets stays, so that the model learns to stop."),
    (Way(kept=2), "Two end-of-texts stay in targets; it is one, and all filling after it is -100."),
    (Way(ignored=None), "The filling is not masked: in targets it becomes -100, but for the text's own end-of-text."),
    (Way(ignored=0), "The filling of targets is 0, which is a token; -100 is what cross entropy leaves out."),
    (Way(ignored=-1), "The filling of targets is -1; cross entropy leaves out -100."),
    (Way(prompt_masked=True), "Instruction and input are masked (that is exercise 7.2); here nothing but filling is."),
    (Way(pad=0), "The rows are filled up with 0, which is a token; 50256 is asked for."),
    (Way(pad=0, ignored=None), "The rows are filled up with 0; inputs with 50256, targets with -100."),
    (Way(pad=IGNORED), "inputs is filled up with -100, which no embedding takes: 50256 there, -100 in targets."),
    (Way(pad=50257), "The rows are filled up with 50257, which is no token; 50256 is asked for."),
    (Way(left=True), "The rows are filled up on the left; the filling comes at the end."),
    (Way(left=True, ignored=None), "The rows are filled up on the left, and not masked."),
    (Way(width="file"), "Every row is as long as the longest of the file; the longest of its batch is enough."),
    (Way(width="file", ignored=None), "Every row is as long as the longest of the file, and the filling is not masked."),
    (Way(width="allowed"), "Every row is filled up to allowed_max_length; the longest of its batch is enough."),
    (Way(width="allowed", ignored=None), "Every row is filled up to allowed_max_length, and the filling is not masked."),
    (Way(width="less"), "Every row is filled up to allowed_max_length; the longest of its batch is enough."),
    (Way(width="less", ignored=None), "Every row is filled up to allowed_max_length, and the filling is not masked."),
    (Way(shift=0), "inputs lacks its first token too: inputs are all tokens but the last, targets all but the first."),
    (Way(shift=-1), "Inputs and targets are exchanged, or shifted in the wrong direction: targets lack the first token."),
    (Way(cut="ids"), "The ids are cut before the end-of-text is appended: a text that is cut then seems to end there. Cut the columns at the end."),
    (Way(cut="none"), "allowed_max_length plays no part: both keep only their first columns."),
    (Way(cut="last"), "The last columns are kept; the first ones are asked for."),
    (Way(cut="less"), "One column too few is kept of the rows that are too long."),
]  # fmt: skip


def whole_rows(entries, way):
    """Batches that are not shifted, or lack less: for mistakes that no Way knows."""
    whole = replace(way, ignored=None, kept=1)
    inputs, targets = whole.batch(entries, entries, 10**6)
    return torch.cat([inputs, targets[:, -1:]], 1)  # (entries, tokens + 1)


def recognised(entries, all_entries, allowed, got, side):
    """The sentence of the way that explains both sides of a batch, or else this side of it, or None."""
    made = []
    for way, sentence in WAYS:
        batch = way.batch(entries, all_entries, allowed)
        made.append((batch, sentence))
        if same(got[0], batch[0]) and same(got[1], batch[1]):
            return sentence
    whole = whole_rows(entries, Way())
    more = [
        (whole, f"{('inputs', 'targets')[side]} is the whole row: inputs lacks the last token and targets the first."),
        (whole[:, :allowed], "The row is not shifted: inputs lacks the last token and targets the first."),
        (made[0][0][0] if side else whole[:, 1:], ""),
    ]
    right = Way().batch(entries, all_entries, allowed)
    if side:
        masked = torch.where(right[1] == IGNORED, IGNORED, right[0])
        more += [
            (right[0], "targets equals inputs: it has to be one token ahead."),
            (masked, "targets is not shifted: it has to be one token ahead of inputs."),
            (right[1].masked_fill(right[1] == END, IGNORED), dict(WAYS)[Way(kept=0)]),
        ]
    else:
        more.append((right[1], "inputs and targets are exchanged: inputs comes first, targets second."))
    for batch, sentence in more:
        if sentence and same(got[side], batch):
            return sentence
    for batch, sentence in made:
        if same(got[side], batch[side]) and not same(right[side], batch[side]):
            return sentence
    if got[side].shape != right[side].shape:
        return None
    return wrong_places(got[1], right, whole) if side else wrong_filling(got[0], right[0])


def wrong_filling(got, right):
    """Another number than 50256 wherever it stands in inputs."""
    filling = got[right == END].unique().tolist()
    if torch.equal(got[right != END], right[right != END]) and len(filling) <= 2:
        other = next((id for id in filling if id != END), END)
        return f"The rows are filled up with {other} in inputs; 50256 is asked for."
    return None


def wrong_places(got, right, whole):
    """What is masked too much or too little, or that the targets lag behind, whatever they are filled with."""
    counts = (got != IGNORED) & (got != END)
    if torch.equal(got[counts], whole[:, 1:][counts]):
        too_much, too_little = (got == IGNORED) & (right[1] != IGNORED), (got != IGNORED) & (right[1] == IGNORED)
        if (too_much & (right[1] != END)).any():
            return "Tokens of the text are masked; only filling is, after the end-of-text."
        if too_much.any():
            return "An end-of-text that ends a text is masked; the first one of each row stays."
        if too_little.any():
            return "Some of the filling is not masked: all of it is -100, but for the text's own end-of-text."
    if counts[:, 1:].any() and torch.equal(got[:, 1:][counts[:, 1:]], right[0][:, :-1][counts[:, 1:]]):
        return "targets lags one token behind inputs; it is one ahead: the row without its first token."
    return None


def first_difference(entries, got, expected):
    """Where the text of a row goes another way, in words, for what no table knows."""
    decode = gpt2_tokenizer().decode
    for number, (row, wanted) in enumerate(zip(got.tolist(), expected.tolist(), strict=False)):
        place = next((n for n, pair in enumerate(zip(row, wanted, strict=False)) if pair[0] != pair[1]), None)
        if place is None:
            continue
        expected_text, got_text = (shown(ids[place : place + 6]) for ids in (wanted, row))
        if "<|" in shown(row[:6]):
            return "That begins like the template of Phi-3; Alpaca's is asked for.", expected_text, got_text
        where = part_of(entries[number], len(decode(wanted[:place])))
        return f"The text of row {number + 1} goes another way {where}.", expected_text, got_text
    return None


def part_of(entry, place):
    """Which part of an entry's text a character stands in, in words."""
    ends = [
        (len(SENTENCES), "in the two sentences that begin the prompt"),
        (len(ALPACA.instruction), "at the instruction's headline, or the line breaks around it"),
        (len(ALPACA.instruction + entry["instruction"]), "in the instruction"),
        (len(format_input(entry)) - len(entry["input"]), "at the input's headline, or the line breaks around it"),
        (len(format_input(entry)), "in the input"),
        (len(format_input(entry) + ALPACA.response), "at the response's headline, or the line breaks around it"),
        (len(text_of(entry)), "in the output"),
    ]
    return next((words for end, words in ends if place < end), "after the output: end-of-text comes once, then filling")


def shown(ids):
    if all(0 <= id <= END for id in ids):
        return repr(gpt2_tokenizer().decode(ids))
    return repr(ids)


def judge(entries, batch_size, allowed, got, side):
    """One side of all batches of a file; 0 is inputs, 1 is targets."""
    name = ("inputs", "targets")[side]
    for number, (pair, expected) in enumerate(zip(got, right_batches(entries, batch_size, allowed), strict=False)):
        if same(pair[side], expected[side]):
            continue
        of_batch = entries[number * batch_size : (number + 1) * batch_size]
        what = f"{name} of batch {number + 1} (batch_size {batch_size}, allowed_max_length {allowed})"
        if sentence := recognised(of_batch, entries, allowed, pair, side):
            assert_close(pair[side], expected[side], lambda *_, told=sentence: told, what=what)
        if not side and (found := first_difference(of_batch, pair[0], expected[0])):
            fail(found[0], expected=found[1], got=found[2])
        assert_close(pair[side], expected[side], what=what)


# -- the checks --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(submission, run_seed):
    dice = random.Random(run_seed)
    settings = []
    for batch_size in (2, 3, 5):
        entries = small_file(dice)
        if len(entries) % batch_size == 0:
            entries.append(entry(dice))  # so that the last batch is smaller
        settings.append((entries, batch_size, WIDE))
    got = answers(submission, [asked(*setting) for setting in settings])
    return [(*setting, *answer) for setting, answer in zip(settings, got, strict=True)]


def test_order(small):
    """The loader gives all entries in the order of the file, batch_size at a time, and the rest in the last batch."""
    for entries, batch_size, allowed, _, got in small:
        sizes = [len(pair[0]) for pair in got]
        expected = [min(batch_size, len(entries) - start) for start in range(0, len(entries), batch_size)]
        told = {"expected": f"batches of {expected} entries", "got": f"batches of {sizes[:12]}"}
        if sizes != expected:
            if sizes == expected[:-1]:
                fail("The last batch is missing: drop_last is False, so that no entry is lost.", **told)
            if set(sizes) == {1}:
                fail("Every batch has one entry: batch_size is not handed to the DataLoader.", **told)
            if sum(sizes) == len(entries):
                fail("The batches have other sizes than batch_size asks for.", **told)
            if sum(sizes) < len(entries):
                fail(
                    "Entries are left out: every one of the file belongs in a batch, also one with an empty output.",
                    **told,
                )
            fail("There are more rows than entries.", **told)
        check_order(entries, batch_size, allowed, got, told)


def check_order(entries, batch_size, allowed, got, told):
    """Whether the rows are those of the file in another order; rows that are not recognised are judged later."""
    right = [row for pair in right_batches(entries, batch_size, allowed) for row in pair[0]]
    right = [tuple(trimmed(row)) for row in right]
    came = [tuple(trimmed(row)) for pair in got for row in pair[0]]
    if came == right or sorted(came) != sorted(right):
        return
    if came == sorted(came, key=len) or came == sorted(came, key=len, reverse=True):
        fail("The entries are sorted by length; they come in the order of the file.", expected="the file's order")
    if came == right[::-1]:
        fail("The entries come in reverse; they come in the order of the file.", expected="the file's order")
    fail("The entries are shuffled; shuffle is False, so that batches can be compared.", expected="the file's order")


def trimmed(row):
    ids = row.tolist()
    while ids and ids[-1] in (END, 0, IGNORED):
        ids.pop()
    return ids


@pytest.mark.needs("test_order")
@pytest.mark.points(2)
def test_inputs(small):
    """inputs holds the ids of prompt and response, filled up with 50256 to the longest of the batch."""
    for entries, batch_size, allowed, _, got in small:
        judge(entries, batch_size, allowed, got, 0)


@pytest.mark.needs("test_inputs")
@pytest.mark.points(2)
def test_targets(small):
    """targets is one token ahead, keeps the end-of-text that ends a text, and has -100 for the filling."""
    for entries, batch_size, allowed, _, got in small:
        judge(entries, batch_size, allowed, got, 1)


@pytest.mark.needs("test_targets")
@pytest.mark.points(2)
def test_cut(submission, seed):
    """Rows that are too long keep their first allowed_max_length columns, in inputs and in targets."""
    dice = random.Random(seed)
    settings = []
    for batch_size in (2, 4):
        entries = small_file(dice)
        lengths = sorted(len(gpt2_tokenizer().encode(text_of(entry))) for entry in entries)
        settings += [(entries, batch_size, lengths[place]) for place in (1, len(lengths) // 2)]
    got = answers(submission, [asked(*setting) for setting in settings])
    for (entries, batch_size, allowed), (_, pairs) in zip(settings, got, strict=True):
        expected = right_batches(entries, batch_size, allowed)
        if len(pairs) != len(expected):
            fail(
                "Entries that are too long are left out; they are cut.",
                expected=f"{len(expected)} batches",
                got=str(len(pairs)),
            )
        for pair, wanted in zip(pairs, expected, strict=True):
            if len(pair[0]) != len(wanted[0]):
                fail(
                    "Entries that are too long are left out; they are cut.",
                    expected=f"{len(wanted[0])} rows",
                    got=f"{len(pair[0])}",
                )
            for side, other in ((0, 1), (1, 0)):
                if (
                    not same(pair[side], wanted[side])
                    and same(pair[other], wanted[other])
                    and pair[side].shape[1] > allowed
                ):
                    name = ("inputs", "targets")
                    fail(f"Only {name[other]} is cut; {name[side]} keeps its first allowed_max_length columns too.",
                         expected=f"shape {tuple(wanted[side].shape)}", got=f"shape {tuple(pair[side].shape)}")  # fmt: skip
        for side in (0, 1):
            judge(entries, batch_size, allowed, pairs, side)


# -- bad entries -------------------------------------------------------------------------------------------------------

BAD = (
    ("an entry without instruction", lambda e: {k: e[k] for k in ("input", "output")}),
    ("an entry without output", lambda e: {k: e[k] for k in ("instruction", "input")}),
    ("a number as instruction", lambda e: {**e, "instruction": 7}),
    ("null as output", lambda e: {**e, "output": None}),
    ("a list as output", lambda e: {**e, "output": [e["output"]]}),
    ("a number as input", lambda e: {**e, "input": 5}),
    ("a text in the place of an object", lambda e: e["instruction"]),
    ("null in the place of an object", lambda e: None),
    ("a list in the place of an object", lambda e: [e["instruction"], e["input"], e["output"]]),
)


@pytest.mark.points(2)
def test_bad_entries(submission, seed):
    """A bad entry ends prepare with a ValueError whose message names its index."""
    dice = random.Random(seed)
    cases, places, sizes = [], [], []
    for number, (_, spoil) in enumerate(BAD):
        entries = [entry(dice, 2) for _ in range(dice.randint(30, 40))]
        places.append(0 if number == 2 else len(entries) - 1 if number == 5 else dice.randint(11, 28))
        entries[places[-1]] = spoil(entries[places[-1]])
        cases.append(asked(entries, 4, WIDE))
        sizes.append(len(entries))
    got = submission.call("refusals", cases=cases)
    assert_one_each(got, cases, "file")
    for (what, _), place, case_size, answer in zip(BAD, places, sizes, got, strict=True):
        judge_refusal(what, place, case_size, answer)


def judge_refusal(what, place, size, answer):
    when, kind, message = part(answer, "when"), str(part(answer, "type"))[:60], str(part(answer, "message"))
    told = {"expected": f"a ValueError that names entry {place}", "got": f"{kind}: {message[:160]}"}
    if kind == "NotImplementedError":
        fail("prepare is not written yet.")
    if when is None:
        how = "is gone through, and the bad entry skipped without a word"
        if part(answer, "rows") != size - 1:
            how = "is taken as if it were fine"
        told["got"] = "no exception"
        fail(f"A file with {what} {how}; prepare raises a ValueError.", **told)
    if part(answer, "value_error") is not True:
        sentences = {
            "KeyError": "the key is simply looked up, and the KeyError does not say which entry it was",
            "TypeError": "what is no text is used as such, and fails wherever that may be",
            "AttributeError": "what is no object, or no text, is used as such",
            "AssertionError": "an assert is for programmers, and python -O leaves it out",
            "IndexError": "what is no object is used as one",
        }
        known = sentences.get(kind, "it is not the one that is asked for")
        if re.search(rf"\b{place}\b", message):
            fail(f"A file with {what} ends in {article(kind)}; the one that is asked for is ValueError.", **told)
        fail(f"A file with {what} ends in {article(kind)}: {known}. Check every entry, and raise ValueError.", **told)
    if when != "prepare":
        fail(f"A file with {what} is refused only when its batch is made; prepare looks at all entries first.", **told)
    numbers = re.findall(r"\d+", re.sub(r"\S*entries_\w+\.json\S*", "", message))
    if len(set(numbers)) > MOST_NUMBERS:
        fail("The message has so many numbers that nobody finds the index among them: name the bad entry.", **told)
    if str(place) not in numbers:
        if str(place + 1) in numbers:
            fail("The message counts from 1; the index counts from 0.", **told)
        if str(place - 1) in numbers:
            fail("The message names the entry before the bad one: does its counter lag behind?", **told)
        fail(f"The message does not say which entry it is ({what}): name its index.", **told)


def article(kind):
    return f"an {kind}" if kind[:1] in "AEIOU" else f"a {kind}"


# -- 52,000 entries ----------------------------------------------------------------------------------------------------


@pytest.mark.needs("test_targets", "test_cut", "test_bad_entries")
@pytest.mark.points(2)
def test_52000_entries(submission, seed):
    """A file of 52,000 entries, a few of them long, stays within the memory."""
    dice = random.Random(seed)
    texts = [words(dice, 2, 4) for _ in range(500)]
    outputs = dice.choices(texts, k=52_000)
    entries = [
        {"instruction": text, "input": "", "output": output}
        for text, output in zip(dice.choices(texts, k=52_000), outputs, strict=True)
    ]
    for place in (dice.randint(20, 200), 30_000, 51_000):
        entries[place]["output"] = words(dice, 2500, 2500)
    batch_size, allowed, most = 8, 2048, 26
    [(answer, got)] = answers(submission, [asked(entries, batch_size, allowed)], most)
    expected = right_batches(entries, batch_size, allowed, most)
    length = part(answer, "length")
    if type(length) is int and length != 6500:
        fail("The loader does not have all entries.", expected="6500 batches of 8", got=str(length)[:20])
    if len(got) != len(expected):
        fail("The loader does not have all entries.", expected=f"{len(expected)} batches", got=str(len(got)))
    for side in (0, 1):
        judge(entries[: batch_size * most], batch_size, allowed, got, side)


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "prepare is not written yet."),
    ("RuntimeError|TypeError", r"equal size|stack expects|must be tensors, numpy arrays|default_collate|batch must contain",
     "The default collate function cannot stack rows of different lengths: give the DataLoader a collate_fn that fills them up."),
    ("ValueError|TypeError", r"expected sequence of length", "Rows of different lengths make no tensor: fill them up to one length first."),
    ("RuntimeError|MemoryError", r"allocate memory|DefaultCPUAllocator|not enough memory|^$",
     "The memory is used up: keep each entry's ids in a list of its own length, or encode it when it is asked for, and fill rows up batch by batch, in collate_fn."),
    (".*", r"[Ww]orker|new thread|fork|Operation not permitted|Read-only file", "Worker processes are not allowed here, nor new files: leave num_workers at 0."),
    ("URLError|ConnectionError|gaierror|HTTPError|ConnectionRefusedError", "", "There is no network here: read the file that path names."),
    ("FileNotFoundError", r"'([^']*)'", "There is no file {0}: open the one that path names."),
    ("JSONDecodeError", "", "The file is one JSON list, not one object a line: json.load reads it whole."),
    ("UnicodeDecodeError|UnicodeError", "", "The file is UTF-8: open it with encoding=\"utf-8\"."),
    ("KeyError", r"^'?(?:instruction|input|output)'?$", "A key is looked up where it is not: is that the entry itself? An entry has instruction, input and output."),
    ("KeyError", r"'?(\w+)'?", "An entry has no key {0}: its keys are instruction, input and output."),
    ("TypeError", r"expected string|'dict' object|required, not '|must be str|cannot be converted to 'Py?S", "Only text can be encoded: make one text of the entry first."),
    ("ValueError|TypeError", r"too many dimensions 'str'", "Text makes no tensor: encode it first."),
    ("TypeError", r"missing \d+ required positional argument.*allowed_max_length|missing \d+ required positional",
     "collate_fn is called with the batch alone: functools.partial hands over the rest."),
    ("TypeError", r"NoneType", "A part has no value: does every function end with return?"),
    ("AttributeError", r"PosixPath|'str' object has no attribute", "path is a pathlib.Path: open(path) and path.read_text() both work."),
    ("AttributeError", r"'list' object has no attribute|'dict' object has no attribute", "A list of ids is no tensor yet: torch.tensor makes one."),
    ("IndexError", r"0-dim", "A row without filling has a single end-of-text, of which squeeze() leaves no dimension: ask numel() > 1 first."),
    ("IndexError|RuntimeError", r"out of (?:bounds|range)", "An index is beyond the end: rows have different lengths, and one may have no filling at all."),
    ("RuntimeError|ValueError", r"expanded size|shape mismatch|must match|sizes of tensors", "Rows of different lengths do not fit together: fill all up to the longest of the batch."),
    ("ValueError", r"disallowed special token", "The text holds an end-of-text as a word: append the id 50256 to the ids instead."),
    ("ValueError", r"entry|index|item", "A good file is refused: an input may be empty, and so may an output."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
