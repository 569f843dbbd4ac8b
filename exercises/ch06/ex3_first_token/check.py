"""Judges exercise 6.3: logits, loss with its gradients, and accuracy, of small classifiers that are drawn here."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from functools import cached_property, partial

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from quizbook.judge.checks import assert_close, assert_one_each, describe, fail, looks_like, part, remark
from reference.model import GPTModel

LEAST_MARGIN = 1e-3  # between the two largest logits of a message: no rounding turns its class
GRADIENTS = {"rtol": 1e-3, "atol": 1e-6}
NOT_THE_LOGITS = (
    "Those are not the first token's logits: model(batch)[:, 0] is all, of the whole model and each message."
)
TWICE = "The gradients are twice as large: does loss call .backward() itself? It only computes."


@dataclass(frozen=True)
class Case:
    """A classifier's configuration and weights, a batch or more of messages, their classes."""

    cfg: dict
    classes: int
    state: dict[str, Tensor]
    x: Tensor
    y: Tensor
    batch_size: int = 8

    def model(self):
        model = GPTModel(self.cfg)
        model.out_head = nn.Linear(self.cfg["emb_dim"], self.classes)
        model.load_state_dict(self.state)
        return model.eval()

    @cached_property
    def every(self):
        """The logits of every token, (batch, tokens, classes)."""
        with torch.no_grad():
            return self.model()(self.x)

    @property
    def first(self):
        return self.every[:, 0]

    def fed(self, x):
        with torch.no_grad():
            return self.model()(x)

    @property
    def of(self):
        return f"of {len(self.x)} messages of {self.x.shape[1]} tokens and {self.classes} classes"


def draw(seed, classes, messages=7, tokens=10, drop_rate=0.0, batch_size=8):
    """Sizes that all differ; with a larger head than usual, so that the classes are clear."""
    torch.manual_seed(seed)
    cfg = {"vocab_size": 60, "context_length": 16, "emb_dim": 12, "n_heads": 2, "n_layers": 2}
    cfg |= {"drop_rate": drop_rate, "qkv_bias": False}
    model = GPTModel(cfg)
    model.out_head = nn.Linear(12, classes)
    state = model.state_dict()
    state["out_head.weight"] = torch.randn(classes, 12)
    x = torch.randint(60, (messages, tokens))
    y = torch.randint(classes, (messages,))
    return Case(cfg, classes, state, x, y, batch_size)


def drawn(seed):
    """Three, two and five classes, texts of several lengths."""
    return draw(seed, 3), draw(seed + 1, 2, messages=5, tokens=8), draw(seed + 2, 5, messages=9, tokens=12)


def measured(seed):
    """Cases for accuracy: last batches that are smaller, and no value that the usual mistakes hit by chance."""
    for number, (classes, messages, size) in enumerate(((3, 41, 9), (2, 29, 6), (4, 53, 12))):
        for again in range(50):
            case = clear(seed + 100_000 * number + 1000 * again, classes, messages, 7 + number, size)
            others = [share(case, wrong(case)) for wrong, _ in AMONG[1:4]]
            others += [counted(case, case.first) for counted, _ in COUNTED[1:11]]
            if all(abs(value - share(case, case.first)) > 1e-3 for value in others):
                break
        yield case


def clear(seed, classes, messages, tokens, batch_size, drop_rate=0.0):
    """A case in which no message's class hangs on a rounding."""
    for again in range(50):
        case = draw(seed + again, classes, messages, tokens, drop_rate, batch_size)
        top = case.first.topk(2).values
        if (top[:, 0] - top[:, 1]).min() > LEAST_MARGIN:
            break
    return case


# -- the checks -------------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_logits(submission, seed):
    """classification_logits gives the first token's logits."""
    for case, got in answered(submission, "logits", drawn(seed)):
        if got == "NoneType":
            fail("classification_logits returns nothing; it ends with return and the logits.", expected="a tensor")
        hints = [looks_like(wrong(case), sentence) for wrong, sentence in (*AMONG[1:], *FORMS)]
        assert_close(got, case.first, *hints, lambda *_: NOT_THE_LOGITS, what=f"the logits {case.of}")


@pytest.mark.points(2)
def test_loss(submission, seed):
    """loss gives the mean cross-entropy of the first token's logits."""
    found = [(case, part(answer, "value")) for case, answer in answered(submission, "losses", drawn(seed))]
    for case, value in found:
        for sentence in no_loss(case, value):
            came = f"of type {value[:40]}" if isinstance(value, str) else describe(value)
            fail(sentence, expected="a tensor with one number", got=came)
    name_numbers([(case, value.double().item()) for case, value in found], "loss", LOSSES)


@pytest.mark.needs("test_loss")
@pytest.mark.points(2)
def test_gradients(submission, seed):
    """loss can be trained with: its gradients reach every part of the model."""
    for case, answer in answered(submission, "losses", drawn(seed)):
        got = part(answer, "gradients")
        got = got if isinstance(got, dict) else {}
        model = case.model()
        F.cross_entropy(model(case.x)[:, 0], case.y).backward()
        expected = {n: parameter.grad for n, parameter in model.named_parameters() if parameter.grad.abs().max() > 1e-4}
        lost = [name for name in expected if not isinstance(got.get(name), Tensor) or not got[name].any()]
        if lost:
            shown = f"none for {len(lost)} of {len(expected)}, as {lost[0]}"
            fail(cut_off(lost, expected, part(answer, "graph")), expected="a gradient for every weight", got=shown)
        for name, gradient in expected.items():
            hint = looks_like(2 * gradient, TWICE, **GRADIENTS)
            assert_close(got[name], gradient, hint, what=f"the gradient of {name}", **GRADIENTS)
        if part(answer, "training") is False:
            remark(
                "loss puts the model into eval mode: training would go on without dropout. Leave the mode to the caller."
            )


@pytest.mark.points(2)
def test_accuracy(submission, seed):
    """accuracy gives the share of messages whose first token finds their class, each counted once."""
    judge_accuracy(submission, measured(seed))


@pytest.mark.needs("test_accuracy")
def test_accuracy_without_dropout(submission, seed):
    """accuracy measures without dropout, though the model comes in training mode."""
    cases = [clear(seed + 1000 * n, 2 + n % 3, 40 + n, 8, 9, drop_rate=0.5) for n in range(5)]
    judge_accuracy(
        submission, cases, "Dropout was on in accuracy: call model.eval() first, a model may come in training mode."
    )


def judge_accuracy(submission, cases, otherwise=None):
    found = answered(submission, "shares", cases)
    for _, value in found:
        if value == "NoneType":
            fail("accuracy returns nothing; it ends with return and the share.", expected="a number from 0 to 1")
        if isinstance(value, bool) or not isinstance(value, int | float):
            fail("accuracy returns no number.", expected="a number from 0 to 1", got=describe(value))
    name_numbers(found, "accuracy", COUNTED, otherwise)


# -- what came, and which mistake gives it ----------------------------------------------------------------------------


def answered(submission, name, cases):
    cases = list(cases)
    answers = submission.call(
        name, cases=[{key.name: getattr(case, key.name) for key in fields(case)} for case in cases]
    )
    assert_one_each(answers, cases, "model")
    return list(zip(cases, answers, strict=True))


def no_loss(case, value):
    if value == "NoneType":
        yield "loss returns nothing; it ends with return and the loss."
    if isinstance(value, float | int):
        yield "loss returns a plain number, as .item() makes it: it has no graph, and nothing can be trained with it."
    if not isinstance(value, Tensor) or value.dtype == torch.bool or value.dtype.is_complex:
        yield "loss returns no tensor with a number in it."
    if value.shape == (len(case.x),):
        yield "loss returns a number for each message; the mean of them is asked for."
    if value.shape == (len(case.x), case.classes):
        yield "loss returns the logits or probabilities; their cross-entropy with the targets is asked for."
    if value.numel() != 1:
        yield "loss returns more than one number; the mean over the batch is asked for."


def close(a, b):
    return abs(a) < 1e30 and math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5)


def name_numbers(found, what, ways, otherwise=None):
    """Passes right numbers; wrong ones get the sentence of the mistake, or of the two mistakes, that gives them all.

    ways: of getting a number from a case and its logits, the first one being right; AMONG has ways of getting logits.
    """
    right = [ways[0][0](case, case.first) for case, _ in found]
    wrong = next((n for n, (_, value) in enumerate(found) if not close(value, right[n])), None)
    if wrong is None:
        return
    shown = {"expected": f"{right[wrong]:.6g}", "got": found[wrong][1]}
    if not abs(found[wrong][1]) < 1e30:
        fail(f"{what} is not finite: is something divided by zero, or the logarithm of zero taken?", **shown)
    if otherwise is not None:
        fail(otherwise, **shown)
    for some in (found, found[wrong : wrong + 1])[: 1 + (what == "loss")]:  # a share fits by chance, a loss never
        for logits_of, one in AMONG:
            for way, other in ways:
                if all(close(value, way(case, logits_of(case))) for case, value in some):
                    fail(" ".join(filter(None, (one, other))), **shown)
    if what == "accuracy" and not 0 <= found[wrong][1] <= 1:
        fail("accuracy is no share: it lies from 0 to 1, the messages that are right divided by all.", **shown)
    fail(f"That is not the {what} that the first token's logits give, {found[wrong][0].of}.", **shown)


def cut_off(lost, expected, graph):
    if graph is not True:
        return "The loss has no graph, so that no gradient reaches the model: no .detach(), .item(), torch.tensor() or torch.no_grad() on the way to it."
    if len(lost) == len(expected):
        return "No gradient reaches the model: the graph is cut off between it and the loss, as by .detach() or a new tensor."
    if not any(name.startswith("out_head") for name in lost):
        return "The gradient ends at the head: what goes into it is detached, and the layers below learn nothing."
    return "The gradient does not reach all of the model: is part of it run under torch.no_grad(), or frozen?"


def share(case, scores):
    return (scores.argmax(-1) == case.y).double().mean().item()


def in_batches(case, scores):
    """How many are right in each batch, and how many there are."""
    right = (scores.argmax(-1) == case.y).double()
    return [(part.sum().item(), len(part)) for part in right.split(case.batch_size)]


def chosen(case, scores):
    """The logarithm of each message's probability of its class."""
    return scores.double().log_softmax(-1).gather(1, case.y[:, None])


def entropy(case, scores, **options):
    return F.cross_entropy(scores.double(), case.y, **options).item()


AMONG = (
    (lambda c: c.first, ""),
    (lambda c: c.every[:, -1], "The last token is asked, as in the chapter; here it is the first: [:, 0] in place of [:, -1]."),
    (lambda c: c.every.mean(1), "The mean over all tokens is taken; the first token alone speaks: [:, 0]."),
    (lambda c: c.every.sum(1), "The sum over all tokens is taken; the first token alone speaks: [:, 0]."),
    (lambda c: c.every.max(1).values, "The largest score of any token is taken; the first token alone speaks: [:, 0]."),
    (lambda c: c.every[:, 1], "The second token is asked: places are counted from 0, so the first is [:, 0]."),
    (lambda c: c.every[:, -2], "The last token but one is asked; the first is [:, 0]."),
    (lambda c: c.fed(c.x[:, -1:])[:, 0], "The model was given the last token alone; the first token of the message is to speak."),
    (lambda c: c.fed(c.x[:, 1:])[:, 0], "The first token was cut off before the model saw it: the second speaks."),
    (lambda c: c.fed(c.x.flip(1))[:, 0], "The message was turned round: its last token stands first."),
    (lambda c: (c.every[:, 0] + c.every[:, -1]) / 2, "First and last token are mixed; the first alone speaks."),
)  # fmt: skip

FORMS = (
    (lambda c: c.every, "The scores of all tokens come out: take the first token's, [:, 0]."),
    (lambda c: c.every[:, :1], "The tokens' dimension is still there: [:, 0] takes it out, [:, :1] and keepdim keep it."),
    (lambda c: c.every[:, -1:], "The tokens' dimension is still there, and the last token is asked: [:, 0]."),
    (lambda c: c.every[0], "[0] takes the first message, with all its tokens; the first token of each message is [:, 0]."),
    (lambda c: c.every[0, 0], "The first token of the first message alone comes out; all messages are asked for: [:, 0]."),
    (lambda c: c.every[:, :, 0], "[:, :, 0] takes the first class of every token; the first token has place 0 in the second dimension: [:, 0, :]."),
    (lambda c: c.every[:, :, -1], "[:, :, -1] takes the last class of every token; the first token is [:, 0, :]."),
    (lambda c: c.first.softmax(-1), "The logits went through a softmax: they are asked for as the model gives them, since cross_entropy does that itself."),
    (lambda c: c.first.log_softmax(-1), "The logits went through a log_softmax: they are asked for as the model gives them."),
    (lambda c: c.first.sigmoid(), "The logits went through a sigmoid: they are asked for as the model gives them."),
    (lambda c: c.first.argmax(-1), "Those are the predicted classes; their logits are asked for."),
    (lambda c: c.every[:, -1].argmax(-1), "Those are predicted classes, of the last token; the first one's logits are asked for."),
    (lambda c: c.first.max(-1).values, "Those are the largest logits alone; all classes' are asked for."),
    (lambda c: c.first.T, "Messages and classes are exchanged: a message is a row."),
    (lambda c: c.every.reshape(-1, c.classes), "All tokens of all messages stand below each other; take the first of each message: [:, 0]."),
)  # fmt: skip

LOSSES = (
    (entropy, ""),
    (lambda c, s: entropy(c, s.softmax(-1)), "A softmax comes before the cross-entropy, which does it itself: give it the logits as they are."),
    (lambda c, s: entropy(c, s.sigmoid()), "A sigmoid comes before the cross-entropy: give it the logits as they are."),
    (partial(entropy, reduction="sum"), "The losses of the messages are summed; their mean is asked for."),
    (lambda c, s: entropy(c, s) / len(s), "The mean is divided by the number of messages once more."),
    (lambda c, s: entropy(c, s) / c.classes, "The mean is divided by the number of classes too; it is taken over the messages alone."),
    (lambda c, s: -entropy(c, s), "The sign is the wrong one: the loss is minus the logarithm of the probability."),
    (lambda c, s: -s.double().gather(1, c.y[:, None]).mean().item(), "Minus the logit of the class is not the cross-entropy: the softmax is missing (nll_loss wants log_softmax first)."),
    (lambda c, s: -chosen(c, s).exp().mean().item(), "Minus the probability is taken, without the logarithm: nll_loss wants log_softmax, not softmax."),
    (lambda c, s: -chosen(c, s).exp().mean().log().item(), "The mean of the probabilities is taken before the logarithm; each message's logarithm comes first."),
    (lambda c, s: 1 - chosen(c, s).exp().mean().item(), "That is one minus the probability; the cross-entropy takes minus its logarithm."),
    (lambda c, s: entropy(c, s) / math.log(2), "The logarithm is that to base 2; cross_entropy's is the natural one."),
    (lambda c, s: math.exp(min(entropy(c, s), 50)), "That is the perplexity, the exponential of the cross-entropy."),
    (lambda c, s: entropy(c, s[:1].expand_as(s)), "Only the first message's logits are used, for all of them."),
    (lambda c, s: F.cross_entropy(s[:1].double(), c.y[:1]).item(), "Only the first message counts; the mean over the batch is asked for."),
    (lambda c, s: F.cross_entropy(s.double(), torch.zeros_like(c.y)).item(), "The targets play no part: class 0 is taken for all."),
    (lambda c, s: F.cross_entropy(s.double(), s.argmax(-1)).item(), "The targets play no part: the predicted class is taken for the right one."),
    (lambda c, s: (s.argmax(-1) != c.y).double().mean().item(), "That is the share of wrong messages, which has no gradient; the cross-entropy is asked for."),
    (lambda c, s: (s.argmax(-1) == c.y).double().mean().item(), "That is the accuracy, which has no gradient; the cross-entropy is asked for."),
    (lambda c, s: F.mse_loss(s.double(), F.one_hot(c.y, c.classes).double()).item(), "That is a squared error; the cross-entropy is asked for."),
    (lambda c, s: F.binary_cross_entropy_with_logits(s.double(), F.one_hot(c.y, c.classes).double()).item(), "That is a binary cross-entropy for each class by itself; the classes exclude each other: cross_entropy."),
    (partial(entropy, label_smoothing=0.1), "The targets are smoothed; the plain cross-entropy is asked for."),
    (lambda c, s: F.cross_entropy(c.every.double().flatten(0, 1), c.y.repeat_interleave(c.x.shape[1])).item(), "The loss of all tokens is taken; the first token alone speaks: [:, 0]."),
    (lambda c, s: 2 * entropy(c, s), "The loss is doubled."),
)  # fmt: skip

COUNTED = (
    (share, ""),
    (lambda c, s: sum(r / n for r, n in in_batches(c, s)) / len(in_batches(c, s)), "The accuracies of the batches are averaged, so that messages of a smaller batch count more: sum up, and divide once."),
    (lambda c, s: 100 * share(c, s), "That is in percent; a share from 0 to 1 is asked for."),
    (lambda c, s: 100 * sum(r / n for r, n in in_batches(c, s)) / len(in_batches(c, s)), "That is in percent, and an average over batches: sum up, divide once, and give a share from 0 to 1."),
    (lambda c, s: sum(r for r, _ in in_batches(c, s)), "That is the number of right messages; divide it by the number of all."),
    (lambda c, s: 1 - share(c, s), "That is the share of wrong messages; those that are right are asked for."),
    (lambda c, s: sum(r for r, _ in in_batches(c, s)) / len(in_batches(c, s)), "The right messages are divided by the number of batches, len(loader); divide by the number of messages."),
    (lambda c, s: sum(r for r, _ in in_batches(c, s)) / (len(in_batches(c, s)) * c.batch_size), "Every batch is counted as a full one; the last one is smaller: add up len(targets)."),
    (lambda c, s: sum(r for r, _ in in_batches(c, s)[:-1]) / sum(n for _, n in in_batches(c, s)[:-1]), "The last, smaller batch is left out; every message counts."),
    (lambda c, s: sum(r / n for r, n in in_batches(c, s)), "The accuracies of the batches are added up: sum up the messages that are right, and divide once by all."),
    (lambda c, s: in_batches(c, s)[0][0] / in_batches(c, s)[0][1], "Only the first batch counts: does return stand inside the loop?"),
    (lambda c, s: in_batches(c, s)[-1][0] / in_batches(c, s)[-1][1], "Only the last batch counts: is the counter set to 0 for each batch, or are the numbers overwritten?"),
    (lambda c, s: sum(r for r, _ in in_batches(c, s)) / in_batches(c, s)[-1][1], "The right messages of all batches are divided by the size of the last one: add the sizes up too."),
    (lambda c, s: share(c, s) / c.classes, "The share is divided by the number of classes; divide by the number of messages alone."),
    (lambda c, s: (s.argmin(-1) == c.y).double().mean().item(), "The smallest logit is taken for the class; it is the largest: argmax."),
    (lambda c, s: (c.every.argmax(1)[:, 0] == c.y).double().mean().item(), "argmax is taken over the tokens, dim=1 of the whole output; first take the first token, [:, 0], then the largest class, dim=-1."),
    (lambda c, s: sum((part.argmax() == y).sum().item() for part, y in zip(s.split(c.batch_size), c.y.split(c.batch_size), strict=True)) / len(s), "argmax without dim finds one place in the whole batch; argmax(dim=-1) finds a class for each message."),
    (lambda c, s: ((s[:, 1] > 0) == c.y).double().mean().item(), "A threshold is put on one class's score; the class is that of the largest logit: argmax(dim=-1)."),
    (lambda c, s: ((s.softmax(-1)[:, 1] > 0.5) == c.y).double().mean().item(), "A threshold is put on one class's probability; the class is that of the largest logit: argmax(dim=-1)."),
    (lambda c, s: (c.y == 0).double().mean().item(), "Class 0 is predicted for every message: is argmax taken over a dimension of size 1?"),
    (lambda c, s: 0, "No message is right at all: are predictions compared with targets, one by one, and is the share rounded down by // or int?"),
    (lambda c, s: 1, "Every message is right: is the prediction compared with itself, or counted without a comparison?"),
    (lambda c, s: round(share(c, s), 2), "The share is rounded; return it as it is."),
    (lambda c, s: (c.every.argmax(-1) == c.y[:, None]).double().mean().item(), "The predictions of all tokens are counted; the first token alone speaks: [:, 0]."),
    (lambda c, s: entropy(c, s), "That is the loss; the share of right messages is asked for."),
)  # fmt: skip


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SHAPES = "cross_entropy wants logits of shape (batch, classes) and targets of shape (batch,): take the first token's with [:, 0], no other dimension."
LOST = "The loss has no graph: no .item(), .detach(), torch.tensor() or torch.no_grad() may stand between the model and it."
SAYINGS = (
    ("NotImplementedError", "", "One of the three functions is not written yet."),
    (".*", r"\n.*(?:cross_entropy|nll_loss).*argmax", "argmax gives classes, whole numbers without a gradient: the cross-entropy wants the logits."),
    ("RuntimeError", r"Class values must be smaller", "The number of classes is written down; cross_entropy takes logits and class numbers as they are, without one_hot."),
    ("TypeError", r"builtin_function_or_method|'method'", "A method was named and not called: write its parentheses, as in .sum() or .item()."),
    ("RuntimeError", r"target dtype|scalar type Long", "The targets are class numbers, whole ones: hand them on as they come, without .float()."),
    ("RuntimeError", r"does not require grad", LOST),
    ("RuntimeError", r"[Ii]nference tensor", LOST),
    ("RuntimeError", r"second time|backward through", "loss calls .backward() itself; it only computes the loss, training is somebody else's work."),
    ("RuntimeError", r"floating point dtype can require|dtype can require gradients|not implemented for '(?:Long|Int)", "argmax gives classes, whole numbers without a gradient: cross_entropy wants the logits."),
    ("ValueError|RuntimeError", r"Expected input batch_size|Expected target size|multi-target|target tensor expected|class probabilities", SHAPES),
    ("IndexError", r"Target \d+ is out of bounds", SHAPES),
    ("RuntimeError", r"size of tensor a|must match|shape mismatch|broadcast", "Predictions and targets do not fit to each other: argmax is taken over the classes, dim=-1, of the first token's logits, (batch, classes)."),
    ("IndexError", r"Dimension out of range|too many indices", "A dimension is asked for that is not there: the model gives (batch, tokens, classes), [:, 0] makes (batch, classes) of it."),
    ("IndexError", r"out of (?:bounds|range)", "A place is asked for that is not there: the model gives (batch, tokens, classes), and the first token is [:, 0]."),
    ("TypeError|ValueError", r"unpack|too many values|not enough values", "The loader gives pairs: for batch, targets in loader."),
    ("TypeError|AttributeError", r"DataLoader", "The loader is gone through with for batch, targets in loader; it is no list of messages, and has no tensors of its own."),
    ("TypeError", r"must be Tensor, not|argument 'input'", "Something else than a tensor was handed on: is a number made of it too early, by .item() or float()?"),
    ("RuntimeError|ValueError", r"only one element|converted to Scalar|Boolean value of Tensor", "A tensor of several numbers is taken for one: compare, then .sum(), and only then .item()."),
    ("TypeError", r"missing \d+ required|positional argument|unexpected keyword", "One of the functions is called with other arguments than it has: classification_logits(model, batch), loss(model, batch, targets)."),
    ("NameError|AttributeError|KeyError", r"device", "No device is handed over, and the model has no attribute device: leave it out, all lies in one place."),
    ("ZeroDivisionError", "", "The number of messages is zero when it is divided by: is it counted at all, in the loop?"),
    ("TypeError", r"'NoneType'", "A function returned nothing: is there a return in it?"),
    ("TypeError", r"not callable|not subscriptable", "Something else is called or indexed than is meant: model(batch) gives (batch, tokens, classes)."),
    ("AttributeError", r"'tuple' object|'list' object", "The loader gives pairs: for batch, targets in loader."),
    ("AttributeError", r"'GPTModel' object|'Tensor' object|'float' object|'int' object", "There is no such attribute: the model is called with the batch, and gives a tensor (batch, tokens, classes)."),
)  # fmt: skip


def diagnose(raised):
    """The idea behind an exception of the submission, in a sentence, or None; a pattern that starts a line means its."""
    for kind, pattern, sentence in SAYINGS:
        told = f"\n{raised.text}" if pattern.startswith(r"\n") else raised.message
        if re.fullmatch(kind, raised.type) and re.search(pattern, told, re.DOTALL):
            return sentence
    return None
