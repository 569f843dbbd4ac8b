"""Judges exercise 7.2: batches of drawn entries, place by place, by the reference's own collate function."""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_one_each, describe, diagnosis, fail, remark
from reference.instruct import custom_collate_fn
from reference.prompts import format_input
from reference.tokenizer import gpt2_tokenizer

END, HEADLINE = 50256, "\n\n### Response:\n"
WORDS = "river stone naïve window seven garden Zürich painter lemon quiet café engine basket winter yellow letter 日本".split()
TWICE = (
    "One token too many in each row. Either inputs and targets keep the token that they leave out, or the text ends"
    " twice: the collate function puts pad_token_id behind it, and the data set puts nothing there."
)
AT_THE_CUT = (
    "Where a row is cut, an end-of-text is put at the cut, although its text does not end there: make inputs and targets"
    " of the whole row first, and cut them afterwards."
)
MOST_WIDTH = 4096  # of a batch that hints are asked about


@functools.lru_cache(maxsize=2048)
def ids_of(text):
    return tuple(gpt2_tokenizer().encode_ordinary(text))


def encode(text):
    return [*ids_of(text)]


@dataclass(frozen=True)
class Row:
    """An entry with its ids; `prompt` and `head` are how many of them are prompt, and headline of the response."""

    entry: dict
    ids: list
    prompt: int
    head: int


def row_of(entry):
    prompt = format_input(entry)
    return Row(entry, encode(prompt + HEADLINE + entry["output"]), len(encode(prompt)), len(encode(HEADLINE)))


# -- what is drawn ----------------------------------------------------------------------------------------------------


def words(draw, count):
    return " ".join(draw.choice(WORDS) for _ in range(count))


def drawn(seed):
    """Entries with and without input, of lengths that differ; number 5 has a very long response, and number 6 is number 2 once more."""
    draw = random.Random(seed)
    counts = [(3, 0, 4), (7, 6, 9), (5, 3, 2), (9, 0, 14), (6, 11, 6), (4, 2, 240)]
    entries = [
        {
            "instruction": f"Do {words(draw, a + draw.randint(0, 2))} {draw.randint(10, 99)}.",
            "input": f"{words(draw, b + draw.randint(0, 1)).capitalize()} {draw.randint(10, 99)}." if b else "",
            "output": f"So {words(draw, c)} {draw.randint(10, 99)}!",
        }
        for a, b, c in counts
    ]
    return [*entries, entries[2]]


def made(submission, data, batches):
    """Each batch, (places, settings), as rows, settings, and the checked parts of what came back."""
    asked = [{"places": places, "settings": settings} for places, settings in batches]
    got = submission.call("collated", data=data, batches=asked)
    assert_one_each(got, batches, "batch")
    rows = [row_of(entry) for entry in data]
    return [
        Batch([rows[place] for place in places], settings, answer)
        for (places, settings), answer in zip(batches, got, strict=True)
    ]


class Batch:
    """Rows, the settings of the call, what the reference makes of them, and what came back, of whatever kind."""

    def __init__(self, rows, settings, answer):
        self.rows, self.settings, self.answer = rows, settings, answer
        self.pad, self.ignore = settings.get("pad_token_id", END), settings.get("ignore_index", -100)
        self.limit = settings.get("allowed_max_length")
        self.inputs, self.targets = custom_collate_fn([(row.prompt, row.ids) for row in rows], **settings)
        longest = max(len(row.ids) for row in rows)
        self.full = filled([row.ids for row in rows], self.pad, longest + 1)  # (rows, longest + 1)

    def part(self, which):
        """Inputs (0) or targets (1) of the answer, of the right shape, or a finding."""
        name, expected = ("inputs", self.inputs) if which == 0 else ("targets", self.targets)
        got = checked(self.answer, which, name)
        if got.shape != expected.shape:
            why = self.wrong_shape(which, got) or f"The {name} have another shape."
            fail(why, expected=f"shape {tuple(expected.shape)}", got=f"shape {tuple(got.shape)}")
        return got

    def wrong_shape(self, which, got):
        if got.ndim == 1:
            return "One row comes back in the place of a batch: all rows are stacked, (entries, tokens)."
        if got.ndim != 2:
            return f"Two dimensions are right, (entries, tokens); {got.ndim} came."
        if got.shape == self.inputs.shape[::-1]:
            return "The batch lies on its side: one row for each entry is right, (entries, tokens)."
        if got.shape[0] != len(self.rows):
            return "Another number of rows than entries came: no entry is left out, even if all its targets are masked."
        other = self.answer[1 - which]
        if (
            which == 0
            and isinstance(other, Tensor)
            and other.shape == got.shape == self.full.shape
            and torch.equal(got, self.full)
        ):
            return TWICE
        if which == 0 and (why := inputs_mistake(self, got)):
            return why
        if which == 1 and self.limit and isinstance(other, Tensor) and other.shape == self.inputs.shape:
            return "allowed_max_length cuts the inputs only; the targets are cut to the same length."
        if got.shape[1] == self.inputs.shape[1] + 1:
            return "One token too many in each row: inputs leave out the last one, targets the first one."
        if got.shape[1] == self.inputs.shape[1] - 1:
            return (
                "One token too few in each row: the longest row gets an end-of-text too before one token is left out."
            )
        if self.limit and got.shape[1] > self.limit:
            return "allowed_max_length is not kept: inputs and targets are cut to so many tokens."
        return "The rows have another length: padded to the longest, they have as many tokens as its text."


def filled(rows, pad, width, left=False):
    return torch.tensor(
        [[pad] * (width - len(row)) + row if left else row + [pad] * (width - len(row)) for row in rows]
    )


def checked(answer, which, name):
    """One part of an answer: an int64 tensor of at least one dimension; or a finding that says what it is instead."""
    if isinstance(answer, dict):
        kind = str(answer.get("type"))[:40]
        if kind == "NoneType":
            fail("custom_collate_fn returns nothing: it ends with return and both tensors.", expected="two tensors")
        one = "one tensor only; inputs and targets are asked for" if kind == "Tensor" else f"a {kind}"
        fail(f"custom_collate_fn returns {one}.", expected="two tensors")
    if not isinstance(answer, list) or len(answer) != 2:
        count = len(answer) if isinstance(answer, list) else "something else than"
        fail("custom_collate_fn returns inputs and targets, two tensors.", expected="two", got=f"{count} parts")
    got = answer[which]
    if not isinstance(got, Tensor):
        kind = str(got.get("type"))[:40] if isinstance(got, dict) else type(got).__name__
        why = " The rows are a list still: torch.stack makes one tensor of them." if kind in ("list", "tuple") else ""
        fail(f"The {name} are no tensor.{why}", expected="a tensor of int64", got=f"of type {kind}")
    if got.dtype != torch.int64:
        fail(
            f"The {name} are not of dtype int64: token ids are whole numbers, and cross entropy takes no other targets.",
            expected="int64",
            got=str(got.dtype).removeprefix("torch."),
        )
    return got


# -- the checks -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def plain(submission, run_seed):
    """Batches without settings: all rows, some of them, two of the same length, and a single one."""
    places = [[0, 1, 2, 3, 4, 5], [3, 0, 4], [2, 6], [1]]
    return made(submission, drawn(run_seed), [(batch, {}) for batch in places])


@pytest.mark.points(2)
def test_inputs(plain):
    """Inputs: the whole text of each entry, the end-of-text, and padding to the longest row."""
    for batch in plain:
        check_inputs(batch)


def check_inputs(batch):
    got = batch.part(0)
    if not torch.equal(got, batch.inputs):
        differ(batch, got, batch.inputs, inputs_mistake(batch, got) or "The inputs are not the text of the entries")


@pytest.mark.needs("test_inputs")
def test_targets_are_one_ahead(plain):
    """Targets: what is not masked is the next token."""
    for batch in plain:
        got = batch.part(1)
        if why := ahead_mistake(batch, got):
            differ(batch, got, batch.targets, why)
    if all((batch.part(1) == batch.ignore).all() for batch in plain):
        fail("All targets are masked: nothing is left to learn. Response and end keep their ids.")


@pytest.mark.needs("test_targets_are_one_ahead")
@pytest.mark.points(2)
def test_prompt_is_masked(plain):
    """Targets: instruction and input are masked; headline and response are not."""
    for batch in plain:
        got = batch.part(1)
        if why := prompt_mistake(batch, got):
            prompt, text, _, _ = places(batch, got.shape[1])
            differ(batch, got, batch.targets, why, within=prompt | text)


@pytest.mark.needs("test_targets_are_one_ahead")
@pytest.mark.points(2)
def test_one_end_is_kept(plain):
    """Targets: of the end-of-text tokens the first of each row is kept, and all others are masked."""
    for batch in plain:
        got = batch.part(1)
        if why := end_mistake(batch, got):
            _, _, end, padding = places(batch, got.shape[1])
            differ(batch, got, batch.targets, why, within=end | padding)


everything = pytest.mark.needs("test_inputs", "test_prompt_is_masked", "test_one_end_is_kept")


def check_batch(batch, *hints):
    """Inputs and targets are those of the reference; hints are asked first about targets that are not."""
    check_inputs(batch)
    got = batch.part(1)
    if not torch.equal(got, batch.targets):
        mistakes = (*hints, ahead_mistake, prompt_mistake, end_mistake)
        why = next(
            (told for mistake in mistakes if (told := mistake(batch, got))), "The targets are not the right ones"
        )
        differ(batch, got, batch.targets, why)


@everything
@pytest.mark.points(2)
def test_allowed_max_length(submission, seed):
    """allowed_max_length: both are cut to so many tokens, also within the prompt, and shorter rows are left alone."""
    data = drawn(seed)
    rows = [row_of(entry) for entry in data]
    longest, prompts = max(len(row.ids) for row in rows[:5]), [row.prompt for row in rows]
    batches = [([0, 1, 2, 3, 4], limit) for limit in (longest - 2, longest, longest + 7, max(prompts[:5]) + 3)]
    batches += [([0, 1, 2, 3, 4], min(prompts[:5]) - 3), ([1, 4], prompts[1]), ([2], 1), ([5, 0], prompts[5] + 9)]
    for batch in made(submission, data, [(places, {"allowed_max_length": limit}) for places, limit in batches]):
        check_batch(batch, cut_mistake)


@everything
def test_pad_token_id(submission, seed):
    """pad_token_id: ends and fills the rows, whatever its number, and is masked but for the first."""
    data = drawn(seed)
    rows = [row_of(entry) for entry in data]
    used = {number for row in rows for number in row.ids}
    others = random.Random(seed).sample([number for number in range(50_000) if number not in used], 2)
    twice = rows[0].ids[-1]  # an id of the response, as pad_token_id too
    batches = [([0, 1, 2, 3], {"pad_token_id": number}) for number in (*others, twice)]
    *usual, odd = made(submission, data, batches)
    for batch in usual:
        check_batch(batch)
    got = odd.answer[1] if isinstance(odd.answer, list) and len(odd.answer) == 2 else None
    if not isinstance(got, Tensor) or got.dtype != torch.int64 or not torch.equal(got, odd.targets):
        remark(
            "Padding is recognised by its value here: with a pad_token_id that also occurs in a response, that token is"
            " masked there as well. Lengths say where the padding begins, whatever the id is."
        )


@everything
def test_ignore_index(submission, seed):
    """ignore_index: stands wherever something is masked, whatever its number."""
    draw = random.Random(seed)
    batches = [([0, 1, 2, 3], {"ignore_index": number}) for number in (-1, -draw.randint(200, 900))]
    for batch in made(submission, drawn(seed), batches):
        check_batch(batch)


@everything
def test_every_time_the_same(submission, seed):
    """In a DataLoader, all batches are right, the second time as well."""
    data = drawn(seed)[:5]
    rows = [row_of(entry) for entry in data]
    settings = {"allowed_max_length": 200}
    rounds = submission.call("loaded", data=data, batch_size=2, settings=settings, times=3)
    if not isinstance(rounds, list) or len(rounds) != 3 or not all(isinstance(batches, list) for batches in rounds):
        fail("What came back is not a list of batches for each round.", got=describe(rounds))
    for number, batches in enumerate(rounds):
        if len(batches) != 3:
            fail("The length of the data set is not the number of entries: __len__ says how many there are.",
                 expected="3 batches of 5 entries, 2 each", got=f"{len(batches)} batches")  # fmt: skip
        for start, answer in enumerate(batches):
            batch = Batch(rows[2 * start : 2 * start + 2], settings, answer)
            if number and not right(batch):
                fail("The second round gives other batches than the first: an item was changed in place, as by ids +="
                     " [...] or append. A list of the data set is copied before something is put behind it.")  # fmt: skip
            check_batch(batch)


def right(batch):
    expected = (batch.inputs, batch.targets)
    return all(torch.equal(checked(batch.answer, which, "batch"), expected[which]) for which in (0, 1))


def differ(batch, got, expected, why, within=None):
    """Ends the check; shows the first place that differs, of those that the check is about, with both tokens' words."""
    other = got != expected
    if within is not None and (other & within).any():
        other &= within
    row, place = (int(number) for number in other.nonzero()[0])
    text = batch.rows[row]
    at = place + (expected is batch.targets)
    where = next(name for name, end in [("prompt", text.prompt), ("headline", text.prompt + text.head),
                 ("response", len(text.ids)), ("end-of-text", len(text.ids) + 1), ("padding", at + 1)] if at < end)  # fmt: skip
    shown = [f"{told(tensor[row, place].item())} at [{row}, {place}], {where}" for tensor in (expected, got)]
    fail(why if why[-1] in ".?" else f"{why}: the first other one is in the {where} of row {row}.",
         expected=shown[0], got=shown[1])  # fmt: skip


def told(number):
    return f"{number} ({gpt2_tokenizer().decode([number])!r})" if 0 <= number <= END else str(number)


# -- mistakes with a name: inputs --------------------------------------------------------------------------------------


# fmt: off
def texts(entry):
    """The text of an entry as mistakes put it together, in two parts, with what each says."""
    prompt, output, bare = format_input(entry), entry["output"], {**entry, "input": ""}
    headline = "The headline of the response, \"\\n\\n### Response:\\n\", "
    yield prompt, HEADLINE + output, None
    yield prompt, output, headline + "is missing between prompt and output."
    yield prompt, "\n" + output, headline + "is missing between prompt and output."
    yield prompt, "\n\n" + output, headline + "is missing between prompt and output."
    yield prompt, HEADLINE.rstrip() + output, headline + "has lost its last line break: the output begins on a new line."
    yield prompt, HEADLINE.rstrip() + " " + output, headline + "ends with a line break, not with a blank."
    yield prompt, HEADLINE.lstrip() + output, headline + "has lost its line breaks in front."
    yield prompt, HEADLINE[1:] + output, headline + "begins with two line breaks, one came."
    yield prompt, HEADLINE + HEADLINE + output, headline + "is there twice."
    yield prompt, HEADLINE, "The output is missing: the text ends behind the headline of the response."
    yield prompt, HEADLINE.rstrip(), "The output is missing: the text ends behind the headline of the response."
    yield prompt, "", "Headline and output are missing: the rows are prompts only, with nothing to learn."
    yield "", output, "The prompt is missing: the model has to read it, although it does not learn it. Only targets are masked."
    yield "", HEADLINE + output, "The prompt is missing: the model has to read it, although it does not learn it. Only targets are masked."
    yield format_input(bare), HEADLINE + output, "The input is missing in the text: format_input(entry) has instruction and input."
    yield entry["instruction"], HEADLINE + output, "The text begins with the bare instruction; format_input(entry) puts Alpaca's words around it."
    yield f"{entry['instruction']}\n{entry['input']}", HEADLINE + output, "The text begins with the bare instruction; format_input(entry) puts Alpaca's words around it."
    phi3 = "That is Phi-3's style; the text of this exercise is Alpaca's, reference.prompts.format_input(entry)."
    for mark in ("\n<|assistant|>:\n", "\n<|assistant|>\n", HEADLINE):
        yield format_input(entry, "phi3"), mark + output, phi3
    yield prompt if entry["input"] else prompt + "\n\n### Input:\n", HEADLINE + output, "An entry without input has a headline for it nevertheless: format_input leaves it out."
    yield prompt, HEADLINE + output.lower(), "The output came back in small letters."
    yield prompt, f"{HEADLINE}{output}<|endoftext|>", "<|endoftext|> was put behind the text as words: the collate function adds pad_token_id as the end, and nothing else does."
    yield prompt, f"{HEADLINE}{output}\n", "A line break stands behind the output: the text ends with it."


def layouts(batch, rows, *, short):
    """Rows as mistakes lay them out, with what each says."""
    pad, limit, longest = batch.pad, batch.limit, max(map(len, rows))
    full, right = filled(rows, pad, longest + 1), filled(rows, pad, longest)
    yield right[:, :limit], None
    if short:
        return
    if limit:
        yield right, "allowed_max_length is not kept: inputs and targets are cut to so many tokens."
        yield full, "allowed_max_length is not kept: inputs and targets are cut to so many tokens."
        yield right[:, : limit - 1], "One token too few: allowed_max_length is how many tokens inputs and targets have, after one was left out of each."
        yield right[:, : limit + 1], "One token too many: allowed_max_length is how many tokens inputs and targets have."
        yield right[:, -limit:], "The last tokens are kept; allowed_max_length keeps the first ones of each row."
        yield filled([row[-limit:] for row in rows], pad, longest)[:, :limit], "The last tokens are kept; allowed_max_length keeps the first ones of each row."
        for most in (limit - 1, limit - 2):
            if most > 0:
                yield filled([row[:most] for row in rows], pad, min(limit, longest)), AT_THE_CUT
        if limit > longest:
            yield filled(rows, pad, limit), "The rows are padded to allowed_max_length; they are padded to the longest row, and only longer ones are cut."
            yield filled(rows, pad, limit + 1), "The rows are padded to allowed_max_length; they are padded to the longest row, and only longer ones are cut."
    yield full, "The inputs keep their last token: inputs are the padded row without its last token, targets without its first."
    if longest > 1:
        yield filled(rows, pad, longest)[:, :-1], "The last token of the longest row is missing: its end-of-text is added first, then one token is left out."
    yield full[:, 1:][:, :limit], "The inputs begin with the second token, as the targets do: inputs and targets are exchanged, or both are shifted."
    for left in (filled(rows, pad, longest, left=True), filled([[*row, pad] for row in rows], pad, longest + 1, left=True)[:, :-1]):
        yield left[:, :limit], "The padding stands in front of the text; it belongs behind it."
    for other in (0, END, batch.ignore, -100, 1):
        for ended in (rows, [[*row, pad] for row in rows], [[*row, END] for row in rows]):
            if other != pad or ended[0][-1:] != rows[0][-1:]:
                why = "the inputs are padded with pad_token_id, and never masked" if other < 0 else "pad_token_id says with what the rows end and are filled"
                yield filled(ended, other, longest + 1)[:, :longest][:, :limit], f"The rows are filled with {other}: {why}."
    yield filled([[*row, END] for row in rows], pad, longest + 1)[:, :longest][:, :limit], "The text ends with 50256 where pad_token_id is another: it ends the rows too."
    yield filled([[END, *row] for row in rows], pad, longest + 2)[:, : longest + 1], "An end-of-text stands in front of each text; it only stands behind."
    yield filled([[*row, END, END] for row in rows], pad, longest + 2)[:, :-1], "A second end-of-text was put behind the text: the collate function adds one, and the data set none."
    for width in (1024, 256, 512, 1023):
        yield filled(rows, pad, max(width, longest))[:, :limit], "The rows are padded to a fixed length; the longest row of the batch says how long they are."
    for order in (sorted(rows, key=len), sorted(rows, key=len, reverse=True), rows[::-1]):
        yield filled(order, pad, longest)[:, :limit], "The rows came back in another order; they stay in that of the batch."
    yield filled([rows[0]] * len(rows), pad, longest)[:, :limit], "All rows are those of one entry."
    yield filled([rows[-1]] * len(rows), pad, len(rows[-1]))[:, :limit], "All rows are those of one entry: is something overwritten in a loop?"
# fmt: on


def inputs_mistake(batch, got):
    if got.ndim != 2 or got.shape[1] > MOST_WIDTH:
        return None
    choices = zip(*(list(texts(row.entry)) for row in batch.rows), strict=True)
    for number, choice in enumerate(choices):
        rows = [encode(prompt + rest) for prompt, rest, _ in choice]
        for layout, why in layouts(batch, [row or [batch.pad] for row in rows], short=number > 0):
            if got.shape == layout.shape and torch.equal(got, layout) and (number or why):
                return next((told for _, _, told in choice if told), None) or why
    if got.shape == batch.inputs.shape:
        if (got == batch.targets).all():
            return "Inputs and targets are exchanged: the inputs come first, and leave out the last token."
        if ((got == batch.inputs) | (got == batch.ignore) | (got == -100)).all():
            return "The inputs are masked: the model has to read the prompt. Only the targets get ignore_index."
        if ((got == batch.inputs) | (got == batch.pad) | (got == 0)).all():
            return "Tokens of the text are overwritten in the inputs: only the targets are masked, and the inputs stay whole."
    return None


# -- mistakes with a name: targets -------------------------------------------------------------------------------------


def places(batch, width):
    """Whether each target is of the prompt, of headline and response, the end, or padding: (rows, width) each."""
    at = torch.arange(1, width + 1)[None, :]
    prompt = torch.tensor([[row.prompt] for row in batch.rows])
    length = torch.tensor([[len(row.ids)] for row in batch.rows])
    return at < prompt, (at >= prompt) & (at < length), at == length, at > length


def ahead_mistake(batch, got):
    """Targets that are neither masked nor the next token."""
    width = got.shape[1]
    ahead, inputs = batch.full[:, 1 : width + 1], batch.full[:, :width]
    masked = got == batch.ignore
    other = ~masked & (got != ahead)
    if not other.any():
        return None
    if (masked | (got == inputs)).all():
        return "The targets are not shifted: at each place stands the token of the inputs; targets are the padded row without its first."
    for shift, how in (
        (2, "two places ahead of the inputs"),
        (3, "three places ahead of the inputs"),
        (-1, "one place behind the inputs"),
    ):
        rolled = torch.roll(batch.full, -shift, 1)[:, :width]
        fits = masked | (got == rolled)
        if fits[:, 2:-3].all():
            return f"The targets are {how}; they are one ahead: each is the token that follows."
    prompt, _, end, padding = places(batch, width)
    numbers = got[other].unique().tolist()
    if len(numbers) == 1:
        number = numbers[0]
        if batch.limit and number in (batch.pad, batch.ignore) and not other[:, :-1].any():
            return cut_mistake(batch, got)
        if number == -100 and not (other & ~prompt).any():
            return "The prompt is masked with -100 whatever ignore_index is: ignore_index says with what."
        if number == -100 and not (other & ~(end | padding)).any():
            return "The padding is masked with -100 whatever ignore_index is: ignore_index says with what."
        if number == -100:
            return "-100 is written whatever ignore_index is: ignore_index says with what targets are masked."
        if not (other & ~(end | padding)).any():
            return f"The padding's targets are {number}; the first is pad_token_id, and all others are ignore_index."
        if not (other & ~prompt).any():
            return f"The prompt's targets are {number}; what is not to be learned is ignore_index, which the loss leaves out."
        if not (other & ~(prompt | padding)).any():
            return f"Masked targets are {number}; what is not to be learned is ignore_index, which the loss leaves out."
    if batch.limit and not other[:, :-1].any():
        return cut_mistake(batch, got)
    if not (other & ~(end | padding)).any():
        return "Behind the text stand other targets than pad_token_id and ignore_index."
    return "The targets are not the tokens that follow the inputs"


def cut_mistake(batch, got):
    """What goes wrong only where a row is cut."""
    width = got.shape[1]
    last, expected = got[:, -1], batch.targets[:, -1]
    if batch.limit != width or not torch.equal(got[:, :-1], batch.targets[:, :-1]):
        return None
    wrong = last != expected
    if (last[wrong] == batch.pad).all():
        return AT_THE_CUT
    if (last[wrong] == batch.ignore).all():
        return "The last target of a row that is cut is masked: it is the next token of the text. Shift first, and cut inputs and targets afterwards."
    return None


def prompt_mistake(batch, got):
    """What is masked of the text and is not to be, or the other way round."""
    width = got.shape[1]
    prompt, text, _, _ = places(batch, width)
    words, masked = prompt | text, got == batch.ignore
    wrong = words & (masked != prompt)
    if not wrong.any():
        return None
    seen = [masked[number][words[number]].tolist() for number in range(len(batch.rows))]
    if not any(map(any, seen)):
        return "The prompt is not masked: the first instruction_length - 1 targets of each row become ignore_index."
    for lengths, why in mask_lengths(batch.rows):
        guess = [[place < length for place in range(len(row))] for row, length in zip(seen, lengths, strict=True)]
        if guess == seen and any(0 < length < len(row) for row, length in zip(seen, lengths, strict=True)):
            return why
    if all(map(all, seen)):
        return "The whole text is masked, the response too: nothing is left to learn. Does the mask's length count characters, or the whole text?"
    if torch.equal(masked & words, text):
        return "The mask is the wrong way round: the response is masked and the prompt is kept."
    if not (text & masked).any() and not wrong[0].any():
        return "Only the first row is masked as it should be; each row of the batch is."
    bad = wrong.any(1)
    if bad.any() and not bad.all() and not any(any(seen[row]) for row in bad.nonzero().flatten().tolist()):
        return "In some rows the prompt is masked, in others it is not: each row has its own prompt, with or without input."
    if (masked & text).any() and (prompt & ~masked).any():
        return "The mask is at the wrong place: a part of the prompt is kept, and a part of the response is masked."
    if (masked & text).any():
        return (
            "A part of headline or response is masked: the mask ends with the prompt, and only padding comes after it."
        )
    if not masked[:, 0].any():
        return "The first tokens are not masked: all that format_input returns is, Alpaca's words in front as well."
    return "A part of the prompt is not masked: all that format_input returns is, up to its last token."


def mask_lengths(rows):
    """How many targets in front mistakes mask, row by row, with what each says."""

    def each(length):
        return [max(0, length(row)) for row in rows]

    def count(text):
        return len(encode(text))

    def by(length, why, around=(0, -1, 1)):
        return [([max(0, number + more) for number in each(length)], why) for more in around]

    only = "Only the instruction is masked, not the input: the prompt is all that format_input returns for an entry with input."
    bare = "The mask has the length of the bare texts of the entry; Alpaca's words around them are of the prompt too: count format_input(entry)."
    head = "The headline of the response is masked as well; the prompt ends before it, with what format_input returns."
    table = [
        (each(lambda row: row.prompt), "The mask is one target too long: targets are one ahead, so that instruction_length - 1 of them are the prompt's."),
        (each(lambda row: row.prompt + 1), "The mask is two targets too long: targets are one ahead, so that instruction_length - 1 of them are the prompt's."),
        (each(lambda row: row.prompt - 2), "The mask is one target too short: instruction_length - 1 targets are the prompt's."),
        *by(lambda row: row.prompt + row.head, head, (-1, 0, -2, 1)),
        *by(lambda row: count(format_input({**row.entry, "input": ""})), only),
        *by(lambda row: count(row.entry["instruction"]), bare),
        *by(lambda row: count(row.entry["instruction"]) + count(row.entry["input"]), bare, (0, -1, 1, 2)),
        *by(lambda row: count(row.entry["instruction"] + row.entry["input"]), bare),
        *by(lambda row: count(f"{row.entry['instruction']}\n{row.entry['input']}"), bare),
        *by(lambda row: count(row.entry["input"]), "The mask has the length of the input alone; the prompt is all that format_input returns."),
        *by(lambda row: count(row.entry["output"]), "The mask has the length of the response; the prompt's is meant."),
        *by(lambda row: len(row.ids) - row.prompt, "The mask has the length of what follows the prompt; the prompt's is meant."),
        *by(lambda row: count(format_input(row.entry, "phi3")), "The mask has the length of Phi-3's prompt; the text has Alpaca's, and so has the mask."),
        *by(lambda row: len(format_input(row.entry)), "The mask's length counts characters; it counts tokens: len(tokenizer.encode(prompt))."),
        *by(lambda row: len(format_input(row.entry).encode()), "The mask's length counts bytes; it counts tokens: len(tokenizer.encode(prompt))."),
        *by(lambda row: len(format_input(row.entry).split()), "The mask's length counts words; it counts tokens: len(tokenizer.encode(prompt))."),
        *by(lambda row: len(row.entry["instruction"]), "The mask's length counts characters; it counts tokens: len(tokenizer.encode(prompt))."),
        *by(lambda row: len(row.entry["instruction"].split()), "The mask's length counts words; it counts tokens: len(tokenizer.encode(prompt))."),
    ]  # fmt: skip
    if len(rows) == 1:
        return table
    lengths = [row.prompt for row in rows]
    same = "Every row has a mask of the same length; each entry has its own instruction_length."
    for number in {max(lengths), min(lengths), lengths[0], lengths[-1], sum(lengths) // len(lengths)}:
        table += [([number + more] * len(rows), same) for more in (0, -1, 1)]
    others = [lengths[number - 1] - 1 for number in range(len(rows))]
    return [*table, (others, "The mask lengths belong to other rows: each item carries its own.")]


def end_mistake(batch, got):
    """What is masked behind the text and is not to be, or the other way round."""
    width = got.shape[1]
    _, _, end, padding = places(batch, width)
    masked = got == batch.ignore
    lost, learned = end & masked, padding & ~masked
    if not lost.any() and not learned.any():
        return None
    padded = padding.any(1)
    if learned.any() and torch.equal(learned, padding) and lost.any():
        return "The first end-of-text is masked and the padding behind it is kept: it is the other way round."
    if learned.any() and torch.equal(learned, padding):
        return "The padding counts in the loss: all targets behind the first end-of-text become ignore_index."
    if learned.any() and lost.any():
        return "Another end-of-text than the first is kept: the first one behind the text says where it ends, all that follow are masked."
    if learned.any():
        most = int(learned.sum(1).max())
        how = "two end-of-text tokens are kept" if most == 1 else f"up to {most + 1} end-of-text tokens are kept"
        return f"In a row {how}: exactly one is, the first, and all others become ignore_index."
    rows = (end & masked).any(1)
    if all(masked[row, : len(batch.rows[row].ids) - 1].all() for row in rows.nonzero().flatten().tolist()):
        return "The mask reaches over the whole row, the end included: only the prompt's targets are masked in front."
    if torch.equal(rows, end.any(1)):
        return "All end-of-text tokens are masked, the first too: then the model never learns where to stop. The first one of each row is kept."
    if not (rows & padded).any():
        return "In a row without padding the only end-of-text is masked: it is the first one there too, and is kept."
    return "In a row with padding the first end-of-text is masked too: only those that follow it are padding."


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", r"^$", "This part is not written yet."),
    ("NotImplementedError", "", "The data set lacks a method: it needs __getitem__ and __len__."),
    ("TypeError", r"has no len\(\)|__len__", "Something without length is asked for its length: the data set needs __len__, and an item may be a number or a tuple, of which the ids are one part."),
    ("TypeError", r"not subscriptable|__getitem__", "Something is indexed that cannot be: the data set needs __getitem__, and an item may be a plain number."),
    ("ValueError", r"expected sequence of length", "The rows have different lengths: all are padded to the longest one of the batch before they become a tensor."),
    ("RuntimeError", r"stack expects each tensor to be equal size|same size", "The rows have different lengths: all are padded to the longest one of the batch before they are stacked."),
    ("ValueError|TypeError", r"unpack", "An item is taken apart into another number of parts than it has: what __getitem__ returns and what the collate function expects differ."),
    ("AttributeError", r"'(tuple|dict|int|list|Tensor)' object has no attribute '(\w+)'", "An item or a part of it is a {0}, which has no {1}: what __getitem__ returns and what the collate function expects differ."),
    ("TypeError", r"can only concatenate (\w+) \(not \"(\w+)\"\)", "A {1} was put behind a {0}: a list is continued by a list, as in ids + [pad_token_id]."),
    ("TypeError", r"concatenate|unsupported operand.*(?:list|tuple)", "Lists are put behind lists: an item may be a tuple of a length and ids, of which the ids are continued."),
    ("TypeError", r"NoneType.*(?:int|and)|'(?:<|>|<=|>=)' not supported", "allowed_max_length is None by default: a row is cut only if it is given."),
    ("IndexError|RuntimeError", r"0-d(?:im)? tensor|zero-dimensional", "squeeze makes a single place a tensor without dimensions: use squeeze(1), or nonzero(as_tuple=True)."),
    ("IndexError", r"out of (?:range|bounds)", "A place is used that is not there: a row may have no padding, and a cut row no response."),
    ("RuntimeError", r"non-empty TensorList", "No row is left: no entry is left out, even if a cut leaves nothing of its response."),
    ("RuntimeError|TypeError|ValueError", r"infer dtype", "Items as they are cannot become a tensor: their ids have to be taken out of them, and be padded."),
    ("KeyError", r"^'(\w+)'$", "There is no {0!r} in an entry or item: entries have instruction, input and output."),
    ("ValueError", r"too many dimensions 'str'", "Texts are to become a tensor: they are encoded first."),
    ("ValueError|TypeError", r"not a sequence|must be real number|cannot be interpreted|new\(\): invalid", "Something that is no list of whole numbers is to become a tensor: are the ids one part of the item?"),
    ("ValueError", r"disallowed special token", "<|endoftext|> was put into the text and then encoded, which tiktoken refuses: the end is added to the ids, by the collate function."),
    ("RuntimeError", r"size of tensor|must match|shape mismatch|expand", "Two tensors of different lengths are put together: is a mask longer or shorter than its row?"),
    ("NameError", r"'(\w+)'", "The name {0} is not known there: is it a part of the data set (self.), or to be imported?"),
    ("AttributeError", r"'(\w+)' object has no attribute '(\w+)'", "{0} has no {1}: was it given a value in __init__?"),
    ("TypeError", r"unexpected keyword argument '(\w+)'", "custom_collate_fn or something it calls does not take {0}."),
    ("AssertionError", "", "An assertion of the file itself ends it: a row may be cut within its prompt, and pad_token_id be any id."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
