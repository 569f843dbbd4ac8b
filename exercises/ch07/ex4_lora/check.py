"""Judges exercise 7.4 by weights and losses that the reference's adapters give for the same numbers."""

from __future__ import annotations

import math
import random
import statistics
import time
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, gelu, one_hot, relu

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, looks_like, part, remark
from quizbook.judge.findings import Finding
from reference.lora import freeze, replace_linear_with_lora
from reference.model import GPTModel

RUNS = (7, 1, 2)  # steps; of the three batches, the first run takes the first one three times
ROWS, TOKENS, BATCHES = 3, 6, 3
PAIRS, WARM = 5, 1  # of timed steps
BEFORE = "Freeze first, then put the adapters in: a loop over the parameters that comes later freezes them too."


# -- what is drawn -----------------------------------------------------------------------------------------------------


def sizes(dice):
    """A rank and an alpha that no mistake confuses."""
    rank = dice.randint(2, 4)
    return rank, rank + dice.choice([2, 3, 5, 7]) + (rank == 2)


def drawn_layers(seed):
    dice, generator = random.Random(seed), torch.Generator().manual_seed(seed)
    for leading in ((4,), (), (2, 3)):
        d_in, rank_alpha = dice.randint(6, 12), sizes(dice)
        d_out = d_in if len(leading) == 1 else d_in - dice.randint(1, 3)
        shapes = {"A": (d_in, rank_alpha[0]), "B": (rank_alpha[0], d_out), "x": (*leading, d_in)}
        shapes |= {"weight": (d_out, d_in)} | ({"bias": (d_out,)} if leading else {})
        yield rank_alpha, {name: torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def drawn_gpt(seed):
    dice = random.Random(seed)
    cfg = {"vocab_size": dice.randint(37, 59), "context_length": 8, "emb_dim": 12, "n_heads": 2, "n_layers": 2}
    cfg |= {"drop_rate": 0.0, "qkv_bias": bool(dice.randint(0, 1))}
    torch.manual_seed(seed)
    model = GPTModel(cfg)
    with torch.no_grad():
        model.out_head.weight *= 3  # so that the losses of two batches differ
    x = torch.randint(cfg["vocab_size"], (ROWS * BATCHES, TOKENS))
    y = torch.randint(cfg["vocab_size"], x.shape)
    y[::2, -2:] = -100
    return model, {"cfg": cfg, "state": model.state_dict(), "sizes": sizes(dice), "x": x, "y": y}


def drawn_nest(seed):
    dice = random.Random(seed)
    nest = [dice.randint(5, 9) for _ in range(4)]
    torch.manual_seed(seed)
    a, b, c, d = nest
    inner = nn.Sequential(nn.Linear(b, c, bias=False), nn.LayerNorm(c))
    model = nn.Sequential(nn.Linear(a, b), nn.Sequential(nn.GELU(), inner), nn.Linear(c, d))
    return model, {"nest": nest, "state": model.state_dict(), "sizes": sizes(dice), "x": torch.randn(3, a)}


def linears(model):
    return {name: module for name, module in model.named_modules() if isinstance(module, nn.Linear)}


def own_name(name, layers):
    """The name of a weight of the model once its layer stands in a LinearWithLoRA."""
    layer, _, last = name.rpartition(".")
    return f"{layer}.linear.{last}" if layer in layers else name


# -- what came ---------------------------------------------------------------------------------------------------------


def is_real(value, shape=None):
    real = isinstance(value, Tensor) and value.dtype != torch.bool and not value.dtype.is_complex
    return real and (shape is None or tuple(value.shape) == tuple(shape)) and value.numel() < 10**6


def same(got, expected, rtol=1e-4, atol=1e-5):
    return is_real(got, expected.shape) and torch.allclose(got.double(), expected.double(), rtol=rtol, atol=atol)


def check_not_refused(answer, what):
    refused = part(answer, "refused")
    if isinstance(refused, list) and len(refused) == 2 and all(isinstance(word, str) for word in refused):
        named = diagnose(SimpleNamespace(type=refused[0], message=refused[1]))
        fail(named or f"{what} cannot be called with x.", got=f"{refused[0][:40]}: {refused[1][:200]}")


def answered(submission, name, cases):
    got = submission.call(name, cases=cases)
    assert_one_each(got, cases, "call")
    return list(zip(cases, got, strict=True))


# -- one adapter -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def layers(submission, run_seed):
    cases = [
        {"sizes": [*reversed(tensors["weight"].shape), *rank_alpha], **{n: tensors[n] for n in "ABx"}}
        for rank_alpha, tensors in drawn_layers(run_seed)
    ]
    return answered(submission, "layers", cases)


def test_adapter_starts(layers):
    """A LoRALayer starts with random numbers in A, (in_dim, rank), and zeros in B, (rank, out_dim)."""
    for case, answer in layers:
        for name in "AB":
            check_matrix(name, case, part(answer, "start", name), part(answer, "kinds", name))
        a, b = part(answer, "start", "A"), part(answer, "start", "B")
        if not a.isfinite().all() or not b.isfinite().all():
            fail("A or B starts with numbers that are not finite: torch.empty has to be filled.", got="nan or inf")
        if not b.any() and not a.any():
            fail("A and B are both zero: each one's gradient is then zero, and nothing is ever learned. A is random.")
        if b.any() and not a.any():
            fail("A starts with zeros and B with random numbers; it is the other way round: A random, B zero.")
        if b.any():
            known = "B does not start with zeros: an untrained adapter then changes the model's output already."
            fail(known, expected="zeros", got=f"numbers up to {b.abs().max().item():.3g}")
        if (a == a.flatten()[0]).all():
            fail("A starts with the same number everywhere: all columns then learn the same. It starts at random.")
        if not 1e-4 < a.double().std() < 1e2:
            fail("A does not start with small numbers.", expected="about 1 / sqrt(rank)", got=f"{a.double().std():.3g}")


def check_matrix(name, case, got, kind):
    d_in, d_out, rank, alpha = case["sizes"]
    shape = (d_in, rank) if name == "A" else (rank, d_out)
    if kind == "Linear":
        fail(f"{name} is an nn.Linear; it has to be an nn.Parameter of shape {shape}, used as x @ A @ B.")
    if got is None:
        fail(f"The LoRALayer has no {name}: its matrices are called A and B.", expected=f"an nn.Parameter {shape}")
    if not is_real(got):
        fail(f"{name} is no matrix of numbers.", expected=f"an nn.Parameter {shape}", got=str(kind)[:60])
    if kind == "Tensor":
        fail(f"{name} is a plain tensor, which no optimizer sees: wrap it in nn.Parameter(...).")
    if kind == "frozen parameter":
        fail(f"{name} does not ask for gradients (requires_grad is False): both matrices of an adapter are trained.")
    sentences = {
        tuple(reversed(shape)): f"{name} is transposed: x @ A @ B needs A (in_dim, rank) and B (rank, out_dim).",
        (d_out, rank) if name == "A" else (rank, d_in): "in_dim and out_dim are exchanged.",
        (d_in, alpha) if name == "A" else (alpha, d_out): "rank and alpha are exchanged.",
        (d_in, d_out): f"{name} is as large as the layer's weight: the rank plays no part.",
        (d_in, 16) if name == "A" else (16, d_out): "The rank is always 16; the rank that comes counts.",
        (d_in, 8) if name == "A" else (8, d_out): "The rank is always 8; the rank that comes counts.",
    }
    if tuple(got.shape) != shape:
        fail(
            sentences.get(tuple(got.shape), f"{name} has the wrong shape."),
            expected=f"shape {shape} for in_dim {d_in}, out_dim {d_out}, rank {rank}, alpha {alpha}",
            got=f"shape {tuple(got.shape)}",
        )


@pytest.mark.points(2)
def test_adapter_output(layers):
    """Its output is alpha * (x @ A @ B), for any A and B and any leading dimensions of x."""
    for case, answer in layers:
        for name in "AB":
            check_matrix(name, case, part(answer, "start", name), part(answer, "kinds", name))
        (d_in, d_out, rank, alpha), x, a, b = case["sizes"], case["x"], case["A"], case["B"]
        product, got, again = x @ a @ b, part(answer, "output"), part(answer, "again")
        told = f"for rank {rank} and alpha {alpha}"
        check_not_refused(answer, "A LoRALayer")
        if got is None:
            fail("The LoRALayer returns nothing: forward ends with return.", expected="a tensor")
        hints = [
            *factors(product, rank, alpha),
            (alpha * (gelu(x @ a) @ b), "A GELU stands between A and B; an adapter is linear."),
            (alpha * (relu(x @ a) @ b), "A ReLU stands between A and B; an adapter is linear."),
            (alpha * (x @ a), "Only A is used; B is missing."),
            (torch.zeros_like(product), "The adapter returns zeros whatever A and B are."),
        ]
        if d_in == d_out:
            hints += [
                (alpha * product + x, "The input is added once more: the sum is LinearWithLoRA's, and with the layer."),
                (alpha * (x @ (a @ b).T), "The product A @ B is transposed: x @ A @ B needs no .T here."),
            ]
        if is_real(got, product.shape) and is_real(again, product.shape) and not torch.equal(got, again):
            fail("Two calls with the same x differ: no dropout is asked for, and nothing random in forward.")
        assert_close(got, alpha * product, *named(hints), multiple(product, alpha), what=f"alpha * (x @ A @ B) {told}")


def factors(product, rank, alpha):
    """What other factors than alpha make of the product, each with its sentence."""
    return [
        (product, "alpha is missing: the product is multiplied by alpha."),
        (alpha / rank * product, "The product is multiplied by alpha / rank, as in the paper; here by alpha itself."),
        (alpha / math.sqrt(rank) * product, "The product is multiplied by alpha / sqrt(rank); here by alpha itself."),
        (alpha // rank * product, "The product is multiplied by alpha // rank; here by alpha itself."),
        (rank / alpha * product, "The product is multiplied by rank / alpha; here by alpha."),
        (rank * product, "The product is multiplied by rank; rank and alpha are exchanged."),
        (product / rank, "The product is divided by rank, and alpha is missing; multiply by alpha."),
        (product / alpha, "The product is divided by alpha; it is multiplied by it."),
        (alpha * rank * product, "The product is multiplied by alpha and rank; by alpha alone."),
        (alpha**2 * product, "alpha is applied twice."),
        (-alpha * product, "The adapter has the wrong sign."),
        (16 * product, "The factor is always 16; the alpha that comes counts."),
    ]


def multiple(product, alpha):
    """A hint for any other factor."""

    def hint(got, expected):
        factor = ((got.double() * product).sum() / product.double().pow(2).sum()).item()
        right = same(got, factor * product)
        return f"The product is multiplied by {factor:.4g}; here it is by alpha, {alpha}." if right else None

    return hint


def named(hints):
    return [looks_like(value, sentence) for value, sentence in hints]


@pytest.mark.needs("test_adapter_output")
def test_linear_with_adapter(submission, seed):
    """A LinearWithLoRA returns the sum of its layer's output and its adapter's, with and without bias."""
    cases = [{"sizes": list(rank_alpha), **tensors} for rank_alpha, tensors in drawn_layers(seed)]
    for case, answer in answered(submission, "wrapped", cases):
        (rank, alpha), weight, x = case["sizes"], case["weight"], case["x"]
        base = x @ weight.T + case.get("bias", 0)
        product = x @ case["A"] @ case["B"]
        for name in ("linear", "lora"):
            kind = part(answer, name)
            if kind != ("Linear" if name == "linear" else "LoRALayer"):
                asked = "the given nn.Linear" if name == "linear" else "a LoRALayer"
                fail(f"LinearWithLoRA has to keep {asked} as {name}.", expected=asked, got=str(kind)[:60])
        if same(part(answer, "kept"), weight) is False:
            fail("linear is not the layer that was given: a new one was made, and the trained weights are lost.")
        for name in "AB":
            check_matrix(
                name,
                {"sizes": [*reversed(weight.shape), rank, alpha]},
                part(answer, "start", name),
                part(answer, "kinds", name),
            )
        check_not_refused(answer, "A LinearWithLoRA")
        got, first = part(answer, "output"), part(answer, "first")
        if first is None:
            fail("LinearWithLoRA returns nothing: forward ends with return.", expected="a tensor")
        if got is None:
            fail(
                "The adapter lora has no A and B of fitting shapes: LoRALayer(linear.in_features, linear.out_features,"
                " rank, alpha), in this order."
            )
        hints = [(base + wrong, sentence) for wrong, sentence in factors(product, rank, alpha)]
        hints[0] = base + product, "The adapter gets another alpha than the one that comes."
        hints[9] = base + alpha**2 * product, "alpha is applied twice: the LoRALayer multiplies by it already."
        hints += [
            (base, "The adapter plays no part: the output is the layer's alone."),
            (alpha * product, "The layer itself plays no part: the output is the adapter's alone."),
            (base - alpha * product, "The adapter is subtracted; both are added."),
            (base * (alpha * product), "Both are multiplied; they are added."),
            (alpha * (base + product), "alpha multiplies the layer too; it belongs to the adapter alone."),
            ((base + alpha * product) / 2, "The mean of both is returned; the sum is asked for."),
            (x @ weight.T + alpha * product, "The layer's bias is lost: call the layer instead of using its weight."),
        ]
        if weight.shape[0] == weight.shape[1]:
            chained = base + alpha * (base @ case["A"] @ case["B"])
            hints += [
                (chained, "The adapter gets the layer's output; it stands beside the layer and gets x."),
                (chained - base, "The adapter comes after the layer; it stands beside it, and both outputs are added."),
            ]
        assert_close(got, base + alpha * product, *named(hints), what="layer plus adapter")
        known = looks_like(torch.zeros_like(base), "At first it returns zeros: the layer itself has to be in the sum.")
        assert_close(first, base, known, what="the output of an untrained LinearWithLoRA")


# -- a whole model -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def adapted(submission, run_seed):
    drawn = [drawn_gpt(run_seed), drawn_nest(run_seed)]
    pairs = answered(submission, "adapted", [{k: v for k, v in case.items() if k != "y"} for _, case in drawn])
    return [(model, case, answer) for (model, _), (case, answer) in zip(drawn, pairs, strict=True)]


@pytest.mark.points(2)
def test_every_linear_layer(adapted):
    """Every linear layer of a model has an adapter afterwards, at any depth, and nothing else changed."""
    for model, case, answer in adapted:
        check_places(linears(model), model, case, part(answer, "state"), part(answer, "returned"))


def check_places(layers, model, case, state, returned=None):
    rank, alpha = case["sizes"]
    if not isinstance(state, dict) or not all(isinstance(name, str) for name in state):
        fail("The model has no state dict after it was adapted.")
    adapted = [name for name in layers if f"{name}.lora.A" in state and f"{name}.lora.B" in state]
    told = {"expected": f"{len(layers)} linear layers with an adapter", "got": f"{len(adapted)} with one"}
    if twice := [
        name for name in state if name.count(".lora.") + name.count(".linear.") > 1 or ".linear.linear" in name
    ]:
        fail(f"Adapters stand in adapters ({twice[0][:80]}): the layer inside a LinearWithLoRA is not replaced again.")
    if dotted := [name for name in adapted if f"{name}.weight" in state]:
        fail(
            f"{dotted[0]} was set on the model itself under a name with dots, and its real place kept the old layer:"
            " set the new module on the layer's parent.",
            **told,
        )
    check_forgotten([name for name in layers if name not in adapted], adapted, layers, state, returned, told)
    for name, layer in layers.items():
        shape = {"sizes": [layer.in_features, layer.out_features, rank, alpha]}
        for matrix in "AB":
            check_matrix(matrix, shape, state[f"{name}.lora.{matrix}"], "parameter")
    for name, value in case["state"].items():
        got = state.get(own_name(name, layers))
        if not is_real(got, value.shape):
            fail(f"{name} is lost: a LinearWithLoRA keeps the layer itself as linear.", got=list(state)[:3])
        if not torch.equal(got.double(), value.double()):
            fail(f"{name} is changed by replacing: the layers that are there are kept, not made anew.")


def check_forgotten(forgotten, adapted, layers, state, returned, told):
    attention = {name for name in layers if ".att." in name}
    of_blocks = {name for name in layers if name.startswith("trf_blocks.")}
    queries = {name for name in layers if name.endswith(("W_query", "W_value"))}
    sizes = {layer.out_features == layer.in_features for name, layer in layers.items() if name in forgotten}
    if not forgotten:
        return
    if not adapted:
        for name in forgotten:
            if own := [key.rpartition(f"{name}.lora.")[2] for key in state if key.startswith(f"{name}.lora.")]:
                fail(f"The adapters' matrices are not called A and B, but {', '.join(own)[:60]}.", **told)
        if isinstance(returned, list) and any(isinstance(name, str) and ".lora." in name for name in returned):
            fail("A copy got the adapters, and was returned; the model that is given has to be changed itself.", **told)
        why = "a name that is set to a new layer in a loop (child = ...) is not the model's own: use setattr"
        fail(f"The model has no adapters: {why}.", **told)
    for found, sentence in [
        ({n for n in layers if "." not in n}, "Only the model's direct children are replaced: the function has to go"
         " into every other child too, and so on down."),
        (attention, "Only the attention layers have adapters; feed forward and output head have linear layers too."),
        (queries, "Only queries and values have adapters; here every linear layer gets one."),
        (of_blocks - attention, "Only the feed forward layers have adapters; every linear layer gets one."),
        (of_blocks, "The output head is left out: it is a linear layer too."),
        (set(layers) - attention, "The attention's layers are left out: they are linear layers too."),
        ({n for n in layers if "trf_blocks" not in n or ".0." in n}, "Only the first block has adapters."),
    ]:  # fmt: skip
        if set(adapted) == found:
            fail(sentence, **told)
    if len(adapted) == 1:
        fail(f"Only one layer, {adapted[0]}, has an adapter: does the loop end early, by return or break?", **told)
    if sizes == {False}:
        fail("Only layers with as many outputs as inputs have adapters; every linear layer gets one.", **told)
    if not state.keys().isdisjoint({f"{name}.weight" for name in forgotten}):
        fail(
            f"{len(forgotten)} linear layers have no adapter, such as {forgotten[0]}: every nn.Linear gets one.", **told
        )
    fail(f"{forgotten[0]} is no LinearWithLoRA with linear and lora afterwards.", **told)


@pytest.mark.needs("test_every_linear_layer", "test_linear_with_adapter")
@pytest.mark.points(2)
def test_output_before_training(adapted):
    """The adapted model computes the same as before, as long as it is not trained."""
    for model, case, answer in adapted:
        with torch.no_grad():
            expected = model(case["x"])
        check_not_refused(answer, "The adapted model")
        got, state = part(answer, "output"), part(answer, "state")
        if any(is_real(v) and v.any() for n, v in state.items() if n.endswith(".lora.B")):
            known = "B is not zero in the adapted model: an untrained adapter has to add nothing."
            assert_close(got, expected, lambda *_, s=known: s, what="the untrained model's output")
        assert_close(got, expected, what="the untrained model's output")


# -- training ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def training(submission, run_seed):
    model, case = drawn_gpt(run_seed + 1)
    answer = submission.call("trained", case=case, batch_size=ROWS, runs=list(RUNS))
    check_places(linears(model), model, case, part(answer, "start"))
    for number in range(len(RUNS)):
        check_places_kept(linears(model), case, part(answer, "runs", number, "state"))
    return model, case, answer


def check_places_kept(layers, case, state):
    rank, _ = case["sizes"]
    for name, layer in layers.items():
        for matrix, shape in (("A", (layer.in_features, rank)), ("B", (rank, layer.out_features))):
            if not is_real(part(state, f"{name}.lora.{matrix}"), shape):
                fail(f"After the training, {name} has no adapter any more: train changes numbers, and no layers.")
    for name, value in case["state"].items():
        if not is_real(part(state, own_name(name, layers)), value.shape):
            fail(f"After the training, the model has no {name} any more: train changes numbers, and no layers.")


def moved(before, after):
    return [
        n
        for n in before
        if is_real(part(after, n), before[n].shape) and not torch.equal(before[n].double(), after[n].double())
    ]


@pytest.mark.needs("test_every_linear_layer")
@pytest.mark.points(2)
def test_base_weights(training):
    """Training changes none of the model's own weights, to the bit."""
    model, case, answer = training
    layers, after = linears(model), part(answer, "runs", len(RUNS) - 1, "state")
    changed = {n for n, v in case["state"].items() if not torch.equal(v.double(), after[own_name(n, layers)].double())}
    if not changed:
        if part(answer, "asks_for_gradients"):
            remark("The model's own weights still ask for gradients: nobody uses them, and they take time and memory.")
        return
    parameters, inside = (
        {n for n, _ in model.named_parameters()},
        {n for n in changed if n.rpartition(".")[0] in layers},
    )
    told = {"expected": "no weight changed", "got": f"{len(changed)} of {len(parameters)} changed"}
    if merged(case, layers, part(answer, "runs", 0, "state")):
        fail(
            "The adapters are added to the layers' own weights; these stay as they are, and the adapters beside.",
            **told,
        )
    for found, sentence in [
        (parameters, "All of the model's own weights are trained too: freeze them before the adapters come."),
        ({n for n in parameters if n.rpartition(".")[0] not in layers}, "Only the linear layers are frozen; embeddings"
         " and normalizations are trained too. Freeze every parameter of the model."),
        (inside if len(inside) > 1 else None, "The linear layers' own weights are trained too: freeze them."),
        ({n for n in parameters if n.endswith("bias")}, "The biases are trained too: freeze every parameter."),
        ({"out_head.weight"}, "The output head's own weight is trained too: only its adapter is to be."),
    ]:  # fmt: skip
        if changed == found:
            fail(sentence, **told)
    fail(f"{min(changed)} is trained too: freeze every parameter of the model before the adapters come.", **told)


def merged(case, layers, state):
    """Whether a layer's weight changed by just what its adapter computes."""
    for name in layers:
        own, a, b = state[f"{name}.linear.weight"], state[f"{name}.lora.A"], state[f"{name}.lora.B"]
        added = case["sizes"][1] * (a.double() @ b.double()).T
        if added.any() and same(own.double() - case["state"][f"{name}.weight"].double(), added, atol=1e-6):
            return True
    return False


@pytest.mark.needs("test_every_linear_layer", "test_linear_with_adapter", "test_base_weights")
@pytest.mark.points(2)
def test_trained_numbers(training):
    """What is trained is rank * (in_dim + out_dim) numbers for every linear layer, no more and no less."""
    model, case, answer = training
    layers, (rank, _) = linears(model), case["sizes"]
    start, after = part(answer, "start"), part(answer, "runs", len(RUNS) - 1, "state")
    expected = sum(rank * (layer.in_features + layer.out_features) for layer in layers.values())
    started = {n: v for n, v in start.items() if is_real(v)}
    names = moved(started, after)
    count = sum(started[name].numel() for name in names)
    told = {"expected": f"{expected:,} numbers in {len(layers)} adapters", "got": f"{count:,} numbers changed"}
    wanted = {f"{name}.lora.{matrix}" for name in layers for matrix in "AB"}
    if extra := sorted(name for name in names if ".lora." in name and name not in wanted):
        what = (
            "alpha is a parameter and is trained too; it is a plain number" if "alpha" in extra[0] else "it is too much"
        )
        fail(f"{extra[0][:80]} is trained with A and B: {what}.", **told)
    still, kinds = wanted - set(names), {"A": "frozen, or a plain tensor or buffer", "B": "the same"}
    told_gradients = part(answer, "runs", 0, "gradients")
    told_gradients = told_gradients if isinstance(told_gradients, dict) else {}
    gradients = [v for v in told_gradients.values() if is_real(v)]
    if still == wanted:
        if not any(is_real(start[name]) and start[name].any() for name in wanted):
            fail("A and B are both zero at the start, so that neither gets a gradient: A is random.", **told)
        if any(gradient.any() for gradient in gradients):
            fail(
                "Gradients are there, and no adapter changed: optimizer.step() is missing, has other weights, or the learning rate is 0.",
                **told,
            )
        if gradients:
            fail(
                "Every gradient is zero at the end and no adapter changed: do adapters take part in the output?", **told
            )
        fail(
            "No adapter changed and none has a gradient: loss.backward() is missing, or zero_grad() stands between"
            " backward() and step().",
            **told,
        )
    for matrix in "AB":
        if still == {name for name in wanted if name.endswith(matrix)}:
            fail(f"Only one matrix of each adapter is trained: {matrix} stays as it was ({kinds[matrix]}).", **told)
    if still == {"out_head.lora.A", "out_head.lora.B"}:
        fail("The output head's adapter is not trained.", **told)
    if still:
        fail(f"{len(still) / 2:g} of {len(layers)} adapters are not trained, such as {min(still)}.", **told)
    if count != expected:
        over = "more than the adapters have: something else is trained too" if count > expected else "too few"
        fail(f"The number of trained numbers is {over}.", **told)


def losses_of(answer, number, steps):
    got = part(answer, "runs", number, "losses")
    told = {"expected": f"a list of {steps} numbers"}
    if got is None:
        fail("train returns nothing: it returns the list of losses.", **told)
    if isinstance(got, int | float) or is_real(got):
        fail("train returns a single number; a loss for each step is asked for.", **told)
    if not isinstance(got, list | tuple):
        fail("train returns no list of losses.", **told, got=str(got)[:60])
    if len(got) != steps:
        for wrong, sentence in [
            (BATCHES, "The loader is gone through once, whatever steps says: a step is one batch, and the loader starts"
             " again when it ends."),
            (steps * BATCHES, "Every step goes through the whole loader; a step is one batch."),
            (steps + 1, "There is one loss too many: one is told for each step, before its update."),
            (steps - 1, "There is one loss too few: one is told for each step."),
            (1, "There is one loss for all; one for each step is asked for."),
            (0, "The list of losses is empty."),
        ]:  # fmt: skip
            if len(got) == wrong:
                fail(sentence, **told, got=f"{len(got)} for {steps} steps and a loader of {BATCHES} batches")
        fail("There is not one loss for each step.", **told, got=f"{len(got)} for {steps} steps")
    for value in got:
        if isinstance(value, bool) or not isinstance(value, int | float):
            fail("A loss is no number: append loss.item().", **told, got=str(value)[:60])
        if abs(value) > 10**9 or not math.isfinite(value):
            fail(
                "A loss is not finite: the learning rate is too large, or the logits are not.",
                **told,
                got=str(value)[:20],
            )
    return list(map(float, got))


def with_adapters(training, numbers):
    """The reference's adapted model with adapters that came over the wall."""
    _, case, _ = training
    copy = GPTModel(case["cfg"])
    copy.load_state_dict(case["state"])
    freeze(copy)
    rank, alpha = case["sizes"]
    replace_linear_with_lora(copy, rank, alpha)
    with torch.no_grad():
        for name, parameter in copy.named_parameters():
            if ".lora." in name:
                parameter.copy_(numbers[name])
    return copy


def fitting(training, numbers):
    wanted = {n: p.shape for n, p in with_adapters(training, part(training[2], "start")).named_parameters()}
    return all(is_real(part(numbers, n), shape) for n, shape in wanted.items() if ".lora." in n)


def batch(case, number):
    place = number % BATCHES * ROWS
    return case["x"][place : place + ROWS], case["y"][place : place + ROWS]


def loss_of(model, pair):
    return cross_entropy(model(pair[0]).flatten(0, 1), pair[1].flatten())


def near(a, b, room=1e-4):
    return math.isclose(a, b, rel_tol=room, abs_tol=1e-5)


@pytest.mark.needs("test_output_before_training", "test_base_weights")
@pytest.mark.points(2)
def test_losses(training):
    """The losses are those of the loader's batches, one after another, each before its step."""
    _, case, answer = training
    all_losses = [losses_of(answer, number, steps) for number, steps in enumerate(RUNS)]
    before = part(answer, "start")
    for number, losses in enumerate(all_losses):
        with torch.no_grad():
            model = with_adapters(training, before)
            expected = loss_of(model, batch(case, 0)).item()
            if not near(losses[0], expected):
                seen = part(answer, "runs", number, "seen")
                later = [part(answer, "runs", number, "state"), *(seen[1:4] if isinstance(seen, list) else [])]
                known = wrong_losses(model, case, [one for one in later if fitting(training, one)], training)
                for value, sentence in known:
                    if near(losses[0], value):
                        fail(sentence, expected=expected, got=losses[0])
                fail(
                    "The first loss is not the mean cross entropy of the first batch.", expected=expected, got=losses[0]
                )
        before = part(answer, "runs", number, "state")
    check_each_step(training, all_losses[0])


def wrong_losses(model, case, afterwards, training):
    x, y = batch(case, 0)
    logits, flat = model(x), model(x).flatten(0, 1)
    counted, every = y.flatten() != -100, y.clamp(min=0).flatten()
    right, total = loss_of(model, (x, y)), cross_entropy(flat, y.flatten(), reduction="sum")
    rows = [cross_entropy(logits[row], y[row]).item() for row in range(len(x))]
    squared = (flat.softmax(-1) - one_hot(every, flat.shape[-1])).pow(2).mean()
    return [
        *((loss_of(model, batch(case, n)).item(), "The first step does not take the loader's first batch.") for n in range(1, BATCHES)),
        *((loss_of(with_adapters(training, one), (x, y)).item(), "The loss is computed after the step; it is asked for as it was before.") for one in afterwards),
        (cross_entropy(flat, x.flatten()).item(), "The inputs are the targets; the batch's second part is."),
        (cross_entropy(logits[:, :-1].flatten(0, 1), y[:, 1:].flatten()).item(), "The targets are shifted once more; the loader's are the next tokens already."),
        (cross_entropy(logits[:, -1], y[:, -1]).item(), "Only the last token of each row counts; all do."),
        (cross_entropy(logits[:, 0], y[:, 0]).item(), "Only the first token of each row counts; all do."),
        (total.item(), "The losses of all tokens are summed; their mean is asked for."),
        ((total / y.numel()).item(), "The sum is divided by all places; those with -100 do not count."),
        ((total / len(x)).item(), "The sum is divided by the number of rows; by that of tokens that count."),
        (cross_entropy(flat, every).item(), "Targets of -100 count as token 0; they are to be left out."),
        (cross_entropy(flat.softmax(-1), y.flatten()).item(), "A softmax comes before cross_entropy, which has one itself: give it the logits."),
        (math.exp(min(right.item(), 50)), "That is the perplexity; the loss is its logarithm."),
        (-right.item(), "The loss has the wrong sign."),
        (right.item() / BATCHES, "The loss is divided by the number of batches; a step's loss is that of its batch."),
        (right.item() * len(x), "The loss is multiplied by the number of rows; it is the mean."),
        (sum(rows) / len(rows), "Each row's mean counts alike; it is the mean of all tokens that count."),
        (squared.item(), "That is a squared error; cross entropy is asked for."),
        (flat[counted].argmax(-1).eq(y.flatten()[counted]).double().mean().item(), "That is an accuracy; the loss is asked for."),
        (round(right.item(), 2), "The loss is rounded."), (round(right.item(), 3), "The loss is rounded."),
        *((loss_of(model, batch(case, 0)).item() / count, "The loss is divided by the number of steps; each step's is asked for.") for count in RUNS),
        (sum(loss_of(model, batch(case, n)).item() for n in range(BATCHES)) / BATCHES, "That is the mean of all batches; a step takes one batch."),
    ]  # fmt: skip


def check_each_step(training, losses):
    """Whenever the model computed, its adapters are known, and so is what the loss of a batch was."""
    _, case, answer = training
    seen, after = part(answer, "runs", 0, "seen"), part(answer, "runs", 0, "state")
    if not isinstance(seen, list) or not all(fitting(training, one) for one in seen):
        fail("What the model computed with is not its adapters.")
    if len(seen) < len(losses):
        fail(
            f"The model computed {len(seen)} times in {len(losses)} steps: every step takes a batch and computes its own loss.",
            expected=f"{len(losses)} losses, each computed",
            got=f"{len(seen)} computations",
        )
    models = [with_adapters(training, one) for one in seen]
    if len(models) > len(losses):
        check_among_others(training, losses, models)
        return
    taken = [loss_of(model, batch(case, number)) for number, model in enumerate(models)]
    expected = [loss.item() for loss in taken]
    if not all(map(near, losses, expected)):
        first = [loss_of(model, batch(case, 0)).item() for model in models]
        later = [
            loss_of(model, batch(case, n)).item()
            for n, model in enumerate([*models[1:], with_adapters(training, after)])
        ]
        sums = [sum(expected[: n + 1]) for n in range(len(expected))]
        for wrong, sentence in [
            (first, "Every step takes the loader's first batch: next(iter(loader)) begins anew each time."),
            (later, "The losses are computed after the steps; they are asked for as they were before."),
            (sums, "The losses are added up from step to step; each is asked for by itself."),
            ([total / (n + 1) for n, total in enumerate(sums)], "Those are means of all losses so far; each is asked for by itself."),
            ([expected[0]] * len(losses), "The same loss is told for every step: it is the first step's."),
        ]:  # fmt: skip
            if all(map(near, losses, wrong)):
                fail(sentence, expected=expected, got=losses)
        place = next(n for n, pair in enumerate(zip(losses, expected, strict=True)) if not near(*pair))
        last = [loss_of(models[place], batch(case, n)).item() for n in range(BATCHES)]
        known = (
            "it is another batch's" if any(near(losses[place], one) for one in last) else "is something else trained?"
        )
        fail(
            f"The loss of step {place + 1} is not that of batch {place % BATCHES + 1}: {known}",
            expected=expected,
            got=losses,
        )
    check_gradients(part(answer, "runs", 0, "gradients"), models, taken)


def check_among_others(training, losses, models):
    """Where more was computed than losses, as by somebody who evaluates on the way: each loss is among it, in order."""
    _, case, _ = training
    later = iter(models)
    for number, loss in enumerate(losses):
        with torch.no_grad():
            if any(near(loss, loss_of(model, batch(case, number)).item()) for model in later):
                continue
        if len(models) < 150:
            fail(
                f"The loss of step {number + 1} is not that of batch {number % BATCHES + 1}, as the model was at any time.",
                got=losses,
            )


def check_gradients(got, models, taken):
    """Gradients that are left after the last step: those of this step, or of all steps together."""
    name = "out_head.lora.B"
    gradients = []
    for model, loss in zip(models, taken, strict=True):
        loss.backward()
        gradients.append(dict(model.named_parameters())[name].grad)
    piled = torch.stack(gradients).sum(0)
    if same(part(got, name), piled) and not same(piled, gradients[-1]):
        fail(
            "The gradients of all steps pile up: call optimizer.zero_grad() in every step, before backward().",
            expected="the gradient of the last step alone",
            got="the sum of all steps' gradients",
        )


@pytest.mark.needs("test_losses")
@pytest.mark.points(2)
def test_loss_falls(training):
    """The loss on the loader's batches is lower after the training than before."""
    _, case, answer = training
    with torch.no_grad():
        after = with_adapters(training, part(answer, "runs", 0, "state"))
        before = with_adapters(training, part(answer, "start"))
        first, last = (
            sum(loss_of(m, batch(case, n)).item() for n in range(BATCHES)) / BATCHES for m in (before, after)
        )
    told = {"expected": f"less than {first:.5f}", "got": f"{last:.5f} after {RUNS[0]} steps"}
    if not math.isfinite(last):
        fail("The loss is not finite after the training: the learning rate is too large.", **told)
    if last == first:
        fail("The loss did not change at all: nothing that takes part in the output was trained.", **told)
    if last > first:
        fail(
            "The loss rises: the step goes up the slope (a wrong sign?), or the learning rate is far too large.", **told
        )
    check_direction(training)
    if first - last < 1e-3 * first:
        remark(f"The loss falls by {100 * (1 - last / first):.2g} % only: a larger learning rate would learn faster.")


def check_direction(training):
    """Whether a single step went down the slope of its own batch, which noise does not."""
    _, case, answer = training
    before, after = part(answer, "runs", 0, "state"), part(answer, "runs", 1, "state")
    model = with_adapters(training, before)
    loss_of(model, batch(case, 0)).backward()
    slope = {n: p.grad.double().flatten() for n, p in model.named_parameters() if p.grad is not None}
    gradient = torch.cat(list(slope.values()))
    step = torch.cat([(after[n].double() - before[n].double()).flatten() for n in slope])
    if not step.isfinite().all():
        fail("A weight of an adapter is not finite after a step: the learning rate is too large.")
    if not step.any():
        return
    down = -torch.nn.functional.cosine_similarity(step, gradient, dim=0).item()
    told = {"expected": "a step against the gradient", "got": f"one whose cosine with it is {-down:.2f}"}
    if down < -0.1:
        fail("The step goes up the slope: the loss is made larger. Is a sign turned?", **told)
    if down < 0.1:
        fail(
            "The step has nothing to do with the gradient of its batch: loss.backward(), then optimizer.step().", **told
        )


# -- time --------------------------------------------------------------------------------------------------------------


@pytest.mark.needs("test_loss_falls", "test_base_weights", "test_trained_numbers")
@pytest.mark.points(0)
def test_time(submission, seed):
    """The time of a step beside one of full fine-tuning (told, not judged)."""
    cfg = {"vocab_size": 512, "context_length": 64, "emb_dim": 256, "n_heads": 4, "n_layers": 2}
    torch.manual_seed(seed)
    model = GPTModel(cfg | {"drop_rate": 0.0, "qkv_bias": False})
    x = torch.randint(512, (2, 64))
    case = {"cfg": dict(model.cfg), "state": model.state_dict(), "sizes": [4, 4], "x": x, "y": x.roll(-1, 1)}
    spent = {"adapters": [], "full": []}
    try:
        submission.call("set_up", case=case, batch_size=2)
        for pair in range(WARM + PAIRS):
            for kind, times in spent.items():
                start = time.perf_counter()
                submission.call("step", kind=kind)
                times += [time.perf_counter() - start] if pair >= WARM else []
    except Finding as finding:
        remark(f"The time of a step could not be measured: {finding.message().partition(chr(10))[0]}")
        return
    mine, full = (statistics.median(times) for times in spent.values())
    fewer, all_of_them = operations(model, rank=4, rows=2, tokens=64)
    trained = sum(4 * (m.in_features + m.out_features) for m in linears(model).values())
    remark(
        f"A step with adapters of rank 4 took {mine / full:.2f} of the time of a step of full fine-tuning:"
        f" {mine * 1e3:.1f} against {full * 1e3:.1f} ms, medians of {PAIRS} each, measured in turn; such times vary from"
        f" run to run. By floating-point operations it is {fewer / all_of_them:.2f}: {fewer / 1e9:.2f} against"
        f" {all_of_them / 1e9:.2f} GFLOP. It trains {trained:,} numbers beside"
        f" {sum(p.numel() for p in model.parameters()):,}. What is saved is the gradient of the weights and the"
        " optimizer's work; forward and the gradient of the activations stay."
    )


def operations(model, rank, rows, tokens):
    """Of a step with adapters and of one of full fine-tuning, from the shapes; an addition and a product are two.

    A linear layer's forward, its input's gradient and its weight's gradient take as many each. Embeddings that are
    frozen ask for no gradient, so the first block's queries, keys and values need none for their input.
    """
    pairs, thin, full = rows * tokens, 0, 0
    for name, layer in linears(model).items():
        size = 2 * pairs * layer.in_features * layer.out_features
        first = name.startswith("trf_blocks.0.att.W_")
        full += 3 * size
        thin += (1 if first else 2) * size
        thin += 2 * pairs * rank * ((2 if first else 3) * layer.in_features + 3 * layer.out_features)
    attention = 3 * 4 * rows * tokens**2 * model.cfg["emb_dim"] * model.cfg["n_layers"]
    return thin + attention, full + attention


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "A part of the exercise is not written yet."),
    (".*", r"does not require grad|empty parameter list|no parameters? (?:that|to)|tensors does not require",
     f"Nothing is left to train: the adapters are frozen as well. {BEFORE}"),
    ("RecursionError", "", "Replacing never ends: it goes into the LinearWithLoRA that it has just put in, whose linear is again an nn.Linear."),
    ("RuntimeError", r"mutated during|changed size during", "The model is changed while it is gone through: make a list first, list(model.named_modules())."),
    (".*", r"can't contain \"\.\"|can't contain '\.'", "A name with dots is no attribute of the model itself: set the new module on the layer's parent."),
    ("AttributeError", r"before Module\.__init__", "super().__init__() has to be the first line of __init__ of an nn.Module."),
    ("AttributeError", r"'LinearWithLoRA' object has no attribute '(in_features|out_features|weight|bias)'",
     "A LinearWithLoRA was taken for a linear layer: its {0} is that of its attribute linear. A layer that is replaced is not replaced again."),
    ("AttributeError", r"'(?:float|int)' object has no attribute 'backward'", "backward() belongs to the loss as a tensor; .item() comes afterwards."),
    ("AttributeError", r"'LinearWithLoRA' object has no attribute '(\w+)'", "LinearWithLoRA has no attribute {0}: its parts are called linear and lora."),
    ("AttributeError", r"'LoRALayer' object has no attribute '(\w+)'", "LoRALayer has no attribute {0}: its matrices are called A and B, its factor alpha."),
    ("RuntimeError", r"shapes cannot be multiplied|size mismatch|must match the size",
     "The shapes of A and B do not fit: x @ A @ B needs A of (in_dim, rank) and B of (rank, out_dim); nn.Linear(in, out) keeps its weight as (out, in)."),
    ("RuntimeError", r"leaf [Vv]ariable.*in-?place", "A parameter that asks for gradients is changed in place: fill it under torch.no_grad(), or by nn.init."),
    ("RuntimeError", r"second time", "The same graph is gone through twice: sum up loss.item(), not the loss, and call backward() once a step."),
    ("RuntimeError", r"scalar outputs", "backward() needs one number: the mean cross entropy of the whole batch."),
    ("StopIteration|RuntimeError", r"^$|StopIteration", "The loader has no more batches, and steps asks for more: begin it again, as with itertools.cycle."),
    ("ValueError", r"unpack", "A batch of the loader is a pair, inputs and targets; the loader itself gives one batch after another."),
    (".*", r"[Ee]xpected (?:target|input) (?:size|batch_size)|to match target|multi-target",
     "cross_entropy wants one row of scores a target: logits.flatten(0, 1) and targets.flatten()."),
    ("IndexError|RuntimeError", r"Target -100|out of (?:bounds|range)", "Targets of -100 are no tokens: leave them out (cross_entropy does, by ignore_index=-100)."),
    ("TypeError", r"cannot assign .* as (?:parameter|child module)", "Something that is no {0} was assigned to a module's part: nn.Parameter for A and B, modules for linear and lora.".replace("{0}", "parameter or module")),
    ("TypeError", r"'(?:ModuleList|DataLoader|Linear)' object is not (?:callable|an iterator)", "A loader is gone through by a for loop or iter(loader); a module is called with x."),
    ("TypeError", r"missing \d+ required positional|takes \d+ positional|unexpected keyword", "A class or a function is called with other arguments than it takes: LoRALayer(in_dim, out_dim, rank, alpha), LinearWithLoRA(linear, rank, alpha)."),
    ("TypeError", r"unsupported operand|NoneType", "A part has no value: does every forward end with return?"),
    ("AttributeError", r"'NoneType' object", "A part has no value: does every forward, and every function, end with return?"),
)  # fmt: skip

diagnose = diagnosis(SAYINGS)
