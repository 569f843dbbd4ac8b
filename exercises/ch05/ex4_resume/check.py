"""Judges exercise 5.4: weights, moments and losses by a run that was never stopped, with a loop of its own.

Wrong weights are compared with those of runs that make a typical mistake each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from quizbook.judge.checks import assert_close, assert_one_each, describe, diagnosis, fail, part
from reference.model import GPTModel

CLOSE = {"rtol": 1e-4, "atol": 4e-6}  # a step moves most weights by some 1e-3
RESUMED = pytest.mark.needs("test_returns_three_things")
RIGHT = pytest.mark.needs("test_weights")
BOOK = ({"lr": lr, "weight_decay": decay} for lr in (5e-4, 4e-4, 1e-3) for decay in (0.1, 0.01))
FRESH = [{"betas": (0.9, 0.999), "eps": 1e-8, **settings} for settings in BOOK]

# -- what is drawn ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A training that stopped after some steps, and the batches of its next epoch."""

    cfg: dict[str, Any]
    weights: dict[str, Tensor]
    moments: list[dict[str, Tensor]]
    group: dict[str, Any]
    train: dict[str, Any]
    val: dict[str, Any]
    after: dict[str, Tensor]

    def sent(self):
        return {name: getattr(self, name) for name in self.__slots__}

    def batches(self, name):
        data = getattr(self, name)
        size = data.get("batch_size", len(data["inputs"]))
        return list(zip(data["inputs"].split(size), data["targets"].split(size), strict=True))

    @property
    def steps(self):
        """Steps before the stop."""
        return int(self.moments[0]["step"])


def draw(seed, *, heads, width, layers, batches):
    generator = torch.Generator().manual_seed(seed)
    vocab_size, tokens = int(torch.randint(40, 60, (), generator=generator)), 8
    cfg = {"vocab_size": vocab_size, "context_length": tokens, "emb_dim": width, "n_heads": heads, "n_layers": layers}
    cfg |= {"drop_rate": 0.0, "qkv_bias": False}  # a key's bias has a gradient of 0, which rounding makes random
    uniform = torch.rand(4, generator=generator).tolist()
    group = {
        "lr": 1e-3 * (1 + uniform[0]),
        "weight_decay": 0.15 + 0.2 * uniform[1],
        "betas": (0.82 + 0.05 * uniform[2], 0.96 + 0.02 * uniform[3]),
        "eps": 3e-7,
    }

    def data(rows):
        ids = torch.randint(vocab_size, (rows, tokens + 1), generator=generator)
        return {"inputs": ids[:, :-1].contiguous(), "targets": ids[:, 1:].contiguous()}

    torch.manual_seed(seed)
    model = GPTModel(cfg)
    optimizer = AdamW(model, group)
    for _ in range(9 + int(torch.randint(3, (), generator=generator))):
        before = data(3)
        model.zero_grad()
        mean_loss(model, before["inputs"], before["targets"]).backward()
        optimizer.step()
    moments = optimizer.moments
    train, val = data(3 * batches - 1) | {"batch_size": 3}, data(4) | {"batch_size": 2}
    return Case(cfg, values(model), moments, group, train, val, data(3))


def values(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


# -- one epoch, right or with a mistake -------------------------------------------------------------------------------


def mean_loss(model, inputs, targets):
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())


def summed_loss(model, inputs, targets):
    return F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction="sum")


def loss_of_inputs(model, inputs, targets):
    return mean_loss(model, inputs, inputs)


def loss_of_last(model, inputs, targets):
    return F.cross_entropy(model(inputs)[:, -1], targets[:, -1])


def loss_shifted_twice(model, inputs, targets):
    return F.cross_entropy(model(inputs)[:, :-1].flatten(0, 1), targets[:, 1:].flatten())


class AdamW:
    """The same as torch's, whose first use in a process imports a compiler for two seconds."""

    def __init__(self, model, group, moments=None):
        self.parameters, self.group = list(model.parameters()), group
        zeros = [
            {"step": torch.zeros(()), "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
            for p in self.parameters
        ]
        self.moments = [{name: value.detach().clone() for name, value in moment.items()} for moment in moments or zeros]

    @torch.no_grad()
    def step(self):
        rate, (beta1, beta2) = self.group["lr"], self.group["betas"]
        for parameter, moment in zip(self.parameters, self.moments, strict=True):
            gradient, mean, square = parameter.grad, moment["exp_avg"], moment["exp_avg_sq"]
            moment["step"] += 1
            steps = int(moment["step"])
            mean.lerp_(gradient, 1 - beta1)
            square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
            parameter.mul_(1 - rate * self.group["weight_decay"])
            scale = (square.sqrt() / math.sqrt(1 - beta2**steps)).add_(self.group["eps"])
            parameter.addcdiv_(mean, scale, value=-rate / (1 - beta1**steps))


@dataclass(slots=True)
class Run:
    """What an epoch came to. Only an uninterrupted run has the rest.

    later: losses of each batch after its own step. looks: mean losses of all batches after each step.
    at_end: of all batches after the epoch.
    """

    weights: dict[str, Tensor]
    losses: list[float]
    later: list[float] = ()
    looks: list[float] = ()
    at_end: list[float] = ()
    validation: list[float] = ()
    moments: list[dict[str, Tensor]] = ()
    after: dict[str, Tensor] = ()


def uninterrupted(case):
    """What is right, and what is not asked for but may come instead."""
    model, optimizer = restored(case)
    losses, later, looks = [], [], []
    for batch in case.batches("train"):
        losses += one_step(model, optimizer, batch)
        later += evaluated(model, [batch])
        looks.append(mean(evaluated(model, case.batches("train"))))
    at_end, validation = evaluated(model, case.batches("train")), evaluated(model, case.batches("val"))
    done = Run(values(model), losses, later, looks, at_end, validation)
    done.moments = [{name: value.clone() for name, value in moment.items()} for moment in optimizer.moments]
    one_step(model, optimizer, (case.after["inputs"], case.after["targets"]))
    done.after = values(model)
    return done


def run(
    case,
    *,
    state=True,
    settings=None,
    epochs=1,
    zero=True,
    data=None,
    loss=mean_loss,
    clip=None,
    once=False,
    heads=None,
):
    """The weights after an epoch with a mistake.

    once: one step for all batches together. settings: of the optimizer, in the place of the saved ones.
    """
    model, optimizer = restored(case, state=state, settings=settings, heads=heads)
    batches = epochs * (case.batches("train") if data is None else data)
    for number, batch in enumerate(batches):
        first, last = number == 0, number == len(batches) - 1
        one_step(
            model, optimizer, batch, zero=zero and (first or not once), loss=loss, clip=clip, move=last or not once
        )
    return values(model)


def restored(case, *, state=True, settings=None, heads=None):
    model = GPTModel(case.cfg | {"n_heads": heads or case.cfg["n_heads"]})
    model.load_state_dict(case.weights)
    return model, AdamW(model, settings or case.group, case.moments if state else None)


def one_step(model, optimizer, batch, *, zero=True, loss=mean_loss, clip=None, move=True):
    if zero:
        model.zero_grad()
    value = loss(model, *batch)
    value.backward()
    if clip:
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    if move:
        optimizer.step()
    return [value.item()]


def mean(numbers):
    return sum(numbers) / len(numbers)


def evaluated(model, batches):
    with torch.no_grad():
        return [mean_loss(model, inputs, targets).item() for inputs, targets in batches]


def mistakes(case, told):
    """Arguments of `run` with the sentences that name them; told: settings that the returned optimizer has."""
    train, val = case.batches("train"), case.batches("val")
    loops = [
        ({}, ""),
        ({"zero": False}, "The gradients of earlier batches are still there: call optimizer.zero_grad() for every batch."),
        ({"epochs": 2}, "That is what two epochs give: go over train_loader once."),
        ({"epochs": 3}, "That is what three epochs give: go over train_loader once."),
        ({"data": val}, "The epoch goes over val_loader: train on train_loader."),
        ({"data": train + val}, "val_loader is trained on too: nothing but train_loader is to move the weights."),
        ({"data": val + train}, "val_loader is trained on too: nothing but train_loader is to move the weights."),
        ({"data": train[:1]}, "Only the first batch is trained on: is there a return or break within the loop?"),
        ({"data": train[:-1]}, "The last batch is left out; it is smaller than the others, and belongs to the epoch."),
        ({"data": train[1:]}, "The first batch is left out: next(iter(train_loader)), or a counter that starts late?"),
        ({"data": train[-1:]}, "Only the last batch is trained on: backward and step belong into the loop."),
        ({"data": train[::-1]}, "The batches come in the reverse order."),
        ({"data": [pair for pair in train for _ in range(2)]}, "Each batch takes two steps; one is asked for."),
        ({"once": True}, "One step is taken for all batches together: zero_grad and step belong into the loop."),
        *(({"clip": clip}, "The gradients are clipped; here they are taken as they are.") for clip in (1.0, 0.5)),
        *(({"heads": n}, f"The model has {n} heads; checkpoint['cfg'] says how many, and any number fits the weights.") for n in (1, 2, 3, 4) if case.cfg["emb_dim"] % n == 0),
        ({"loss": summed_loss}, "The loss is the sum over the tokens; the mean is asked for."),
        ({"loss": loss_of_inputs}, "The loss compares with the inputs: the targets are the second part of each batch."),
        ({"loss": loss_of_last}, "The loss looks at the last token only; all tokens of a batch count."),
        ({"loss": loss_shifted_twice}, "The targets are shifted once more; those of the loader are the next tokens already."),
        ({"data": train, "loss": lambda m, x, y: mean_loss(m, x, y) / len(train)}, "The loss is divided by the number of batches; each batch counts in full."),
    ]  # fmt: skip
    own = [told] if told and any(told[name] != case.group[name] for name in told) else []
    starts = [
        ({}, ""),
        *(({"settings": settings}, NEW_SETTINGS) for settings in own),
        *(({"state": False, "settings": settings}, FORGOTTEN) for settings in (*own, case.group, *FRESH)),
    ]
    for start, first in starts[: 2 + len(own)]:
        for loop, second in loops:
            yield start | loop, " ".join(filter(None, (second, first)))
    yield from starts[2 + len(own) :]


FORGOTTEN = (
    "The weights are those of a fresh AdamW: the optimizer's state was not loaded. Its moments start at 0 again, so"
    " call optimizer.load_state_dict(checkpoint['optimizer_state_dict']) before the epoch."
)
LATE = (
    "The optimizer's state was loaded after the training: the steps were taken without it, and what it learned is lost."
)
NEW_SETTINGS = (
    "The optimizer has settings of its own: learning rate and weight decay are in the saved state, and stay what they"
    " were in the stopped training. Change nothing in param_groups after loading."
)
NO_STEP = (
    "No step has moved the weights: they are still those of the checkpoint. In the loop come zero_grad, the loss,"
    " backward, step, in this order; and the model that was trained is the one to return."
)
OTHER_MODEL = (
    "The weights are still those of the checkpoint: the optimizer holds the parameters of another model than the one"
    " that is returned. Build and load the model once, then make the optimizer for it."
)
RELOADED = (
    "The weights are those of the checkpoint again, although steps were taken: load them before the training, and"
    " return the model that was trained."
)
NOT_LOADED = (
    "The weights are not those of the checkpoint, moved by an epoch: they are far away from them. Load them into the"
    " model that is trained: model.load_state_dict(checkpoint['model_state_dict'])."
)

# -- what came back ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(submission, run_seed):
    """Each case with the uninterrupted run and what the submission made of it."""
    shapes = [
        {"heads": 2, "width": 16, "layers": 2, "batches": 4},
        {"heads": 3, "width": 12, "layers": 1, "batches": 3},
    ]
    cases = [draw(run_seed + number, **shape) for number, shape in enumerate(shapes)]
    got = submission.call("resumed", cases=[case.sent() for case in cases])
    assert_one_each(got, cases, "checkpoint")
    return [(case, uninterrupted(case), answer) for case, answer in zip(cases, got, strict=True)]


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def told_settings(answer):
    """What the returned optimizer says of itself, where AdamW could work with it; colours sentences only."""
    group = part(answer, "optimizer", "group")
    betas = part(group, "betas")
    numbers = [part(group, name) for name in ("lr", "weight_decay", "eps")]
    if not isinstance(betas, list | tuple) or len(betas) != 2 or not all(map(is_number, [*numbers, *betas])):
        return None
    sane = 0 <= numbers[0] < 10 and 0 <= numbers[1] < 10 and 0 <= numbers[2] < 1 and all(0 <= b < 1 for b in betas)
    return dict(zip(("lr", "weight_decay", "eps"), numbers, strict=True)) | {"betas": tuple(betas)} if sane else None


def told_steps(answer):
    """How many steps the returned optimizer has counted, or None."""
    moments = part(answer, "optimizer", "moments")
    step = part(moments[0], "step") if isinstance(moments, list) and moments else None
    if not isinstance(step, Tensor) or step.numel() != 1 or step.is_complex():
        return None
    number = step.item()
    return round(number) if is_number(number) else None


def same(got, expected):
    """Whether a dict holds the same tensors, whatever came."""
    return isinstance(got, dict) and all(
        isinstance(got.get(name), Tensor)
        and got[name].shape == value.shape
        and not got[name].is_complex()
        and torch.allclose(got[name].double(), value.double(), **CLOSE)
        for name, value in expected.items()
    )


# -- the checks -------------------------------------------------------------------------------------------------------


def test_returns_three_things(answers):
    """resume returns the model, the optimizer and the list of losses."""
    for _, _, answer in answers:
        kinds = part(answer, "kinds")
        if kinds == "NoneType":
            fail("resume returns nothing; it ends with return model, optimizer, losses.")
        if not isinstance(kinds, list):
            fail("resume returns one thing; model, optimizer and losses are asked for.", got=str(kinds)[:60])
        shown = ", ".join(str(kind)[:30] for kind in kinds[:8])
        if kinds and all(kind == "float" for kind in kinds):
            fail("The losses alone are returned; model, optimizer and losses are asked for.", got=shown)
        if len(kinds) != 3:
            fail(f"resume returns {len(kinds)} things; model, optimizer and losses are asked for.", got=shown)
        if kinds[:2] == ["optimizer", "module"]:
            fail("Model and optimizer are exchanged: the model comes first.", got=shown)
        if kinds[0] != "module":
            what = "a dictionary, such as its weights" if "ict" in str(kinds[0]) else "something else"
            fail(f"The first thing is no model but {what}: return the model itself.", expected="a GPTModel", got=shown)
        if kinds[1] != "optimizer":
            fail("The second thing is no optimizer: return the AdamW itself, not its state.", got=shown)


@RESUMED
@pytest.mark.points(3)
def test_weights(answers):
    """After the epoch the weights are those of a run that was never stopped."""
    for case, right, answer in answers:
        got = part(answer, "weights")
        if not same(got, right.weights):
            check_names(got, right.weights)
            sentence = why_wrong(case, right, answer, got)
            for name, value in right.weights.items():
                assert_close(got[name], value, lambda *_, told=sentence: told, what=f"{name} after the epoch", **CLOSE)


def check_names(got, expected):
    if not isinstance(got, dict):
        fail("The model that came back has no weights.", got=describe(got))
    missing = [name for name in expected if not isinstance(got.get(name), Tensor)]
    if missing:
        fail(f"The model that came back has no {missing[0]}: it is no GPTModel of the checkpoint's cfg.")
    for name, value in expected.items():
        if got[name].shape != value.shape:
            fail(
                f"{name} has another shape: build the model from checkpoint['cfg'].",
                expected=describe(value),
                got=describe(got[name]),
            )


def why_wrong(case, right, answer, got):
    if same(got, case.weights):
        if same(part(answer, "after"), case.weights):
            return OTHER_MODEL
        return RELOADED if (told_steps(answer) or 0) > case.steps else NO_STEP
    for arguments, sentence in mistakes(case, told_settings(answer)):
        if sentence and same(got, run(case, **arguments)):
            late = sentence == FORGOTTEN and told_steps(answer) == case.steps
            return LATE if late else sentence
    if far_away(case, got):
        return NOT_LOADED
    if part(answer, "dropout"):
        return "The model has dropout: build it from checkpoint['cfg'] as it is, where drop_rate is 0."
    if str(part(answer, "optimizer", "type")) not in ("AdamW", "Adam", "None"):
        return f"The optimizer is {str(part(answer, 'optimizer', 'type'))[:20]}; the stopped training had torch.optim.AdamW, and its state."
    if still := [name for name in case.weights if same(got, {name: case.weights[name]})]:
        return f"{still[0]} has not moved, while others have: every parameter is trained, none is frozen or left out."
    return why_wrong_start(right, answer) or why_wrong_settings(case, answer)


def why_wrong_start(right, answer):
    losses, expected = part(answer, "losses"), right.losses[0]
    first = losses[0] if isinstance(losses, list) and losses and is_number(losses[0]) else expected
    if abs(first - expected) <= 1e-3:
        return None
    for parts in range(2, 9):
        if math.isclose(first * parts, expected, rel_tol=1e-4):
            return f"The loss is divided by {parts}, as for accumulated gradients; here each batch counts in full."
    return (
        f"The first loss is {first:.4f}; with the checkpoint's weights and the first batch it is {expected:.4f}. Take the"
        " batches of train_loader as they come, none shuffled, and the mean cross entropy over all tokens."
    )


def why_wrong_settings(case, answer):
    told = told_settings(answer)
    if told_steps(answer) == len(case.batches("train")):
        return FORGOTTEN
    if told and any(not math.isclose(told[name], case.group[name], rel_tol=1e-6) for name in ("lr", "weight_decay")):
        return NEW_SETTINGS
    return None


def far_away(case, got):
    """Whether a typical weight is further from the checkpoint than thirty steps would bring it."""
    distances = torch.cat([(got[n].real.double() - v).abs().flatten() for n, v in case.weights.items() if v.ndim == 2])
    return bool(distances.nan_to_num(1e9).median() > 30 * case.group["lr"])


@RIGHT
def test_losses(answers):
    """The list holds the loss of each batch of the epoch, taken before its step."""
    for case, right, answer in answers:
        got, expected = part(answer, "losses"), right.losses
        if not isinstance(got, list):
            fail("losses is no list: collect the loss of each batch in one.", got=describe(got))
        if got and all(isinstance(loss, Tensor) for loss in got):
            fail(
                "The list holds tensors, which keep their graphs alive: loss.item() makes a float.",
                got=describe(got[0]),
            )
        if not all(map(is_number, got)):
            fail(
                "The list holds something that is no finite number.",
                got=describe(next(v for v in got if not is_number(v))),
            )
        if close(got, expected):
            continue
        for wrong, sentence in known_losses(case, right):
            if close(got, wrong):
                fail(sentence, expected=shown(expected), got=shown(got))
        if len(got) != len(expected):
            fail(
                f"The list holds {len(got)} losses; the epoch has {len(expected)} batches, one loss each.",
                expected=shown(expected),
                got=shown(got),
            )
        place = next(n for n, pair in enumerate(zip(got, expected, strict=True)) if not close(pair[:1], pair[1:]))
        fail(f"Loss {place} is not that of batch {place}, before its step.", expected=shown(expected), got=shown(got))


def close(got, expected):
    return len(got) == len(expected) and all(
        math.isclose(a, b, rel_tol=2e-5, abs_tol=1e-6) for a, b in zip(got, expected, strict=True)
    )


def shown(numbers):
    told = [f"{number:.5g}" for number in numbers[:8]]
    return f"[{', '.join(told)}{', ...' if len(numbers) > 8 else ''}]"


def known_losses(case, right):
    losses, later, end, count = right.losses, right.later, right.at_end, len(right.losses)
    sums = [sum(losses[: n + 1]) for n in range(count)]
    tokens = [targets.numel() for _, targets in case.batches("train")]
    vals = [right.validation, [mean(right.validation)]]
    return [
        ([], "The list is empty: append loss.item() for each batch."),
        ([sums[-1] / count], "That is the mean of the epoch alone; one loss for each batch is asked for."),
        ([sums[-1]], "That is the sum over the epoch; one loss for each batch is asked for."),
        (losses[-1:], "Only the last batch's loss is there: append within the loop."),
        (losses[:1], "Only the first batch's loss is there."),
        (later, "The losses were computed after the step on each batch; the loss before it is asked for: loss.item()."),
        *((v, "Those are train_model_simple's looks at the training loss, taken after steps; the loss of each batch before its step is asked for.") for v in (right.looks, right.looks[:1])),
        *(([mean(v), mean(right.validation)], "Those are a training and a validation loss; the loss of each batch of train_loader is asked for.") for v in (losses, end)),
        (end, "The losses were computed when the epoch was over; take each batch's before its step."),
        ([sum(end) / count], "That is the training loss after the epoch; the loss of each batch is asked for."),
        *((v, "That is the loss of the validation loader; the losses of train_loader's batches are asked for.") for v in vals),
        *((losses + v, "The loss of the validation loader stands in the list too; it does not belong there.") for v in vals),
        (sums, "The losses are added up from batch to batch; each batch's own is asked for."),
        ([v / (n + 1) for n, v in enumerate(sums)], "That is the running mean; each batch's own loss is asked for."),
        ([v * n for v, n in zip(losses, tokens, strict=True)], "The losses are summed over tokens; the mean is asked for."),
        ([v / count for v in losses], "Each loss is divided by the number of batches; take it as it is."),
        ([math.exp(v) for v in losses], "Those are perplexities, the exponentials of the losses."),
        (losses[::-1], "The losses stand in the reverse order."),
        (losses + losses, "Each loss stands there twice."),
        (losses[1:], "The first batch's loss is missing."),
        (losses[:-1], "The last batch's loss is missing."),
        *(([round(v, digits) for v in losses], "The losses are rounded; keep them as they are.") for digits in range(1, 5)),
    ]  # fmt: skip


@RIGHT
def test_optimizer_state(answers):
    """The optimizer's averages and step counts are those of a run that was never stopped."""
    for case, right, answer in answers:
        moments = part(answer, "optimizer", "moments")
        if not isinstance(moments, list) or len(moments) != len(right.moments):
            fail(
                "The optimizer holds other parameters than the model has.", expected=f"{len(right.moments)} parameters"
            )
        late = told_steps(answer) == case.steps
        names = [name for name, _ in GPTModel(case.cfg).named_parameters()]
        for name, got, expected in zip(names, moments, right.moments, strict=True):
            for kind in ("step", "exp_avg", "exp_avg_sq"):
                if not isinstance(part(got, kind), Tensor):
                    fail(f"The optimizer has no {kind} for {name}: return the one that took the steps.")
                assert_close(
                    got[kind],
                    expected[kind],
                    lambda *_, late=late: LATE if late else None,
                    what=f"the optimizer's {kind} for {name}",
                    rtol=1e-3,
                    atol=1e-6,
                )


@RIGHT
def test_training_goes_on(answers):
    """One more step with the returned optimizer moves the returned model as it should."""
    for case, right, answer in answers:
        got = part(answer, "after")
        if isinstance(got, str):
            fail("The training cannot go on with what was returned.", got=got[:200])
        if same(got, right.weights):
            fail(
                "One more step with the returned optimizer does not move the returned model: the optimizer holds the"
                " parameters of another one, such as of a copy."
            )
        check_names(got, right.after)
        steps = told_steps(answer)
        for name, value in right.after.items():
            assert_close(
                got[name],
                value,
                lambda *_, late=steps == case.steps: LATE if late else None,
                what=f"{name} after one more step",
                **CLOSE,
            )


# -- exceptions -------------------------------------------------------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "resume is not written yet."),
    ("KeyError", r"^'(momentum|dampening|nesterov|square_avg|sum|momentum_buffer)'",
     "The optimizer is of another kind than the one that was saved: the state is that of torch.optim.AdamW."),
    ("KeyError", r"^'(param_groups|state)'",
     "Something else was given to optimizer.load_state_dict: checkpoint['optimizer_state_dict'] is the optimizer's state."),
    ("KeyError", r"^'?(\w+)", "There is no key {0}: the checkpoint has cfg, model_state_dict and optimizer_state_dict."),
    ("RuntimeError", r"Unexpected key.*model_state_dict|Unexpected key.*param_groups",
     "The wrong part of the checkpoint was given to model.load_state_dict: it takes checkpoint['model_state_dict']."),
    ("RuntimeError", r"Missing key\(s\) in state_dict: \"tok_emb.weight\"",
     "What model.load_state_dict got has other names than the model's: give it checkpoint['model_state_dict'] as it is."),
    ("RuntimeError", r"loading state_dict",
     "The model has other sizes than the saved one: build it with GPTModel(checkpoint[\"cfg\"])."),
    ("ValueError", r"parameter group|number of parameter groups",
     "The optimizer was made for other parameters than the saved one: torch.optim.AdamW(model.parameters()), all of them."),
    ("ValueError", r"empty parameter list", "The optimizer got no parameters: give it model.parameters(), anew each time."),
    ("FileNotFoundError|IsADirectoryError", "", "The file is where path says, not at a place of its own."),
    ("UnpicklingError|RuntimeError|EOFError", r"weights.?only|Weights only|PytorchStreamReader|pickle",
     "The file is read with torch.load(path), which gives the dictionary."),
    (".*", r"_IncompatibleKeys", "load_state_dict changes the model in place and does not return it."),
    ("AttributeError", r"'(\w+)' object has no attribute '(zero_grad|step|param_groups)'",
     "load_state_dict changes the optimizer in place and returns nothing: do not assign what it gives."),
    ("AttributeError", r"'(dict|OrderedDict|str|NoneType)' object has no attribute '(train|eval|parameters|load_state_dict|to|zero_grad)'",
     "A {0} is taken for the model or the optimizer: build it first, then load its state into it."),
    ("TypeError", r"'(dict|OrderedDict)' object is not callable", "A {0} is called as if it were the model: build it first."),
    ("TypeError", r"GPTModel.*(keyword|positional)", "GPTModel takes the dictionary itself: GPTModel(checkpoint['cfg'])."),
    ("ValueError|TypeError", r"configuration", "The model is built from checkpoint['cfg'], the dictionary, as it is."),
    ("AttributeError", r"'float' object has no attribute 'backward'",
     "The loss is a float already: backward needs the tensor, so .item() or calc_loss_loader come too early."),
    ("RuntimeError", r"does not require grad",
     "The loss has no graph: is it computed under torch.no_grad(), detached, or are the parameters frozen?"),
    ("RuntimeError", r"backward through the graph", "backward is called twice on one loss: compute it anew for each batch."),
    ("RuntimeError", r"modified by an inplace", "The step changes weights that a later backward still needs: backward, then step."),
    ("ValueError|RuntimeError", r"Expected input batch_size|Expected target size|expected scalar type|only batches of spatial|multi-target",
     "cross_entropy takes logits of (batch * tokens, vocab_size) and targets of (batch * tokens,): flatten both, or call calc_loss_batch."),
    ("ValueError|IndexError|RuntimeError", r"not in the vocabulary|index out of range|no tokens of this|context length",
     "The model got ids of another tokenizer, as for a sample text: its vocabulary is small, so print none."),
    ("ValueError|TypeError", r"unpack", "A batch is (inputs, targets), and the loader gives nothing else."),
    ("TypeError", r"token ids are a (\w+)", "The model was given a {0}: a batch is (inputs, targets), the inputs go in."),
    ("TypeError", r"train_model_simple", "train_model_simple needs other arguments, a tokenizer too: write the loop here."),
    ("StopIteration", "", "The loader had no more batches: go over it with for."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
