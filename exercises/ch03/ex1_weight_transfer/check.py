"""Judges exercise 3.1: the matrices of both modules, the context vectors and one training step, by the reference."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import partial

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, looks_like, part, remark
from reference.attention import SelfAttention_v1, SelfAttention_v2

NAMES = ("W_query", "W_key", "W_value")
COPIED = {"rtol": 1e-6, "atol": 1e-7}  # a copy is exact
SENT = deque(maxlen=64)  # cases of earlier calls: what a submission keeps between calls is recognised by them
all_matrices = pytest.mark.needs("test_query_weights", "test_key_weights", "test_value_weights")


@dataclass(frozen=True, slots=True)
class Case:
    """What the submission is given: the source's matrices, (d_out, d_in), and the target's own, (d_in, d_out)."""

    d_in: int
    d_out: int
    source: dict[str, Tensor]
    target: dict[str, Tensor]

    def what(self, of: str) -> str:
        return f"{of} for d_in = {self.d_in} and d_out = {self.d_out}"


def draw(generator, d_in, d_out):
    source = {name: torch.randn(d_out, d_in, generator=generator) for name in NAMES}
    target = {name: torch.rand(d_in, d_out, generator=generator) for name in NAMES}
    SENT.append(Case(d_in, d_out, source, target))
    return SENT[-1]


@pytest.fixture(scope="module")
def transfers(submission, run_seed):
    """Some cases and what the submission made of them; three checks look at one matrix each."""
    drawn = [case for case, _ in cases(run_seed)]
    return answered(submission, "transfer", drawn, [given(case) for case in drawn])


def given(case, **more):
    return {"source": case.source, "target": case.target, **more}


def answered(submission, name, drawn, pairs):
    """Each of what was drawn with what the submission answered to it."""
    answers = submission.call(name, pairs=pairs)
    assert_one_each(answers, pairs, "pair")
    return list(zip(drawn, answers, strict=True))


def cases(seed):
    """A narrowing shape, a square one, in which a missing transposition does not show, and a widening one."""
    generator = torch.Generator().manual_seed(seed)
    small, more = torch.randint(2, 6, (2,), generator=generator).tolist()
    for d_in, d_out in [(3, 2), (4, 4), (small, small + more)]:
        yield draw(generator, d_in, d_out), generator


# -- the checks -------------------------------------------------------------------------------------------------------


def test_query_weights(transfers):
    """The target's W_query holds the numbers of the source's query layer, each in its place."""
    check_matrix(transfers, "W_query")


def test_key_weights(transfers):
    """The target's W_key holds the numbers of the source's key layer, each in its place."""
    check_matrix(transfers, "W_key")


def test_value_weights(transfers):
    """The target's W_value holds the numbers of the source's value layer, each in its place."""
    check_matrix(transfers, "W_value")


def check_matrix(transfers, name):
    for case, answer in transfers:
        got, kind = part(answer, "target", name), str(part(answer, "kinds", name))
        if not isinstance(got, Tensor):
            fail(no_matrix(name, kind), expected="an nn.Parameter", got=f"of type {kind[:40]}")
        hints = [partial(mistake, case, name, answer) for mistake in MISTAKES]
        assert_close(got, case.source[name].T, *hints, what=case.what(f"target.{name}"), **COPIED)


@all_matrices
def test_outputs_agree(submission, seed):
    """Both modules return the same context vectors."""
    drawn = [(case, torch.randn(6, case.d_in, generator=generator)) for case, generator in cases(seed)]
    for (case, x), got in answered(submission, "outputs", drawn, [given(case, x=x) for case, x in drawn]):
        v2 = SelfAttention_v2(case.d_in, case.d_out)
        v2.load_state_dict({f"{name}.weight": matrix for name, matrix in case.source.items()})
        assert_close(
            got,
            v2(x).detach(),
            lambda *_: "The matrices are right, what target computes with them is not: leave its forward alone.",
            what=case.what("the context vectors"),
        )


@all_matrices
def test_source_untouched(submission, transfers):
    """The source is what it was before."""
    for case, answer in transfers:
        for name in NAMES:
            what, hint = case.what(f"source.{name}.weight"), partial(change_of_source, case, name)
            assert_close(part(answer, "source", name), case.source[name], hint, what=what, **COPIED)
    told = part(submission.call("shared", source=case.source, target=case.target), "moved_along")
    if shared := [name for name in NAMES if isinstance(told, list) and name in told]:
        remark(
            f"target shares the storage of {', '.join(shared)} with source: .T only makes a view, and nn.Parameter does"
            " not copy. Training one of the two now changes the other; .clone() would give target numbers of its own."
        )


@all_matrices
def test_target_still_trains(submission, seed):
    """A training step moves all three matrices of the target, each by its own gradient."""
    drawn = [(case, *training_step(case, generator)) for case, generator in cases(seed)]
    steps = answered(submission, "step", drawn, [given(case, **batch) for case, batch, _ in drawn])
    for (case, _, expected), answer in steps:
        for name in NAMES:
            unmoved = looks_like(case.source[name].T, frozen(name, str(part(answer, "kinds", name))))
            what = case.what(f"target.{name} after a training step")
            assert_close(part(answer, "target", name), expected[name], unmoved, what=what)


@all_matrices
def test_every_pair_by_itself(submission, seed):
    """A second transfer works like the first, and leaves the first alone."""
    drawn = [{"first": c, "second": draw(generator, c.d_in, c.d_out)} for c, generator in cases(seed)]
    pairs = [{which: given(case) for which, case in pair.items()} for pair in drawn]
    for pair, answer in answered(submission, "two_pairs", drawn, pairs):
        case = pair["first"]
        for which, own in pair.items():
            for name in NAMES:
                idle = f"{name} of the {which} target kept its old numbers: only one of two calls does its work."
                hints = partial(stale, own, name, answer), looks_like(own.target[name], idle)
                what = case.what(f"{name} of the {which} target")
                assert_close(part(answer, which, name), own.source[name].T, *hints, what=what, **COPIED)


# -- what is expected, and what came ----------------------------------------------------------------------------------


def training_step(case, generator):
    """A batch and a learning rate that move every matrix clearly, and the matrices after the step."""
    while True:
        x = torch.randn(6, case.d_in, generator=generator)
        y = 3 * torch.randn(6, case.d_out, generator=generator)
        lr = 0.3 + torch.rand((), generator=generator).item()
        v1 = SelfAttention_v1(case.d_in, case.d_out)
        v1.load_state_dict({name: weight.T for name, weight in case.source.items()})
        (v1(x) - y).pow(2).mean().backward()
        if all((lr * parameter.grad).abs().max() > 0.01 for parameter in v1.parameters()):
            after = {name: (parameter - lr * parameter.grad).detach() for name, parameter in v1.named_parameters()}
            return {"x": x, "y": y, "lr": lr}, after


def same(a, *candidates):
    """Whether a is a tensor and close to one of the candidates."""
    return isinstance(a, Tensor) and any(
        a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=1e-4, atol=1e-5) for b in candidates
    )


# -- mistakes with a name: each looks at one matrix of the target and says what happened, or nothing -----------------


def unchanged(case, name, answer, got, expected):
    old, before, after = case.target[name], case.source[name], part(answer, "source", name)
    if same(got, old.T):
        return f"target.{name} holds its own old numbers, transposed: it is the source's matrix that is to be copied."
    if not same(got, old):
        return None
    still = f"target.{name} still holds the numbers that it was built with"
    if same(after, old, old.T, old.reshape(before.shape)):
        return f"The copy went in the wrong direction: source.{name} got the target's numbers. source is only read."
    if after is not None and not same(after, before):
        return f"{still}, and source.{name} was changed instead: source is read, target is written."
    extra, returned = part(answer, "extra"), part(answer, "returned")
    extra = [key[:40] for key in extra if isinstance(key, str)] if isinstance(extra, list) else []
    if "forward" in extra:
        return f"{still}: target.forward was replaced or hooked, which transfers no weight."
    if any(not same(part(answer, "target", other), case.target[other]) for other in NAMES):
        return f"{name} was forgotten: {still}, while others were copied."
    if extra:
        return f"{still}: the transfer wrote to target.{extra[0]}, a name that SelfAttention_v1 never reads."
    if isinstance(returned, str) and returned != "NoneType":
        return f"{still}: the function returned a {returned[:40]}, but the caller keeps the target it gave."
    return (
        f"{still}: nothing was copied into it. Giving the local name target a new value, working on a copy, doing it"
        " for one pair only, or load_state_dict(strict=False) with other names leaves the caller's object as it was."
    )


def misread(case, name, answer, got, expected):
    weight = case.source[name]
    if same(got, weight):
        square = " Both are equal here, so that the shape does not show it." if case.d_in == case.d_out else ""
        return (
            f"{name} was copied without transposing: nn.Linear keeps its matrix as (out, in), here"
            f" ({case.d_out}, {case.d_in}), while SelfAttention_v1 computes x @ {name} and needs (in, out).{square}"
        )
    if same(got, weight.reshape(expected.shape), expected.reshape(weight.shape)):
        return (
            f"{name} was reshaped, not transposed: view and reshape keep the numbers in reading order and cut the rows"
            " elsewhere, while .T moves the number at (i, j) to (j, i)."
        )
    if same(got, torch.linalg.pinv(weight)):
        return f"{name} was inverted, not transposed: the two agree for orthogonal matrices only."
    if got.numel() == weight.numel() and same(got.flatten().sort().values, weight.flatten().sort().values):
        return f"{name} was turned, mirrored or shuffled, not transposed: .T moves the number at (i, j) to (j, i)."
    return None


def from_another_layer(case, name, answer, got, expected):
    origins = {key: origin(case, part(answer, "target", key)) for key in NAMES}
    other = origins[name]
    if other in (None, name):
        return None
    if len(set(origins.values())) == 1:
        return f"All three matrices of target hold the source's {other}: each needs the layer of its own name."
    if origins[other] == name:
        return f"{name} and {other} are swapped: target.{name} holds the source's {other}, and the other way round."
    return f"target.{name} holds the source's {other} instead of its {name}: the wrong layer was copied."


def origin(case, got):
    for name, weight in case.source.items():
        if same(got, weight.T, weight, weight.reshape(case.d_in, case.d_out), weight.T.reshape(weight.shape)):
            return name
    return None


def mixed(case, name, answer, got, expected):
    """A sum of multiples of the matrices at hand: scaled, negated, added to the old numbers, averaged."""
    parts = {f"source.{key}.weight.T": case.source[key].T for key in NAMES} | {"its old numbers": case.target[name]}
    parts |= {f"source.{key}.weight": case.source[key] for key in NAMES}
    parts = {label: matrix for label, matrix in parts.items() if matrix.shape == got.shape}
    if not parts or got.numel() < len(parts) + 2 or not got.isfinite().all():
        return None  # with so few numbers anything is a mixture
    columns, numbers = torch.stack([m.flatten() for m in parts.values()], 1).double(), got.double().reshape(-1, 1)
    found = torch.linalg.lstsq(columns, numbers).solution
    shares = {label: share for label, share in zip(parts, found.flatten().tolist(), strict=True) if abs(share) > 1e-3}
    if not shares or not same(columns @ found, numbers):
        return None
    told, own = " + ".join(f"{share:.4g} x {label}" for label, share in shares.items()), f"source.{name}.weight.T"
    if list(shares) == [own]:
        how = "negated" if abs(shares[own] + 1) < 1e-3 else "scaled"
        return f"{name} was {how}: it is {told}. A transfer changes no number; attention scales its scores by itself."
    if set(shares) == {own, "its old numbers"}:
        return f"{name} was added to the old numbers or averaged with them instead of replacing them: it is {told}."
    return f"{name} is a mixture, not a copy: it is {told}."


def stale(case, name, answer, got, expected):
    earlier = [matrix for sent in SENT if sent is not case for matrix in (sent.source[name].T, sent.source[name])]
    if not same(got, *earlier):
        return None
    return (
        f"{name} holds the numbers of another call's source: something is kept, as in a global, a cache or a default."
    )


def damaged(case, name, answer, got, expected):
    if got.shape != expected.shape:
        return f"{name} has the wrong shape: SelfAttention_v1 computes x @ {name}, so it has to be (d_in, d_out)."
    if not got.isfinite().all():
        return None  # which is told as such
    if got.max() == got.min():
        return f"{name} is filled with one number, {got.max().item():.4g}: the source's numbers did not arrive."
    right = torch.isclose(got.double(), expected.double(), rtol=1e-5, atol=1e-6)
    if right.any():
        how = "kept their old values" if same(got[~right], case.target[name][~right]) else "were not"
        return f"Only part of {name} was copied: {int(right.sum())} of {right.numel()} numbers, the others {how}."
    if (got.double() - expected.double()).abs().max() < 0.05:
        return f"{name} is nearly right: its numbers were rounded on the way, as by .half(), .bfloat16() or round()."
    return f"{name} holds numbers that stood neither in source nor in target: drawn at random, or computed from them?"


MISTAKES = (unchanged, misread, from_another_layer, mixed, stale, damaged)


def no_matrix(name, kind):
    if kind == "Linear":
        return f"target.{name} is now a whole nn.Linear; x @ {name} needs the matrix, the layer's weight transposed."
    gone = "gone: it was deleted or set to None" if kind == "NoneType" else f"now of type {kind[:40]}"
    return f"target.{name} is {gone}; an nn.Parameter of shape (d_in, d_out) has to stand there."


def change_of_source(case, name, got, expected):
    if same(got, expected.T):
        return f"source.{name} was transposed in place: transpose a view of it (weight.T), and leave source as it is."
    if same(got, case.target[name], case.target[name].T):
        return f"source.{name} now holds the old numbers of target: the two were exchanged, while source is only read."
    return f"source.{name} was changed on the way: source is only read, its numbers are copied and not moved."


def frozen(name, kind):
    why = {
        "frozen parameter": "its requires_grad is False",
        "buffer": "it is a buffer, which no optimizer sees",
        "plain tensor": "it is a plain tensor, which target.parameters() does not list",
        "stray parameter": "it was set past nn.Module, and target.parameters() does not list it",
    }.get(kind, "no gradient reached a parameter of that name")
    return f"{name} did not move in the training step: {why}. It has to be a trainable nn.Parameter of target."


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "transfer_weights is not written yet."),
    ("TypeError", r"assign .*Linear.* as parameter '(\w+)'",
     "target.{0} takes an nn.Parameter, not a whole nn.Linear layer: the matrix is the layer's weight, transposed."),
    ("TypeError", r"assign .* as parameter '(\w+)'",
     "{0} is a registered parameter and takes an nn.Parameter, not a plain tensor or list: wrap the transposed one in"
     " nn.Parameter(...), or copy it into the one that is there under torch.no_grad()."),
    ("TypeError", r"assign .* child module '(\w+)'",
     "Something else was assigned to source.{0}, an nn.Linear: wrong direction. source is read, target is written."),
    (".*", r"Linear",
     "W_query, W_key and W_value of source are nn.Linear layers, not matrices: the matrix is their attribute weight."),
    ("TypeError", r"'(\w+)' object is not callable", "A {0} was called like a function: .T and .weight take no ()."),
    ("TypeError", r"transpose\(\)", "transpose() wants to know which two dimensions: .T or .transpose(0, 1)."),
    (".*", r"builtin_function_or_method", "A method was named and not called: write .t(), or .T without parentheses."),
    ("RuntimeError|KeyError", r"loading state_dict|^'?W_\w+(?:\.weight)?'?$",
     "The two state dicts do not match: SelfAttention_v2 calls its matrices W_query.weight, (out, in), SelfAttention_v1"
     " W_query, (in, out). Rename and transpose them before loading."),
    ("RuntimeError", r"leaf [Vv]ariable.*in-?place",
     "A parameter that requires gradients is not to be changed in place while autograd records: use torch.no_grad()."),
    (".*", r"size of tensor|must match|cannot be multiplied|last dimension|broadcast|out of (?:bounds|range)",
     "The shapes do not fit without transposing: nn.Linear keeps (out, in), SelfAttention_v1 needs (in, out)."),
    ("AttributeError", r"'(Parameter|Tensor)' object has no attribute 'weight'",
     "target's W_query, W_key and W_value are the matrices themselves; only the layers of source have a weight."),
    ("AttributeError", r"'(SelfAttention_v[12])' object has no attribute '(\w+)'",
     "{0} has no attribute {1}: its weights are called W_query, W_key and W_value."),
    (".*", r"NoneType.*attribute|attribute 'bias'",
     "The layers of source have no bias, and target has no place for one: only the three matrices are transferred."),
    ("RuntimeError", r"[Ii]nference", "What torch.inference_mode() made cannot be trained: use torch.no_grad()."),
    ("RuntimeError", r"dtype|Double|Half|BFloat16", "The matrices of target changed their dtype; they stay float32."),
    ("RuntimeError", r"numpy", "numpy reads no matrix that requires gradients: stay in torch, or .detach() it first."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
