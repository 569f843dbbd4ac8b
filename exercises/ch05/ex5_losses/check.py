"""Judges exercise 5.5: the mean of the batches' losses, by windows and sums of its own."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from itertools import combinations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from quizbook.judge.checks import describe, diagnosis, fail
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer

WORDS = """the a of in to and lamp river seven window copper slowly answered gathered nobody yesterday mountain harbour
letters between under crooked thirteen painter violin quietly remembered orchard lantern strange evening shoulder
winter castle merchant borrowed whisper garden silver unfinished question thunder carried morning portrait""".split()
MARKS = [" ", " ", " ", " ", " ", ", ", ". ", "; ", "\n", " -- "]
SETTINGS = [(0.85, 2, 6, 6), (0.7, 3, 6, 4), (0.55, 4, 5, 7)]  # train_ratio, batch_size, max_length, stride
CFG = {"vocab_size": 50257, "context_length": 12, "emb_dim": 8, "n_heads": 2, "n_layers": 1, "drop_rate": 0.3}
MOST_ORDERS = 5000  # of windows that shuffling is recognised by
RETURNED = pytest.mark.needs("test_returns_two_numbers")


# -- what is drawn ----------------------------------------------------------------------------------------------------


def draw_model(seed):
    """Weights that are spread so wide that every window has another loss."""
    torch.manual_seed(seed)
    model = GPTModel(CFG).eval()
    with torch.no_grad():
        model.out_head.weight.mul_(4)
        model.tok_emb.weight.mul_(2)
    return model


@dataclass(slots=True)
class Part:
    """One part of a text, and how its windows become a number. drop: whether an incomplete last batch is left out."""

    model: GPTModel
    ids: list[int]
    batch_size: int
    max_length: int
    stride: int
    drop: bool
    table: Tensor | None = None

    def changed(self, **changes):
        names = ("model", "ids", "batch_size", "max_length", "stride", "drop")
        return Part(**{name: getattr(self, name) for name in names} | changes)

    def windows(self):
        starts = range(0, len(self.ids) - self.max_length, self.stride)
        rows = [self.ids[start : start + self.max_length + 1] for start in starts]
        return torch.tensor(rows, dtype=torch.long).reshape(-1, self.max_length + 1)

    def tokens(self, loss_of=None):
        """The loss of each token: (windows, max_length)."""
        loss_of = loss_of or (lambda logits, rows: cross_entropy(logits, rows[:, 1:]))
        with torch.no_grad():
            parts = [loss_of(self.model(rows[:, :-1]), rows) for rows in self.windows().split(16)]
        return torch.cat(parts)

    def batches(self, table=None):
        """The loss of each batch that counts."""
        if table is None:
            self.table = table = self.tokens() if self.table is None else self.table
        whole = len(table) // self.batch_size * self.batch_size if self.drop else len(table)
        return [rows.mean().item() for rows in table[:whole].split(self.batch_size)] if whole else []

    def value(self, table=None):
        losses = self.batches(table)
        return sum(losses) / len(losses) if losses else math.nan

    @property
    def count(self):
        return len(range(0, len(self.ids) - self.max_length, self.stride))


def cross_entropy(logits, targets):
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").reshape(targets.shape)


@dataclass(frozen=True, slots=True)
class Case:
    """A text with its settings; the two parts as they should be."""

    model: GPTModel
    text: str
    settings: tuple[float, int, int, int]
    train: Part
    val: Part

    def others(self):
        """Cuts of the text that are not the right one: (first part, second part, sentence)."""
        encode, ratio = gpt2_tokenizer().encode, self.settings[0]
        ids, near, back = encode(self.text), round(ratio * len(self.text)), len(self.text) - int(ratio * len(self.text))
        place, words = int(ratio * len(ids)), self.text.split()
        at = int(ratio * len(words))
        lines = self.text.splitlines()
        return [
            (ids[:place], ids[place:], "The text is cut by tokens; train_ratio is a share of the characters, and each part is encoded by itself."),
            (ids, ids, "The loss is that of the whole text; it is cut into two parts first."),
            (encode(self.text[:near]), encode(self.text[near:]), "The cut is rounded: it is at int(train_ratio * len(text))."),
            (encode(self.text[:back]), encode(self.text[back:]), "The shares are exchanged: train_ratio is that of the training text, which comes first."),
            (encode(self.text[back:]), encode(self.text[:back]), "The training text is taken from the end; it is the beginning."),
            (encode(self.text[: int(0.9 * len(self.text))]), encode(self.text[int(0.9 * len(self.text)) :]), "The cut is at nine tenths; train_ratio says where it is."),
            (encode(" ".join(words[:at])), encode(" ".join(words[at:])), "The text is cut by words; train_ratio is a share of the characters."),
            (encode("\n".join(lines[: int(ratio * len(lines))])), encode("\n".join(lines[int(ratio * len(lines)) :])), "The text is cut by lines; train_ratio is a share of the characters."),
            (encode(self.text[: int(ratio * len(self.text))].strip()), encode(self.text[int(ratio * len(self.text)) :].strip()), "The blanks at the ends of the parts are stripped; take the text as it is."),
        ]  # fmt: skip


def draw(seed):
    model, dice = draw_model(seed), random.Random(seed)
    return model, [draw_case(model, dice, settings) for settings in SETTINGS]


def draw_case(model, dice, settings):
    """A text that is long enough for incomplete last batches in both parts."""
    ratio, batch_size, max_length, stride = settings
    encode, text = gpt2_tokenizer().encode, ""
    while True:
        text += dice.choice(WORDS) + dice.choice(MARKS)
        cut = int(ratio * len(text))
        train, val = (
            Part(model, encode(part), batch_size, max_length, stride, drop)
            for part, drop in ((text[:cut], True), (text[cut:], False))
        )
        full = train.count // batch_size  # sums over so many batches would look like sums over something else
        if val.count > 2 * batch_size and uneven(train) and uneven(val) and full not in (batch_size, max_length, 12):
            return Case(model, text, settings, train, val)


def uneven(part):
    """Whether its windows make incomplete batches of the right size, and of two."""
    return part.count % 2 == 1 and part.count % part.batch_size > 0


# -- what came back ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(submission, run_seed):
    """Each case with what the submission returned for it, twice."""
    model, cases = draw(run_seed)
    sent = [{"text": case.text, "settings": list(case.settings)} for case in cases]
    got = submission.call("measured", cfg=CFG, weights=model.state_dict(), cases=sent)
    if not isinstance(got, list) or len(got) != len(cases) or any(not isinstance(a, list) or len(a) != 2 for a in got):
        fail("What came back is not one answer for each text.", got=describe(got))
    return list(zip(cases, got, strict=True))


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def near(a, b, rtol=2e-6):
    """Close enough to be recognised; among a hundred candidates none is to fit by accident."""
    return math.isclose(a, b, rel_tol=rtol, abs_tol=1e-7)


def test_returns_two_numbers(answers):
    """losses returns two numbers, the training loss and the validation loss."""
    for _, both in answers:
        for got in both:
            check_pair(got)


def check_pair(got):
    if got == "a NoneType":
        fail("losses returns nothing; it ends with return train_loss, val_loss.")
    if is_number(got):
        fail("losses returns one number; the training and the validation loss are asked for.", got=got)
    if isinstance(got, str):
        fail(f"losses returns {got[:40]}; two numbers are asked for.", expected="(train_loss, val_loss)")
    if not isinstance(got, list) or len(got) != 2:
        fail("losses does not return two numbers.", expected="(train_loss, val_loss)", got=describe(got))
    if any(isinstance(value, list | Tensor) for value in got):
        fail("losses returns lists of losses; the mean over the batches of each part is asked for.")
    if any(isinstance(value, float) and math.isnan(value) for value in got):
        fail("A loss is NaN: is something divided that is 0 / 0, such as a mean of no batches?", got=got)
    if not all(map(is_number, got)):
        fail(
            "A loss is no finite number.",
            expected="two floats",
            got=describe(next(v for v in got if not is_number(v))),
        )


# -- what is known to go wrong ----------------------------------------------------------------------------------------


def mistakes(case, which):
    """Values that typical mistakes give for one part, with their sentences."""
    part, other = (case.train, case.val) if which == "training" else (case.val, case.train)
    right, losses, table = part.value(), part.batches(), part.table
    everything, dropped = part.changed(drop=False), part.changed(drop=True)
    windows, size, tokens = len(table), part.batch_size, part.max_length
    yield from [
        (other.value(), f"That is the loss of the other part; this one is the {which} loss."),
        *([(everything.value(), "The incomplete last batch counts; in training it is left out: drop_last=True.")] if part.drop
          else [(dropped.value(), "The incomplete last batch is left out; in validation it counts: drop_last=False.")]),
        (table.mean().item(), "That is the mean over all windows; the mean of the batches' losses is asked for, where a small last batch counts as much as any other."),
        (table[: windows // size * size].sum().item() / table.numel(), "The sum is divided by more than was added: a batch was left out, but counted."),
        (sum(losses), "The losses of the batches are added up; divide by their number."),
        (sum(everything.batches()), "The losses of the batches are added up; divide by their number."),
        *((sum(v) / n, f"The sum is divided by {what}; divide by the number of batches.") for v in (losses, everything.batches())
          for n, what in ((windows, "the number of windows"), (size, "batch_size"), (len(v) + 1, "one more than the number of batches"), (len(v) * size, "the number of windows"), (len(part.ids), "the number of tokens")) if n != len(v)),
        (losses[0], "Only the first batch counts: is there a return or a break within the loop?"),
        (losses[0] / len(losses), "Only the first batch counts: is there a break within the loop?"),
        (losses[-1], "Only the last batch counts: add the losses up."),
        (sum(losses[:5]) / 5, "Only the first five batches count; all are asked for."),
        (sum(losses[1:]) / max(len(losses) - 1, 1), "The first batch is missing."),
        (sum(losses[:-1]) / max(len(losses) - 1, 1), "The last batch is missing."),
        (part.value(table * tokens), "The losses are summed over the tokens of a window; the mean over tokens is asked for."),
        (mean_of(part, lambda rows: rows.sum().item()), "The losses are summed over the tokens of a batch; the mean over tokens is asked for."),
        (mean_of(part, lambda rows: -rows.neg().exp().mean().log().item()), "That is the logarithm of the mean probability; the mean of the logarithms is asked for."),
        (mean_of(part, lambda rows: rows.median().item()), "That is a median; the mean over the tokens is asked for."),
        (part.value(table[:, -1:]), "Only the last token of each window counts; all of its tokens do."),
        (part.value(table[:, :-1]), "The last token of each window does not count; all of its tokens do."),
        (part.value(table[:-1]), "The last window is missing: a window needs max_length + 1 tokens."),
        (math.exp(min(right, 600)), "That is the perplexity, the exponential of the loss."),
        (right / math.log(2), "That is in bits; the natural logarithm is asked for."),
        (-right, "The sign is wrong: the loss is minus the mean of the logarithms."),
        (math.exp(-right), "That is a probability; the loss is minus its logarithm."),
        *((round(right, digits), "The loss is rounded; return it as it is.") for digits in range(1, 5)),
    ]  # fmt: skip
    for loss_of, sentence in ON_LOGITS:
        yield part.value(part.tokens(loss_of)), sentence
    yield from other_windows(case, part)
    number = 0 if which == "training" else 1
    for *both, sentence in case.others():
        yield part.changed(ids=both[number]).value(), sentence
        yield part.changed(ids=both[number], drop=not part.drop).value(), sentence


ON_LOGITS = [
    (lambda logits, rows: cross_entropy(logits, rows[:, :-1]), "The loss compares with the inputs; the targets are one token further on."),
    (lambda logits, rows: cross_entropy(logits.softmax(-1), rows[:, 1:]), "The softmax comes twice: cross_entropy takes the logits as they are."),
    (lambda logits, rows: cross_entropy(logits[:, :-1], rows[:, 2:]), "The targets are shifted twice: those of the loader are the next tokens already."),
    (lambda logits, rows: -logits.gather(-1, rows[:, 1:, None])[..., 0], "That is made of logits; the loss takes the logarithm of their softmax."),
    (lambda logits, rows: -logits.softmax(-1).gather(-1, rows[:, 1:, None])[..., 0], "The logarithm of the probabilities is missing."),
    (lambda logits, rows: -logits.log_softmax(1).gather(-1, rows[:, 1:, None])[..., 0], "The softmax goes over the tokens of the window; it goes over the vocabulary, the last dimension."),
    (lambda logits, rows: (logits.argmax(-1) != rows[:, 1:]).double(), "That is the share of wrong tokens; the cross entropy is asked for."),
]  # fmt: skip


def mean_of(part, number):
    """The mean over the batches that count of another number than their loss."""
    whole = len(part.table) // part.batch_size * part.batch_size if part.drop else len(part.table)
    numbers = [number(rows) for rows in part.table[:whole].split(part.batch_size)]
    return sum(numbers) / len(numbers)


def other_windows(case, part):
    """Values of windows that are cut otherwise."""
    size, tokens, stride, context = part.batch_size, part.max_length, part.stride, CFG["context_length"]
    changes = [
        *(({"stride": step}, f"The windows are {step} tokens apart; stride says how far.") for step in dict.fromkeys((tokens, 1, 4, 128, tokens + 1, context))),
        ({"stride": tokens, "max_length": stride}, "max_length and stride are exchanged."),
        *(({"max_length": n}, f"The windows are {n} tokens long; max_length says how long.") for n in dict.fromkeys((stride, context, tokens - 1, tokens + 1, 4)) if n <= context),
        *(({"max_length": n, "stride": n}, f"The windows are {n} tokens long and apart; max_length and stride say how long and how far.") for n in dict.fromkeys((context, stride))),
        *(({"batch_size": n}, f"The batches have {n} windows; batch_size says how many.") for n in (1, 2, 4, 8, 5)),
        *(({"batch_size": n, "drop": not part.drop}, f"The batches have {n} windows; batch_size says how many.") for n in (1, 2, 4, 8, 5)),
        ({"batch_size": stride, "stride": size}, "batch_size and stride are exchanged."),
        ({"batch_size": tokens, "max_length": size}, "batch_size and max_length are exchanged."),
    ]  # fmt: skip
    for change, sentence in changes:
        yield part.changed(**change).value(), sentence


def shuffled(part, got):
    """Whether the number is that of some order of the windows."""
    means = part.table.mean(dim=1).double().tolist()
    rest = len(means) % part.batch_size
    if math.comb(len(means), rest) > MOST_ORDERS:
        return False
    total, whole = sum(means), len(means) // part.batch_size
    for left in combinations(means, rest):
        in_whole = (total - sum(left)) / part.batch_size
        if near(got, in_whole / whole) or near(got, (in_whole + sum(left) / rest) / (whole + 1)):
            return True
    return False


def with_dropout(part, got):
    """Whether the number lies where those with dropout lie."""
    torch.manual_seed(1)
    part.model.train()
    drawn = [part.changed().value() for _ in range(12)]
    part.model.eval()
    room = max(drawn) - min(drawn)
    return min(drawn) - room <= got <= max(drawn) + room


# -- the losses -------------------------------------------------------------------------------------------------------


@RETURNED
@pytest.mark.points(2)
def test_training_loss(answers):
    """The training loss is the mean over the batches of the first part, without an incomplete last one."""
    judge(answers, "training")


@RETURNED
@pytest.mark.points(2)
def test_validation_loss(answers):
    """The validation loss is the mean over the batches of the second part, an incomplete last one included."""
    judge(answers, "validation")


def judge(answers, which):
    number = 0 if which == "training" else 1
    for case, ((*first,), (*second,)) in answers:
        part, got = (case.train, case.val)[number], first[number]
        expected = part.value()
        if near(got, expected, 1e-5) and near(second[number], expected, 1e-5):
            continue
        if near(first[0], case.val.value()) and near(first[1], case.train.value()):
            fail(
                "Training and validation loss are exchanged: the training loss comes first.", expected=expected, got=got
            )
        for wrong, sentence in mistakes(case, which):
            if near(got, wrong) and near(second[number], wrong):
                fail(sentence, expected=expected, got=got)
        settings = "train_ratio {}, batch_size {}, max_length {}, stride {}".format(*case.settings)
        if shuffled(part, got):
            fail(
                "The windows are shuffled, so that the loss is another each time: shuffle=False.",
                expected=expected,
                got=got,
            )
        if not near(got, second[number]):
            fail(
                why_unsteady(part, got, second[number]), expected=expected, got=f"{got:.6g}, then {second[number]:.6g}"
            )
        if with_dropout(part, got):
            fail("Dropout seems to be on, at a seed of your own: call model.eval() first.", expected=expected, got=got)
        fail(f"The {which} loss is not the right one for {settings}.", expected=expected, got=got)


def why_unsteady(part, first, second):
    if with_dropout(part, first) and with_dropout(part, second):
        return (
            "The same call gives another number each time: dropout is on. Call model.eval() first, and shuffle nothing."
        )
    return (
        "The same call gives another number each time: the model is not to be trained or changed, and nothing shuffled."
    )


# -- a long check: GPT-2's own weights --------------------------------------------------------------------------------

GPT2 = {"training": 3.7547, "validation": 3.5596}  # on The Verdict, by the settings of chapter 5
CHAPTER_5 = [0.9, 2, 256, 256]


@pytest.mark.full
@RETURNED
def test_gpt2_on_the_verdict(submission):
    """With GPT-2's own weights the losses on The Verdict are 3.7547 and 3.5596."""
    model, text = gpt2()
    weights = {name: value for name, value in model.state_dict().items() if name != "out_head.weight"}  # it is tied
    got = submission.call("of_gpt2", cfg=dict(model.cfg), weights=weights, text=text, settings=CHAPTER_5)
    check_pair(got)
    for (which, expected), value in zip(GPT2.items(), got, strict=True):
        if not math.isclose(value, expected, abs_tol=1e-3):
            fail(f"GPT-2's {which} loss on The Verdict is not the right one.", expected=expected, got=value)


def gpt2():
    """The model with OpenAI's weights, its head tied, and the text; the check is skipped where they are not here."""
    from reference.openai import config_of, download_and_load_gpt2, load_weights_into_gpt
    from reference.sources import path_of

    try:
        folder, text = path_of("gpt2-124M"), path_of("the-verdict").read_text(encoding="utf-8")
        settings, params = download_and_load_gpt2(folder.name, folder.parent)
    except (FileNotFoundError, ImportError) as error:
        pytest.skip(str(error))
    model = GPTModel(config_of(settings, tie_weights=True))
    load_weights_into_gpt(model, params)
    return model, text


# -- exceptions -------------------------------------------------------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "losses is not written yet."),
    ("ValueError|RuntimeError", r"Expected input batch_size|Expected target size|only batches of spatial|multi-target|Expected floating point",
     "cross_entropy takes logits of (batch * tokens, vocab_size) and targets of (batch * tokens,): flatten both."),
    ("RuntimeError", r"view size is not compatible", "That tensor is not contiguous: flatten or reshape instead of view."),
    ("RuntimeError", r"expected scalar type Long|Float did not match|Long",
     "cross_entropy takes the logits first, then the targets, whole numbers."),
    ("ValueError", r"a row has \d+ tokens", "The model gets more tokens than its context: cut the text into windows of max_length."),
    ("ValueError", r"a window of (\d+) and",
     "A part has fewer tokens than one window of {0}: are max_length and stride those that came, and is the text cut at train_ratio?"),
    ("ValueError", r"needs? \d+|train_ratio is", "A part is too short for one window: is the text cut at train_ratio, by characters?"),
    ("ValueError|TypeError", r"unpack", "A batch is (inputs, targets); take it apart in the loop."),
    ("TypeError", r"token ids are a (\w+)", "The model was given a {0}: encode the text, and give it a tensor (batch, tokens)."),
    ("TypeError", r"the text is of type", "create_dataloader_v1 takes the text itself and encodes it with GPT-2's tokenizer."),
    ("TypeError", r"'list' object|argument 'text'|expected string", "create_dataloader_v1 takes the text, not its ids."),
    ("ZeroDivisionError", "", "There are no batches to take a mean of: which drop_last does each part have?"),
    ("UnboundLocalError", r"loss", "There are no batches, so that no loss is computed: which drop_last does each part have?"),
    ("TypeError", r"'(float|int)' object is not (iterable|subscriptable)", "A float is taken for a batch or a list."),
    ("AttributeError", r"'(float|int)' object has no attribute '(item|backward)'", "The loss is a float already: .item() comes once."),
    ("AttributeError", r"'(str|list)' object has no attribute", "A {0} is taken for a tensor or a loader."),
    ("PermissionError|OSError|RuntimeError", r"worker|fork|Operation not permitted|Read-only|Permission",
     "Worker processes are not allowed here: num_workers is 0."),
    ("MemoryError|RuntimeError", r"memory|allocate", "The memory does not suffice: use torch.no_grad(), and keep loss.item() only."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
