"""Judges exercise 2.2: every batch is compared with the windows that follow from the ids of the text."""

from __future__ import annotations

import random

import pytest
from torch import Tensor

from quizbook.judge.checks import assert_equal, assert_one_each, describe, diagnosis, fail
from reference.data import create_dataloader_v1
from reference.tokenizer import encode, gpt2_tokenizer

VERDICT = (
    "I HAD always thought Jack Gisburn rather a cheap genius--though a good fellow enough--so it was no great surprise to"
    " me to hear that, in the height of his glory, he had dropped his painting, married a rich widow."
)
END = "<|endoftext|>"
WORDS = (
    "river stone amber velvet quick under seven garden lamp orbit clever market window thunder pepper island paper sudden"
    " copper winter gentle harbor music candle engine forest bridge silver meadow rocket basket planet Zoë café Ångström"
).split()


def text_of(draw, words):
    """Words in an order of their own, so that hardly two windows are the same."""
    said = [draw.choice(WORDS) + draw.choice(["", "", "", ",", ".", " 7"]) for _ in range(words)]
    return " ".join(said)


def asked_at_random(draw):
    """Settings of all kinds; in the last one the last window is the last place that there is for one."""
    for words in (45, 70):
        batch, length = draw.choice([(3, 5), (2, 7), (5, 3), (3, 6), (4, 9)])
        yield text_of(draw, words), batch, length, draw.choice([1, 2, length - 1, length, length + 2])
    text, stride = text_of(draw, 30), draw.choice([2, 3])
    tokens = len(encode(text, gpt2_tokenizer()))
    yield text, 1, next(length for length in (5, 6, 7) if (tokens - length - 1) % stride == 0), stride


# -- windows and batches as a list of pairs of lists -------------------------------------------------------------------


def expected_batches(text, batch_size, max_length, stride):
    loader = create_dataloader_v1(text, batch_size, max_length, stride, shuffle=False)
    return [(x.tolist(), y.tolist()) for x, y in loader]


def rows(ids, length, stride, *, shift=1, begin=0, cut=0):
    """(inputs, targets) of each window; cut: so many places earlier the windows end."""
    return [
        (ids[i : i + length], ids[i + shift : i + shift + length])
        for i in range(begin, len(ids) - length - cut, max(stride, 1))
        if i + shift >= 0 and i + shift + length <= len(ids)
    ]


def grouped(windows, size, *, keep=False):
    size = max(size, 1)
    groups = [windows[i : i + size] for i in range(0, len(windows), size)]
    return [([x for x, _ in g], [y for _, y in g]) for g in groups if keep or len(g) == size]


def known(text, batch_size, max_length, stride):
    """What typical mistakes give, each with its sentence."""
    tokenizer = gpt2_tokenizer()
    ids = encode(text, tokenizer)
    right = rows(ids, max_length, stride)

    def of(other, length=max_length, step=stride, size=batch_size, **more):
        return grouped(rows(other, length, step, **more), size)

    yield (
        grouped(right, batch_size, keep=True),
        "The last batch is not full and there all the same: drop_last=True leaves it out.",
    )
    yield (
        grouped(right[:-1], batch_size),
        "The last window is missing: windows begin at range(0, len(ids) - max_length, stride).",
    )
    yield of(ids, cut=1), "The last window is missing: windows begin at range(0, len(ids) - max_length, stride)."
    yield of(ids, cut=stride), "The windows end too early: they begin at range(0, len(ids) - max_length, stride)."
    yield of(ids, cut=max_length), "The windows end too early: they begin at range(0, len(ids) - max_length, stride)."
    yield grouped(right[1:], batch_size), "The first window is missing: the first begins at the first token."
    yield of(ids, begin=1), "The first window begins at the second token: places are counted from 0."
    yield (
        of(ids, step=max_length),
        "The stride plays no part, the windows follow one another without overlap: the next one begins stride tokens later.",
    )
    for step in (
        1,
        2,
        4,
        128,
        max_length - 1,
        max_length + 1,
        max_length // 2,
        batch_size,
        stride + 1,
        max_length + stride,
        max_length - stride,
    ):
        if step > 0 and step != stride:
            yield (
                of(ids, step=step),
                f"The windows begin {step} tokens apart; it is the stride that says how many, here {stride}.",
            )
    yield (
        of(ids, length=stride, step=max_length),
        "max_length and stride are exchanged: a window has max_length tokens, the next begins stride tokens later.",
    )
    yield (
        of(ids, length=batch_size, size=max_length),
        "batch_size and max_length are exchanged: DataLoader takes the batch size.",
    )
    for length in (max_length - 1, max_length + 1, stride, 4, 8, 256):
        if length > 0 and length != max_length:
            yield of(ids, length=length), f"A window has {length} tokens; max_length says how many, here {max_length}."
    for size in (1, 2, 4, 8):
        if size != batch_size:
            yield grouped(right, size), f"The batches have {size} windows; batch_size says how many, here {batch_size}."
    for keep in (False, True):
        more = " And a last batch that is not full is left out." if keep else ""
        yield (
            grouped([(x, x) for x, _ in right], batch_size, keep=keep),
            "The targets are the inputs themselves; they begin one token later." + more,
        )
        yield (
            grouped([(y, x) for x, y in right], batch_size, keep=keep),
            "Inputs and targets are exchanged: the targets are the later ones." + more,
        )
    for shift, what in (
        (2, "two tokens later"),
        (max_length, "behind the window"),
        (stride, "a stride later"),
        (-1, "one token earlier"),
    ):
        if shift != 1:
            yield of(ids, shift=shift), f"The targets begin {what}; they begin one token later than the inputs."
    yield (
        grouped([(x, x[1:] + x[:1]) for x, _ in right], batch_size),
        "The targets go round: behind the window's last token comes the next token of the text, not the window's first.",
    )
    yield (
        grouped([(x, [*x[1:], 50256]) for x, _ in right], batch_size),
        "The last target is 50256; it is the token that follows in the text.",
    )
    yield (
        grouped([(x, [*x[1:], 0]) for x, _ in right], batch_size),
        "The last target is 0; it is the token that follows in the text.",
    )
    yield (
        grouped([(x, x[::-1]) for x, _ in right], batch_size),
        "The targets are the inputs in reverse; they begin one token later.",
    )
    yield grouped([(x[::-1], y[::-1]) for x, y in right], batch_size), "The tokens of a window are in reverse order."
    yield grouped(right[::-1], batch_size), "The windows come in reverse order; the first is the text's first."
    letters, plain = [ord(letter) for letter in text], tokenizer.encode(text, disallowed_special=())
    for other, sentence in (
        (letters, "Those are the codes of single letters; encode the text with GPT-2's tokenizer."),
        ([*text.encode()], "Those are the bytes of the text; encode it with GPT-2's tokenizer."),
        (plain, 'The text <|endoftext|> became seven tokens; encode(text, allowed_special={"<|endoftext|>"}) makes it one.'),
        ([n for n in ids if n != 50256], "<|endoftext|> is gone from the text; it is a token like any other, 50256."),
        (encode(text.lower(), tokenizer), "The text was made lower case first."),
        (encode(text.strip(), tokenizer), "Blanks at the ends of the text were taken off first."),
        (encode(" ".join(text.split()), tokenizer), "Line ends or double blanks were taken out of the text first."),
        ([n for word in text.split() for n in encode(word, tokenizer)], "The words were encoded one by one, so the blanks in front of them are gone: encode the text as a whole."),
        ([*ids, 50256], "An end-of-text token was put behind the text."),
        ([50256, *ids], "An end-of-text token was put in front of the text."),
        ([*dict.fromkeys(ids)], "A token that occurs twice is there once."),
        (sorted(ids), "The ids are sorted; their order is that of the text."),
        (encode(VERDICT, tokenizer), "A text of its own is used; it is the one that comes that counts."),
    ):  # fmt: skip
        if other != ids:
            yield of(other), sentence


# -- what came ---------------------------------------------------------------------------------------------------------


def answers(submission, function, cases):
    got = submission.call(function, cases=[list(case) for case in cases])
    assert_one_each(got, cases, "call")
    return list(zip(cases, got, strict=True))


def passes(answer):
    """The batches of both passes, after what may be wrong with the thing itself."""
    if not isinstance(answer, dict):
        fail("What came back says nothing of the loader.", got=describe(answer))
    kind, both = answer.get("type"), answer.get("passes")
    if kind == "NoneType":
        fail("make_loader returns nothing; it ends with return and the DataLoader.", expected="a DataLoader")
    if "workers" in answer:
        fail(
            "The loader starts worker processes, which are forbidden here: num_workers stays 0.",
            expected="num_workers 0",
            got=describe(answer["workers"]),
        )
    if kind == "type":
        fail("make_loader returns a class; call it to make a loader.", expected="a DataLoader")
    if not isinstance(both, list) or len(both) != 2 or not all(isinstance(batches, list) for batches in both):
        fail("make_loader returns nothing that batches come from.", expected="a DataLoader", got=str(kind)[:60])
    return both


def read(batches, case):
    """The batches as pairs of lists; fails where one of them has not the form of a pair of tensors."""
    _, batch_size, max_length, _ = case
    if not batches:
        fail(
            "The loader gives no batch: is there a window in the dataset at all?",
            expected=f"batches of {batch_size} windows",
        )
    return [pair_of(batch, batch_size, max_length) for batch in batches]


def pair_of(batch, batch_size, max_length):
    shape = f"inputs and targets of shape {(batch_size, max_length)}"
    if isinstance(batch, Tensor):
        if batch.ndim == 1:
            fail(
                "The loader gives single windows: make_loader returns the dataset, which goes into a DataLoader.",
                expected=shape,
                got=shape_of(batch),
            )
        if batch.ndim == 3 and 2 in batch.shape[:2]:
            fail("Inputs and targets lie in one tensor; a batch is a pair of two.", expected=shape, got=shape_of(batch))
        fail(
            "A batch is a single tensor: the targets are missing. The dataset gives a pair, (inputs, targets).",
            expected=shape,
            got=shape_of(batch),
        )
    if isinstance(batch, dict):
        fail("A batch is a dictionary; it is the pair (inputs, targets).", expected=shape, got="a dict")
    if not isinstance(batch, list):
        fail("A batch is no pair of tensors.", expected=shape, got=describe(batch))
    if len(batch) == 2 and all(
        isinstance(part, list) and part and all(isinstance(t, Tensor) for t in part) for part in batch
    ):
        if all(t.ndim == 1 for t in batch[0]) and len(batch[0]) == max_length:
            fail("The dataset gives lists of ids, which a DataLoader collates place by place: make each window a torch.tensor.",
                 expected=shape, got=f"{len(batch[0])} tensors of {shape_of(batch[0][0])}")  # fmt: skip
        fail(
            "A batch is a pair of lists of tensors; stacked they are one tensor each, as DataLoader's own collation makes them.",
            expected=shape,
        )
    if len(batch) != 2 and all(isinstance(part, list) and len(part) == 2 for part in batch) and batch:
        fail("A batch is a list of pairs: it is not collated. A batch is one pair of tensors.", expected=shape)
    if len(batch) != 2 or not all(isinstance(part, Tensor) for part in batch):
        fail("A batch is no pair of tensors, inputs and targets.", expected=shape, got=describe(batch))
    x, y = batch
    if x.ndim == 1 and y.ndim == 1 and len(x) == max_length and len(y) == max_length and batch_size != len(x):
        fail(
            "The loader gives single windows: make_loader returns the dataset, which goes into a DataLoader.",
            expected=shape,
            got=shape_of(x),
        )
    if x.ndim == 2 and y.ndim == 1:
        fail(
            "There is one target for each window; there is one for each of its tokens.",
            expected=shape,
            got=f"targets of {shape_of(y)}",
        )
    for part, what in ((x, "inputs"), (y, "targets")):
        if part.ndim == 3 and 1 in part.shape:
            fail(
                f"The {what} have a dimension too many: each window is (max_length,), without a batch of one around it.",
                expected=shape,
                got=shape_of(part),
            )
        if part.ndim != 2:
            fail(f"The {what} have another number of dimensions.", expected=shape, got=shape_of(part))
        if part.dtype.is_complex or part.is_floating_point() or part.element_size() == 1:
            fail(
                f"The {what} are no whole numbers, or too small ones: ids are torch.long, which an embedding takes.",
                expected="int64",
                got=shape_of(part),
            )
        if part.numel() > 100_000:
            fail(f"The {what} are far too large.", expected=shape, got=shape_of(part))
    if x.shape != y.shape:
        fail("Inputs and targets have different shapes: the targets are as many tokens, one place later.", expected=shape,
             got=f"{shape_of(x)} and {shape_of(y)}")  # fmt: skip
    return x.tolist(), y.tolist()


def shape_of(tensor):
    return f"shape {tuple(tensor.shape)}, {str(tensor.dtype).removeprefix('torch.')}"


def compare(case, batches):
    text, batch_size, max_length, stride = case
    expected, got = expected_batches(*case), read(batches, case)
    if got == expected:
        return
    with_settings = f"batch_size {batch_size}, max_length {max_length}, stride {stride}"
    shown = first_difference(expected, got)
    for wrong, sentence in known(*case):
        if wrong and got == wrong and wrong != expected:
            fail(f"{sentence} ({with_settings})", **shown)
    flat, right = windows_of(got), windows_of(expected)
    all_right = windows_of(grouped(rows(encode(text, gpt2_tokenizer()), max_length, stride), batch_size, keep=True))
    if flat != right and sorted(flat) in (sorted(right), sorted(all_right)):
        fail(
            f"The windows are right and come in another order: shuffle=False keeps the order of the text. ({with_settings})",
            **shown,
        )
    if len(flat) == len(right) and all(w in all_right for w in flat):
        fail(f"The windows are shuffled: shuffle=False keeps the order of the text. ({with_settings})", **shown)
    if [x for x, _ in flat] == [x for x, _ in right]:
        fail(
            f"The inputs are right, the targets are not: they are the same window one token later. ({with_settings})",
            **shown,
        )
    if [y for _, y in flat] == [y for _, y in right]:
        fail(f"The targets are right, the inputs are not: they begin one token earlier. ({with_settings})", **shown)
    if max((n for x, _ in flat for n in x), default=0) > 50256:
        fail("An id above 50256 came: that is another vocabulary; GPT-2's encoding is called gpt2.", **shown)
    fail(f"The batches are not the right ones. ({with_settings})", **shown)


def windows_of(batches):
    return [pair for x, y in batches for pair in zip(x, y, strict=True)]


def first_difference(expected, got):
    for number, (right, wrong) in enumerate(zip(expected, got, strict=False)):
        for what, a, b in zip(("inputs", "targets"), right, wrong, strict=True):
            if a != b:
                return {"expected": f"batch {number}, {what} {a}"[:160], "got": f"batch {number}, {what} {b}"[:160]}
    return {"expected": f"{len(expected)} batches", "got": f"{len(got)} batches"}


# -- the checks --------------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_two_and_two_eight_and_two(submission):
    """Windows of 2 with stride 2 and of 8 with stride 2 come as in the guide, each with its targets."""
    for case, answer in answers(submission, "loaded", [(VERDICT, 4, 8, 2), (VERDICT, 4, 2, 2)]):
        compare(case, passes(answer)[0])


@pytest.mark.points(2)
@pytest.mark.needs("test_two_and_two_eight_and_two")
def test_any_settings(submission, seed):
    """Other texts, batch sizes, lengths and strides give the right batches, and the last incomplete one is left out."""
    for case, answer in answers(submission, "loaded", [*asked_at_random(random.Random(seed))]):
        compare(case, passes(answer)[0])


@pytest.mark.needs("test_two_and_two_eight_and_two")
def test_end_of_text(submission, seed):
    """`<|endoftext|>` between two texts is one token; blanks and line ends stay."""
    draw = random.Random(seed)
    text = f" {text_of(draw, 9)} {END} {text_of(draw, 12)}\n\n{text_of(draw, 9)}{END}"
    for case, answer in answers(submission, "loaded", [(text, 3, 4, 3), (text, 2, 3, 1)]):
        compare(case, passes(answer)[0])


@pytest.mark.needs("test_any_settings")
def test_second_pass(submission, seed):
    """A second pass over the loader gives the same batches again."""
    case = next(asked_at_random(random.Random(seed)))
    for _, answer in answers(submission, "loaded", [case]):
        first, second = passes(answer)
        compare(case, first)
        if not second:
            fail("The second pass gives nothing: that is an iterator, which ends once and for all. Return the DataLoader itself.",
                 expected=f"{len(first)} batches", got="no batch")  # fmt: skip
        compare(case, second)


@pytest.mark.points(2)
def test_overlap(submission, seed):
    """overlap is the number of tokens that two neighbouring windows share: 0 for 2 and 2, 6 for 8 and 2."""
    draw = random.Random(seed)
    near = [(length, draw.randint(1, length)) for length in draw.sample(range(5, 300), 4)]
    far = [(length, length + draw.randint(1, 50)) for length in draw.sample(range(2, 60), 2)]
    for (length, stride), got in answers(submission, "overlaps", [(2, 2), (8, 2), (4, 1), *near, *far]):
        what = f"overlap({length}, {stride})"
        if got is None or got == "NoneType":
            fail("overlap returns nothing; it ends with return and the number.", expected=max(0, length - stride))
        if isinstance(got, Tensor) and got.numel() == 1 and not got.dtype.is_complex:
            got = got.item()
        expected = max(0, length - stride)
        said = "stride tokens further on the next window begins, so max_length - stride tokens are in both"
        assert_equal(got, expected,
            (length - stride, "A stride beyond the window leaves nothing to share: never fewer than 0."),
            (abs(length - stride), "A stride beyond the window leaves nothing to share; that is the gap between the windows."),
            (max(0, stride - length), f"The subtraction is turned round: {said}."),
            (stride - length, f"The subtraction is turned round: {said}."),
            (stride, f"That is the stride: {said}."),
            (length, f"That is the whole window: {said}."),
            (max(0, length - stride + 1), f"One too many: {said}; the target behind a window does not count."),
            (length - stride + 1, f"One too many: {said}; the target behind a window does not count."),
            (max(0, length - stride - 1), f"One too few: {said}."),
            (length - stride - 1, f"One too few: {said}."),
            (length - 1, "That is for a stride of 1: the stride that comes counts."),
            (length // stride, f"That is how often the stride goes into the window: {said}."),
            (length % stride, f"That is the rest of a division: {said}."),
            (length / stride, f"That is a quotient: {said}."),
            (expected / length, "That is a share; the number of tokens is asked for."),
            (100 * expected / length, "That is in percent; the number of tokens is asked for."),
            (expected > 0, "That says whether they overlap; by how many tokens is asked for."),
            (length + stride, f"The two numbers are added: {said}."),
            (length * stride, f"The two numbers are multiplied: {said}."),
            (length + stride - expected, "That is how many tokens the two windows cover together; those that are in both are asked for."),
            (length + min(length, stride), "That is how many tokens the two windows cover together; those that are in both are asked for."),
            (0, f"Windows overlap where the stride is below max_length: {said}."),
            (6, "That is the answer for 8 and 2; the numbers that come count."),
            (2 * expected, "Each shared token is counted twice, once for each window."),
            (str(expected), "That is a text; a number is asked for."),
            what=what)  # fmt: skip


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "Something is not written yet: make_loader, overlap, or the dataset's __len__ or __getitem__."),
    ("ValueError", r"disallowed special token", 'The text holds <|endoftext|>, which the tokenizer refuses unless it is told: encode(text, allowed_special={{"<|endoftext|>"}}).'),
    ("RuntimeError", r"equal size|resiz", "The windows of a batch have different lengths: a window at the end is cut short. They begin at range(0, len(ids) - max_length, stride)."),
    ("ValueError", r"num_samples", "The dataset is empty, or a shuffling sampler is used: windows begin at range(0, len(ids) - max_length, stride), and shuffle=False."),
    ("TypeError", r"has no len\(\)|Sized", "The dataset has no __len__, the number of its windows."),
    ("TypeError", r"not subscriptable", "Something is indexed that cannot be: does the dataset have __getitem__, and was the text encoded into ids?"),
    ("TypeError", r"batch must contain|default_collate", "The dataset gives something that cannot be collated: __getitem__ returns a pair of tensors."),
    ("TypeError|ValueError", r"'str'|too many dimensions", "The text was not encoded: ids, whole numbers, go into a tensor, no pieces of text."),
    ("IndexError|KeyError", r"", "A window is asked for that is not there: __len__ is the number of windows, and __getitem__ counts from 0."),
    ("TypeError", r"'(\w+)' object is not callable", "A {0} was called like a function."),
    ("ImportError", r"withheld", "reference.data is what you write here: a Dataset of your own, and a DataLoader around it."),
    ("ModuleNotFoundError", r"No module named '(\w+)'", "{0} is not here; torch and tiktoken are."),
    ("FileNotFoundError", "", "A file is opened; the text comes as the argument text."),
    (".*", r"[Mm]ax retries|[Nn]ame resolution|[Cc]onnection|urlopen", 'Something is to be downloaded, and there is no network here: tiktoken.get_encoding("gpt2") needs none.'),
    ("PermissionError|OSError", r"Read-only|denied", "Something is to be written or read that is not the exercise's: the text comes as the argument text, and no file is needed."),
    (".*", r"worker|[Ff]ork|start new process", "The loader starts worker processes, which are forbidden here: num_workers stays 0."),
    ("AttributeError", r"'(\w+)' object has no attribute '(\w+)'", "A {0} has no {1}: is it made under that name in __init__?"),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
