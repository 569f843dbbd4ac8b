"""Judges exercise 4.3 by values alone: what each rate does to the logits.

In evaluation mode they are the reference's. With rates of 0 and 1 nothing is left to chance in training mode either, so
eight settings show which rate reaches which place; `simulated` computes what wrong wirings give. Rates in between are
read off the logits themselves: the weights then hand each place's numbers on to the output one by one.
"""

from __future__ import annotations

import itertools
import random
import re

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from quizbook.judge.checks import assert_close, diagnosis, fail, looks_like
from reference.model import GPTModel

EMB, ATTN, SHORTCUT = RATES = ("drop_rate_emb", "drop_rate_attn", "drop_rate_shortcut")
BASE = {"vocab_size": 64, "context_length": 12, "emb_dim": 64, "n_heads": 4, "n_layers": 2, "qkv_bias": False}
OTHER = {"vocab_size": 31, "context_length": 9, "emb_dim": 24, "n_heads": 3, "n_layers": 3, "qkv_bias": True}
DISTINCT = {EMB: 0.3, ATTN: 0.5, SHORTCUT: 0.2}
NONE = dict.fromkeys(RATES, 0.0)
OWN = {"emb": EMB, "att": ATTN, "att_out": SHORTCUT, "ff_out": SHORTCUT}
WHERE = {
    "emb": "the embeddings",
    "att": "the attention weights",
    "att_out": "the outputs of the attention",
    "ff_out": "the outputs of the feed forward",
}
EFFECT = {
    EMB: "drop_emb acts on the sum of token and position embeddings, in forward",
    ATTN: "MultiHeadAttention takes it as its argument dropout",
    SHORTCUT: "drop_shortcut acts on what attention and feed forward give, before it is added",
}


def drawn(cfg, seed, tokens):
    """Weights, ids and the reference's model; the norms get weights that differ too."""
    torch.manual_seed(seed)
    model = GPTModel({**cfg, "drop_rate": 0.0}).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model, torch.randint(cfg["vocab_size"], (3, tokens))


def case(model, ids, cfg, rates):
    weights = model if isinstance(model, dict) else model.state_dict()
    return {"cfg": {**cfg, **rates}, "weights": weights, "ids": ids}


def answers(submission, cases, *, train):
    """Two outputs for each case and what is told of the model, after everything that may be wrong with their form."""
    got = submission.call("outputs", cases=cases, train=train)
    if not isinstance(got, list) or not got or not all(isinstance(answer, dict) for answer in got):
        fail("What came back is not one answer for each input.")
    for answer in got:
        check_names(answer.get("told"), cases[0]["cfg"])
    if len(got) != len(cases):
        fail("What came back is not one answer for each input.", expected=len(cases), got=len(got))
    return [(check_logits(a.get("logits"), c), a["told"]) for a, c in zip(got, cases, strict=True)]


def check_logits(pair, case):
    shape = (*case["ids"].shape, case["cfg"]["vocab_size"])
    if not isinstance(pair, list) or len(pair) != 2:
        fail("What came back is not the output of two calls.")
    for value in pair:
        if isinstance(value, str) and value == "NoneType":
            fail("forward returns nothing; it ends with return and the logits.", expected=f"shape {shape}")
        if not isinstance(value, Tensor) or not value.is_floating_point():
            fail("forward returns no logits.", expected=f"a tensor of shape {shape}", got=str(value)[:60])
        if value.shape != shape:
            emb = value.shape == (*shape[:2], case["cfg"]["emb_dim"])
            why = "out_head is missing: that is an embedding a token." if emb else "The logits have another shape."
            fail(why, expected=f"shape {shape}", got=f"shape {tuple(value.shape)}")
        if not torch.isfinite(value).all():
            if 1.0 in case["cfg"].values():
                fail(
                    "With a rate of 1 the output is not finite: is something divided by 1 - rate, or do scores drop out that are -inf already? Dropout acts behind the softmax, and nn.Dropout gives zeros."
                )
            fail("The logits are not finite.")
    return [value.float() for value in pair]


# -- names and shapes --------------------------------------------------------------------------------------------------

SURPLUS = (
    (r"norm\w*\.(?:weight|bias)$", "nn.LayerNorm calls its parameters weight and bias: take the guide's LayerNorm, with scale and shift."),
    (r"^out_head\.bias$", "out_head has a bias; the guide's has none: bias=False."),
    (r"W_(?:query|key|value)\.bias$", 'Query, key and value have a bias though cfg["qkv_bias"] is False: hand it on.'),
    (r"\.heads\.\d", "MultiHeadAttentionWrapper is used; the block takes MultiHeadAttention."),
    (r"\.ff\.\d", "The layers of the feed forward lie in ff.layers: take FeedForward from reference.layers."),
    (r"^trf_blocks\.0\.(\w+)\.", "A part of the blocks is called {0}; the guide's are att, ff, norm1 and norm2."),
    (r"^trf_blocks\.[a-z]", 'trf_blocks is one block; there are cfg["n_layers"] of them.'),
    (r"^(?!trf_blocks)(\w+)\.\d+\.", "The blocks are called {0}; the guide calls them trf_blocks."),
    (r"^(head|lm_head|output|out|linear|fc)\.weight$", "The output layer is called {0}; the guide calls it out_head."),
    (r"^(token_emb\w*|tok_embedding|embedding|wte)\.weight$", "The token embedding is called {0}; the guide calls it tok_emb."),
    (r"^(position\w*|pos_embedding|wpe)\.weight$", "The position embedding is called {0}; the guide calls it pos_emb."),
)  # fmt: skip


def names_in(told, key):
    given = told.get(key)
    return [name[:60] for name in given if isinstance(name, str)] if isinstance(given, list) else []


def check_names(told, cfg):
    """Fails where the model is none, or its parts have other names or shapes than the weights."""
    if not isinstance(told, dict):
        fail("What came back says nothing of the model.")
    if "type" in told:
        fail("GPTModel makes no module: it is a subclass of nn.Module.", got=str(told["type"])[:60])
    missing, surplus = names_in(told, "missing"), names_in(told, "surplus")
    shown = {"expected": ", ".join(missing[:4]) or "no other parts", "got": ", ".join(surplus[:4]) or "nothing"}
    for pattern, sentence in SURPLUS:
        if found := next(filter(None, (re.search(pattern, name) for name in surplus)), None):
            fail(sentence.format(*found.groups()), **shown)
    if any(re.search(r"W_\w+\.bias$", name) for name in missing):
        fail('Query, key and value have no bias though cfg["qkv_bias"] is True: hand it on.', **shown)
    if "trf_blocks.0.att.W_query.weight" in missing and "trf_blocks.0.norm1.scale" in missing:
        fail(
            "trf_blocks holds no blocks that are known to the model: use nn.Sequential or nn.ModuleList, no plain list.",
            **shown,
        )
    if any(name.startswith("trf_blocks") and name.endswith("norm1.scale") for name in (*missing, *surplus)):
        fail('The number of blocks is not cfg["n_layers"].', **shown)
    if missing or surplus:
        fail("The parts of the model have other names than the guide's.", **shown)
    shapes = told.get("shapes")
    for name, shape in shapes.items() if isinstance(shapes, dict) else ():
        given = [n for n in shape if isinstance(n, int)][:4] if isinstance(shape, list) else []
        if {768, 50257, 3072} & set(given) or 1024 in given:
            fail(f"{str(name)[:60]} has GPT-2's size; all sizes come from cfg.", got=f"shape {tuple(given)}")
        if str(name) in ("pos_emb.weight", "tok_emb.weight"):
            size = "context_length" if str(name).startswith("pos") else "vocab_size"
            fail(f"{str(name)[:60]} has another shape: (cfg[{size!r}], cfg['emb_dim']).", expected=f"shape {(cfg[size], cfg['emb_dim'])}", got=f"shape {tuple(given)}")  # fmt: skip
        fail(f"{str(name)[:60]} has another shape than cfg says.", got=f"shape {tuple(given)}")


# -- the model as the mistakes would make it ---------------------------------------------------------------------------


def weighed(w, h, heads, twist):
    """Causal attention up to out_proj."""

    def split(name):
        return (
            F.linear(h, w[f"att.W_{name}.weight"], w.get(f"att.W_{name}.bias"))
            .unflatten(-1, (heads, -1))
            .transpose(1, 2)
        )

    scores = split("query") @ split("key").transpose(2, 3) / split("key").shape[-1] ** 0.5
    if twist == "scores":
        scores = scores * 0.0
    if twist != "sees all":
        scores = scores.masked_fill(torch.ones(scores.shape[-2:], dtype=torch.bool).triu(1), -torch.inf)
    weights = scores.softmax(-1) * (twist != "att")
    return weights, F.linear(
        (weights @ split("value")).transpose(1, 2).flatten(-2), w["att.out_proj.weight"], w["att.out_proj.bias"]
    )


def simulated(state, ids, cfg, closed=frozenset(), twist=""):
    """The logits when all numbers drop out at the closed places: a place alone, or (place, number of the block)."""

    def gate(place, x, block=None):
        return x * 0.0 if place in closed or (place, block) in closed else x

    def norm(x, w, name):
        if name in twist.split():
            return x
        return F.layer_norm(x, x.shape[-1:], w[f"{name}.scale"], w[f"{name}.shift"])

    def attended(x, w, n):
        shut = next((p for p in ("att", "scores") if p in closed or (p, n) in closed), twist)
        return gate("att_out", weighed(w, gate("norm1", norm(x, w, "norm1"), n), cfg["n_heads"], shut)[1], n)

    def fed(x, w, n):
        h = gate("norm2", norm(x, w, "norm1" if twist == "norm1 twice" else "norm2"), n)
        h = F.linear(h, w["ff.layers.0.weight"], w["ff.layers.0.bias"])
        h = gate("hidden", F.relu(h) if twist == "relu" else F.gelu(h, approximate="tanh"), n)
        return gate("ff_out", F.linear(h, w["ff.layers.2.weight"], w["ff.layers.2.bias"]), n)

    x = gate("emb", gate("tok", state["tok_emb.weight"][ids]) + gate("pos", state["pos_emb.weight"][: ids.shape[1]]))
    order = (attended, fed) if twist != "feed forward first" else (fed, attended)
    for n in range(cfg["n_layers"]):
        prefix = f"trf_blocks.{({'first block': 0, 'last block': cfg['n_layers'] - 1}).get(twist, n)}."
        w = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        x = gate("block_in", x, n)
        for number, part in enumerate(order, 1):
            given = part(x, w, n)
            if twist == "normed shortcut":
                x = norm(x, w, f"norm{number}")
            if twist == "shortcut from the start" and number == 1:
                start = x
            base = start if twist == "shortcut from the start" else x
            x = gate(f"sum{number}", gate(f"skip{number}", base, n) + given, n)
            if twist == "norm1 norm2 after":
                x = F.layer_norm(x, x.shape[-1:], w[f"norm{number}.scale"], w[f"norm{number}.shift"])
    x = norm(gate("last", x), state, "final_norm")
    return gate("logits", F.linear(gate("final", x), state["out_head.weight"]))


EVAL_MISTAKES = (
    (["skip1", "skip2"], "", "Both shortcuts are missing: x = x + what attention gives, then x = x + what the feed forward gives."),
    (["skip1"], "", "The shortcut around the attention is missing: what it gives is added to its input."),
    (["skip2"], "", "The shortcut around the feed forward is missing: what it gives is added to its input."),
    (["pos"], "", "The position embeddings are missing: add pos_emb of 0, 1, 2, ... to the token embeddings."),
    (["tok"], "", "The token embeddings are missing."),
    (["att_out"], "", "The attention is left out: its output is not added."),
    (["ff_out"], "", "The feed forward is left out: its output is not added."),
    ([], "final_norm", "final_norm is not used: it stands between the blocks and out_head."),
    ([], "norm1 norm2", "The norms of the blocks are not used: attention and feed forward take normalised input."),
    ([], "norm1", "norm1 is not used: the attention takes normalised input."),
    ([], "norm2", "norm2 is not used: the feed forward takes normalised input."),
    ([], "norm1 twice", "norm1 is used twice; norm2 stands before the feed forward."),
    ([], "norm1 norm2 after", "The norms stand behind the shortcuts; GPT-2 normalises before attention and feed forward."),
    ([], "normed shortcut", "The shortcut adds the normalised input; it is x itself, from before the norm, that is added."),
    ([], "shortcut from the start", "The second shortcut adds the block's input; it adds what came out of the first."),
    ([], "feed forward first", "The feed forward comes before the attention; a block attends first."),
    ([], "sees all", "Tokens see later ones: the causal mask is missing."),
    *(([], f"{which} block", "One block is used again and again: each has its own weights.") for which in ("first", "last")),
    ([], "relu", "The feed forward uses a ReLU; GPT-2's has a GELU."),
)  # fmt: skip


@pytest.fixture(scope="module")
def evaluated(submission, run_seed):
    drawings = [(cfg, *drawn(cfg, run_seed, tokens)) for cfg, tokens in ((BASE, 12), (BASE, 5), (OTHER, 9))]
    cases = [case(model, ids, cfg, DISTINCT) for cfg, model, ids in drawings]
    return drawings, answers(submission, cases, train=False)


@pytest.mark.points(2)
def test_in_evaluation_mode(evaluated):
    """In evaluation mode it computes what the reference computes with the same weights."""
    for (cfg, model, ids), ((first, second), _) in zip(*evaluated, strict=True):
        if not torch.allclose(first, second, rtol=1e-3, atol=1e-4):
            fail("In evaluation mode two calls give different logits: dropout acts there too. A layer that is made in forward never"
                 " hears of eval(), and F.dropout has to be told: F.dropout(x, rate, self.training).")  # fmt: skip
        expected, close = model(ids).detach(), {"rtol": 1e-3, "atol": 1e-3}
        if torch.allclose(first, expected, **close):
            continue
        state = model.state_dict()
        hints = (
            looks_like(simulated(state, ids, cfg, frozenset(closed), twist), sentence, **close)
            for closed, twist, sentence in EVAL_MISTAKES
        )
        assert_close(first, expected, *hints, what="the logits in evaluation mode", **close)


# -- what drops out by itself: the weights hand each number on to the logits ------------------------------------------

ZERO, UNIT = [60, 61], [62, 63]  # dimensions that hold 0 and 1, by which the last norm is undone
GROUPS = {"att_out": [*range(30)], "ff_out": [*range(30, 60)]}


def silent():
    state = {name: torch.zeros_like(value) for name, value in GPTModel({**BASE, "drop_rate": 0.0}).state_dict().items()}
    state["out_head.weight"], state["final_norm.scale"] = torch.eye(64), torch.ones(64)
    return state


def exposed_embeddings(seed):
    """Every number of the sum is 3: 1 of the token and 2 of the place."""
    state = silent()
    state["tok_emb.weight"][:, :60], state["pos_emb.weight"][:, :60] = 1.0, 2.0
    state["trf_blocks.1.ff.layers.2.bias"][UNIT] = 1.0
    return state, torch.randint(64, (24, 12), generator=torch.Generator().manual_seed(seed))


def exposed_outputs(seed):
    """Attention and feed forward of each block hand ones on, each in dimensions of its own, from the norm's shift."""
    state, ids = silent(), exposed_embeddings(seed)[1]
    state["tok_emb.weight"][:, UNIT] = 1.0
    for n in range(2):
        part, att, ff = f"trf_blocks.{n}.", range(15 * n, 15 * n + 15), range(30 + 15 * n, 45 + 15 * n)
        state[part + "norm1.shift"][att] = state[part + "norm2.shift"][ff] = 1.0
        for name, dims, value in (
            ("att.W_value", att, 1.0),
            ("att.out_proj", att, 1.0),
            ("ff.layers.0", ff, 10.0),
            ("ff.layers.2", ff, 0.1),
        ):
            state[f"{part}{name}.weight"][dims, dims] = value  # GELU leaves 10 as it is
    return state, ids


def exposed_weights(seed):
    """The output at dimensions 2j and 2j + 1 of a head is the weight that its row gives token j; the last 4 mark 0 and 1."""
    state, generator = silent(), torch.Generator().manual_seed(seed)
    places, part = state["pos_emb.weight"].view(12, 4, 16), "trf_blocks.0."
    for j in range(6):
        places[j, :, 2 * j : 2 * j + 2] = 1.0
    places[:, :, 14:] = 1.0
    state[part + "norm1.shift"] += 0.25  # mean and variance are those of 4 ones among 16 numbers
    state[part + "norm1.scale"] += (0.1875 + 1e-5) ** 0.5
    state[part + "att.W_value.weight"] += torch.eye(64) * (torch.arange(64) % 16 < 12)
    for name in ("query", "key"):
        state[f"{part}att.W_{name}.weight"] += 0.4 * torch.randn(64, 64, generator=generator)
    state[part + "att.out_proj.weight"] += torch.eye(64)
    return state, torch.randint(64, (200, 6), generator=generator)


def read(logits, zero=ZERO, unit=UNIT):
    """The numbers in front of the last norm, by the dimensions that are 0 and 1."""
    x = logits.double()
    low = x[..., zero].mean(-1, keepdim=True)
    step = x[..., unit].mean(-1, keepdim=True) - low
    return (x - low) / torch.where(step.abs() < 1e-6, torch.nan, step)


def read_weights(logits, state):
    """Each attention weight as a multiple of what it is without dropout: (batch, heads, row, column, 2), and which are below."""
    x = read(logits, [12, 13, 28, 29, 44, 45, 60, 61], [14, 15, 30, 31, 46, 47, 62, 63])
    w = {name.removeprefix("trf_blocks.0."): value for name, value in state.items()}
    plain = weighed(w, state["pos_emb.weight"][None, :6], 4, "")[0].double()  # (1, heads, 6, 6)
    given = (
        (x - state["pos_emb.weight"][:6]).unflatten(-1, (4, 16))[..., :12].unflatten(-1, (6, 2)).permute(0, 2, 1, 3, 4)
    )
    return given / plain.clamp(min=1e-9)[..., None], plain, torch.ones(6, 6, dtype=torch.bool).tril()


def near(x, *values):
    """Whether each number is one of these."""
    return torch.stack([(x - value).abs() < 0.01 * max(1.0, abs(value)) for value in values]).any(0)


def share_of_zeros(place, state, logits):
    if place == "att":
        ratio, _, seen = read_weights(logits, state)
        zeros = near(ratio[..., seen, :], 0.0)
        return 0.0 if (zeros[..., 0] != zeros[..., 1]).any() else zeros.double().mean().item()
    return near(read(logits)[..., GROUPS.get(place, range(60))], 0.0).double().mean().item()


EXPOSED = {  # in an order in which none shows what belongs to a later one
    "ff_out": exposed_outputs, "att": exposed_weights, "att_out": exposed_outputs, "emb": exposed_embeddings,
}  # fmt: skip


@pytest.mark.needs("test_in_evaluation_mode")
def test_no_rate_no_dropout(submission, seed):
    """With all three rates 0 training mode computes the same as evaluation mode."""
    model, ids = drawn(BASE, seed, 7)
    shown = {place: make(seed) for place, make in EXPOSED.items()}
    cases = [case(model, ids, BASE, NONE), *(case(*given, BASE, NONE) for given in shown.values())]
    (first, _), *rest = [pair for pair, _ in answers(submission, cases, train=True)]
    if torch.allclose(first, model(ids).detach(), rtol=1e-3, atol=1e-3):
        return
    for (place, (state, _)), (logits, _) in zip(shown.items(), rest, strict=True):
        share = share_of_zeros(place, state, logits)
        if share > 0.98:
            fail(
                f"{OWN[place]} is 0, and everything drops out of {WHERE[place]}: the rate is turned round. It is the"
                " probability that a number drops out, not that it stays."
            )
        if share > 0.002:
            fail(f"All three rates are 0, and still numbers drop out of {WHERE[place]}: a rate is written into the code"
                 f" there, or comes from another key; {OWN[place]} belongs there.", expected="a share of 0", got=f"a share of {share:.2f}")  # fmt: skip
    fail("All three rates are 0, and still training mode gives other logits than evaluation mode: something drops out, or"
         " is scaled, by a number that is in no place of cfg.")  # fmt: skip


# -- rates of 0 and 1 ------------------------------------------------------------------------------------------------

COMBINATIONS = [dict(zip(RATES, values, strict=True)) for values in itertools.product((0.0, 1.0), repeat=3)]
NOTHING = {"att_out": "", "ff_out": ""}
ELSEWHERE = (
    ({"emb": "", "tok": EMB}, "Only the token embeddings drop out: drop_emb acts on the sum of both, after the position embeddings were added."),
    ({"emb": "", "pos": EMB}, "Only the position embeddings drop out: drop_emb acts on the sum of both."),
    ({**NOTHING, "sum1": SHORTCUT, "sum2": SHORTCUT}, "Dropout acts on the sum, the shortcut included: drop out of the output before it is added to its input."),
    ({**NOTHING, "sum2": SHORTCUT}, "Dropout acts on the sum at the end of a block: drop out of each output before it is added."),
    ({"ff_out": "", "sum2": SHORTCUT}, "Behind the feed forward dropout acts on the sum: drop out of the output before it is added."),
    ({"att_out": "", "sum1": SHORTCUT}, "Behind the attention dropout acts on the sum: drop out of the output before it is added."),
    ({**NOTHING, "skip1": SHORTCUT, "skip2": SHORTCUT}, "The input drops out, not the output: what attention and feed forward give goes through drop_shortcut, the shortcut itself does not."),
    ({**NOTHING, "norm1": SHORTCUT, "norm2": SHORTCUT}, "Dropout acts in front of attention and feed forward; it acts on what they give."),
    ({"ff_out": "", "hidden": SHORTCUT}, "Dropout acts inside the feed forward, behind the GELU; it acts on what the whole of it gives."),
    ({"hidden": SHORTCUT}, "Something drops out inside the feed forward too; the guide's has no dropout of its own."),
    ({"block_in": EMB}, "drop_rate_emb acts in every block; it acts once, on the embeddings."),
    ({"emb": "", "block_in": EMB}, "drop_rate_emb acts in every block; it acts once, on the embeddings."),
    ({"att": "", "scores": ATTN}, "The scores drop out, before the softmax; dropout acts on the weights, behind it."),
    ({"att": "", "norm1": ATTN}, "drop_rate_attn acts on the input of the attention; it acts on the attention weights."),
    ({"att": "", "att_out": (SHORTCUT, ATTN)}, "drop_rate_attn acts on the output of the attention; it acts on the attention weights: the argument dropout of MultiHeadAttention."),
    ({"ff_out": (SHORTCUT, ATTN)}, "drop_rate_attn acts on the feed forward too; it acts on the attention weights alone."),
    (dict.fromkeys(OWN, RATES), "Each place takes all three rates together; each has a rate of its own."),
    *(({place: rate}, f"{rate} acts behind the blocks too, in front of out_head; there is no dropout there.") for place in ("last", "final") for rate in RATES),
    *(({"logits": rate}, f"{rate} acts on the logits; there is no dropout there.") for rate in RATES),
    *(({"emb": "", place: EMB}, "drop_rate_emb acts behind the blocks; it acts on the embeddings, before the first block.") for place in ("last", "final", "logits")),
    *(({"att": "", ("att", n): ATTN}, "drop_rate_attn reaches one block only; it acts in every block.") for n in range(2)),
    *(({**NOTHING, ("att_out", n): SHORTCUT, ("ff_out", n): SHORTCUT}, "drop_rate_shortcut reaches one block only; it acts in every block.") for n in range(2)),
)  # fmt: skip


def closed_by(wiring, rates):
    """The places where everything drops out: "not " in front of a rate turns it round."""

    def on(source):
        return bool(source) and (rates[source.removeprefix("not ")] == 1.0) != source.startswith("not ")

    return frozenset(p for p, s in wiring.items() if any(map(on, [s] if isinstance(s, str) else s)))


def in_words(wiring, told):
    """What is wrong with the sources of the four places."""
    taken = next((r for n, p in told.items() if str(n).endswith("att.dropout") for r in RATES if p == DISTINCT[r]), "")
    if not wiring["att"] and taken != ATTN:  # where the outputs drop out as well, the weights behind them do not show
        wiring = {**wiring, "att": taken}
    wrong = {place: source for place, source in wiring.items() if source != OWN[place]}
    sources = set(wiring.values())
    if sources == {""}:
        return "None of the three rates has an effect: the dropout layers are made and never used, or have a rate of 0."
    if len(sources) == 1 and not next(iter(sources)).startswith("not"):
        return f"{sources.pop()} is used in all places; each place has a rate of its own."
    for a, b in itertools.combinations(RATES, 2):
        if all(wiring[place] == {a: b, b: a}.get(own, own) for place, own in OWN.items()):
            return f"{a} and {b} are exchanged: {b} is for {WHERE[next(p for p in OWN if OWN[p] == b)]}."
    if wrong == {"att_out": "", "ff_out": ""}:
        return f"drop_rate_shortcut has no effect: {EFFECT[SHORTCUT]}."
    if wrong in ({"att_out": ""}, {"ff_out": ""}):
        (place,) = wrong
        return f"drop_rate_shortcut has no effect on {WHERE[place]}: drop_shortcut stands behind the attention and behind the feed forward."
    said = []
    for place, source in wrong.items():
        if source.startswith("not"):
            said.append(
                f"{OWN[place]} is turned round: a rate is the probability that a number drops out, not that it stays"
            )
        elif source:
            said.append(f"{WHERE[place].capitalize()} take {source}; {OWN[place]} is for them")
        else:
            said.append(f"{OWN[place]} has no effect: nothing drops out of {WHERE[place]}; {EFFECT[OWN[place]]}")
    return ". ".join(dict.fromkeys(said)) + "."


@pytest.mark.points(3)
@pytest.mark.needs("test_no_rate_no_dropout")
def test_each_rate_reaches_its_place(submission, evaluated, seed):
    """With a rate of 1 everything drops out in its place, in every block, and nothing anywhere else."""
    model, ids = drawn(BASE, seed, 7)
    cases = [case(model, ids, BASE, rates) for rates in COMBINATIONS]
    got = [pair[0] for pair, _ in answers(submission, cases, train=True)]
    state, known, same = model.state_dict(), {}, {}

    def fits(wiring):
        for number, rates in enumerate(COMBINATIONS):
            closed = closed_by(wiring, rates)
            if closed not in known:
                known[closed] = simulated(state, ids, BASE, closed)
            if (number, closed) not in same:
                same[number, closed] = torch.allclose(got[number], known[closed], rtol=1e-3, atol=1e-3)
            if not same[number, closed]:
                return False
        return True

    if all(right(model, ids, rates, logits) for rates, logits in zip(COMBINATIONS, got, strict=True)):
        return
    for wiring, sentence in ELSEWHERE:
        if fits({**OWN, **wiring}):
            fail(sentence)
    told = part(evaluated[1][0][1], "rates")
    sources = ("", *RATES, *(f"not {rate}" for rate in RATES))
    wirings = [dict(zip(OWN, four, strict=True)) for four in itertools.product(sources, repeat=4)]
    for wiring in sorted(wirings, key=lambda w: sum(w[place] != own for place, own in OWN.items())):
        if fits(wiring):
            fail(in_words(wiring, told))
    blended(submission, seed)
    for rates, logits in sorted(zip(COMBINATIONS, got, strict=True), key=lambda pair: sum(pair[0].values())):
        if not right(model, ids, rates, logits):
            on = " and ".join(name for name, rate in rates.items() if rate) or "no rate"
            fail(
                f"With {on} = 1 and the others 0 the logits are not what they should be: dropout acts in another place, or not at all."
            )


def blended(submission, seed):
    """Fails where a place drops another share than its rate says, or a share by another rate."""
    rate = chosen(seed)
    # dropped weights show in what comes out of the attention, and all that drops out shows in the weights
    asked = [
        (p, r)
        for p in EXPOSED
        for r in RATES
        if r == OWN[p] or (p, r) == ("ff_out", ATTN) or (p != "att" and r != ATTN)
    ]
    asked.sort(key=lambda pair: OWN[pair[0]] == pair[1])  # what a place takes from others, then what from its own
    shown = {place: make(seed) for place, make in EXPOSED.items()}
    got = answers(submission, [case(*shown[p], BASE, {**NONE, r: rate}) for p, r in asked], train=True)
    for (place, source), ((logits, _), _) in zip(asked, got, strict=True):
        share, own = share_of_zeros(place, shown[place][0], logits), source == OWN[place]
        if abs(share - own * rate) > 0.03:
            said = (
                known_share(share, rate, 0.02)
                if own
                else f"{source} acts on {WHERE[place]} too; {OWN[place]} alone is for them."
            )
            fail(said or f"With {source} = {rate} another share drops out of {WHERE[place]}: the rate does not come as it is in cfg.",
                 expected=f"a share of {own * rate}", got=f"{share:.2f}")  # fmt: skip


def part(told, key):
    return told[key] if isinstance(told, dict) and isinstance(told.get(key), dict) else {}


def right(model, ids, rates, logits):
    other = GPTModel({**BASE, "drop_rate": 0.0, **rates}).train()
    other.load_state_dict(model.state_dict())
    with torch.no_grad():
        return torch.allclose(logits, other(ids), rtol=1e-3, atol=1e-3)


# -- rates in between --------------------------------------------------------------------------------------------------


def chosen(seed):
    return round(random.Random(seed).uniform(0.15, 0.3), 2)


def exposed(submission, place, seed):
    rate, (state, ids) = chosen(seed), EXPOSED[place](seed)
    (pair, _), = answers(submission, [case(state, ids, BASE, {**NONE, OWN[place]: rate})], train=True)  # fmt: skip
    return rate, state, pair


def check_share(
    x,
    rate,
    value,
    place,
    *,
    alike=(),
    kinds=(),
    neither="something drops out on the way here too, or what stays is scaled by another number.",
):
    """x: (batch, ..., numbers), each 0 with probability rate, or else value / (1 - rate).

    alike: (dimension, sentence) for masks that are the same along it; kinds: (values, sentence) of other places.
    """
    if not torch.isfinite(x).all():
        fail(
            f"With {OWN[place]} = {rate} more drops out than {WHERE[place]}: even numbers that come another way are gone."
        )
    scale, dropped, share = 1 / (1 - rate), near(x, 0.0), near(x, 0.0).double().mean().item()
    if near(x, value).all():
        fail(
            f"With {OWN[place]} = {rate} nothing drops out of {WHERE[place]}.",
            expected=f"a share of {rate}",
            got="none",
        )
    for values, sentence in ((
        ([0.0, value], "What is kept is not scaled: nn.Dropout divides it by 1 - rate, so that the mean stays."),
        ([0.0, value / rate], "What is kept is divided by the rate; it is divided by 1 - rate."),
        ([0.0, value * (1 - rate)], "What is kept is multiplied by 1 - rate; it is divided by it."),
        *kinds,
    )):  # fmt: skip
        if near(x, *values).all():
            fail(sentence, expected=f"0 or {value * scale:.3f}", got=", ".join(f"{v:.3f}" for v in values))
    for dimension, sentence in alike:
        if (dropped == dropped.narrow(dimension, 0, 1)).all() and dropped.any():
            fail(sentence)
    room = 6 * (rate * (1 - rate) / x.numel()) ** 0.5 + 0.004
    if abs(share - rate) > room:
        fail(known_share(share, rate, room) or f"Of {WHERE[place]} another share drops out than {OWN[place]} says.",
             expected=f"a share of {rate}", got=f"{share:.3f}")  # fmt: skip
    if not near(x, 0.0, value * scale).all():
        fail(
            f"Numbers of {WHERE[place]} are neither 0 nor divided by 1 - rate: {neither}",
            expected=f"0 or {value * scale:.3f}",
        )


def known_share(share, rate, room):
    for wrong, sentence in (
        (1 - rate, "The rate is turned round: it is the probability that a number drops out, not that it stays."),
        (1 - (1 - rate) ** 2, "Numbers drop out twice: dropout acts two times, here and on the way here."),
        (1 - (1 - rate) ** 3, "Numbers drop out three times: dropout acts again and again on the way."),
        (rate / 2, "The rate is halved on its way."),
        (rate / 3, "The rate is divided by 3 on its way: each place gets the whole of its own."),
        (rate**2, "The rate is squared, or two masks have to agree."),
    ):
        if abs(share - wrong) < room:
            return sentence
    return None


ANEW = "The same numbers drop out in every call: the mask is drawn anew each time."


@pytest.mark.needs("test_each_rate_reaches_its_place")
def test_share_of_the_embeddings(submission, seed):
    """drop_rate_emb is the share of the embeddings' numbers that drop out; the others are divided by 1 - rate."""
    rate, _, pair = exposed(submission, "emb", seed)
    x, again = (read(logits)[..., :60] for logits in pair)
    s = 1 / (1 - rate)
    kinds = (
        ([0.0, s, 2 * s, 3 * s], "Tokens and places drop out each for itself: drop_emb acts once, on their sum.") if not near(x, 0.0, 3 * s).all() else ([], ""),
    )  # fmt: skip
    alike = ((0, "One mask serves all texts of a batch; each number drops out by itself."),
             (1, "One mask serves all tokens of a text; each number drops out by itself."),
             (2, "Whole tokens drop out; each number drops out by itself."))  # fmt: skip
    check_share(x, rate, 3.0, "emb", alike=alike, kinds=[k for k in kinds if k[0]])
    if (near(x, 0.0) == near(again, 0.0)).all():
        fail(ANEW)


@pytest.mark.needs("test_each_rate_reaches_its_place")
def test_share_of_the_attention_weights(submission, seed):
    """drop_rate_attn is the share of the attention weights that drop out; the others are divided by 1 - rate."""
    rate, state, pair = exposed(submission, "att", seed)
    (ratio, plain, seen), (again, _, _) = (read_weights(logits, state) for logits in pair)
    x, s = ratio[..., seen, :], 1 / (1 - rate)  # (batch, heads, weights, 2)
    dropped = near(x, 0.0)
    if torch.isfinite(x).all() and (dropped[..., 0] != dropped[..., 1]).any():
        first = dropped[..., 0:1, :] if near(x, 0.0, s).all() else None
        columns = near(ratio, 0.0)  # of one token's value, for all rows that see it
        same = first is not None and all((columns[:, :, j:, j] == columns[:, :, j : j + 1, j]).all() for j in range(6))
        fail("The values drop out, not the weights that they get." if same else
             "What the heads give drops out number by number: the dropout stands behind weights @ values; it acts on the"
             " weights, before they meet the values.")  # fmt: skip
    sums = (ratio[..., 0] * plain).where(seen, 0.0).sum(-1)
    if torch.isfinite(sums).all() and near(sums, 0.0, 1.0).all() and not near(x, 1.0).all():
        fail("The rows of the attention weights still sum to 1: scores drop out before the softmax, or the weights are"
             " divided by their sum again. Dropout acts on the weights, after the softmax.")  # fmt: skip
    alike = ((0, "One mask serves all texts of a batch; each weight drops out by itself."),
             (1, "One mask serves all heads; each weight drops out by itself."))  # fmt: skip
    check_share(x[..., 0], rate, 1.0, "att", alike=alike)
    rows = near(ratio[..., 0], 0.0)
    if all((rows[:, :, i, : i + 1] == rows[:, :, i, :1]).all() for i in range(6)):
        fail(
            "All weights of a row drop out together: the output of a head drops out as a whole; each weight does by itself."
        )
    if (near(ratio, 0.0) == near(again, 0.0)).all():
        fail(ANEW)


@pytest.mark.needs("test_each_rate_reaches_its_place")
def test_share_of_the_outputs(submission, seed):
    """drop_rate_shortcut is the share of the outputs' numbers that drop out; the others are divided by 1 - rate."""
    rate, _, pair = exposed(submission, "att_out", seed)
    x, again = (read(logits)[..., :60] for logits in pair)
    alike = ((0, "One mask serves all texts of a batch; each number drops out by itself."),
             (1, "One mask serves all tokens of a text; each number drops out by itself."),
             (2, "All numbers of a token drop out together; each drops out by itself."))  # fmt: skip
    inside = "by drop_rate_shortcut something drops out on the way here too, of the input or inside."
    for place, dimensions in GROUPS.items():
        for block in range(2):
            check_share(
                x[..., dimensions][..., 15 * block : 15 * block + 15], rate, 1.0, place, alike=alike, neither=inside
            )
    if (near(x, 0.0) == near(again, 0.0)).all():
        fail(ANEW)


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "missing the required .forward", "GPTModel, or a layer of it, has no forward: is it indented into the class?"),
    ("NotImplementedError", "", "GPTModel is not written yet."),
    ("KeyError|ValueError", r"^'drop_rate'$|lacks 'drop_rate'", "cfg has no drop_rate any more: each place has its own, drop_rate_emb, drop_rate_attn and drop_rate_shortcut."),
    ("KeyError", r"^'(drop\w*)'$", "cfg has no {0}: the three rates are drop_rate_emb, drop_rate_attn and drop_rate_shortcut."),
    ("KeyError", r"^'(\w+)'$", "cfg has no {0}; its keys are those of GPT_CONFIG_124M, with three rates in the place of one."),
    ("AttributeError", r"before Module\.__init__|before __init__", "super().__init__() comes first in __init__, before any layer is assigned."),
    ("AttributeError", r"'dict' object has no attribute '(\w+)'", 'cfg is a dictionary: write cfg["{0}"].'),
    ("AttributeError", r"object has no attribute '(drop\w*)'", "{0} is used in forward and not made under that name in __init__."),
    ("AttributeError", r"'(\w+)' object has no attribute '(\w+)'", "A {0} has no {1}: forward uses a name that __init__ does not make, or that belongs to another object."),
    ("TypeError", r"'(float|int)' object is not callable", "A rate was called like a layer: make nn.Dropout(rate) in __init__ and call that."),
    ("TypeError", r"not a Module subclass", "nn.Sequential takes blocks, not a list or generator of them: put a * in front, or use nn.ModuleList."),
    ("TypeError", r"'?ModuleList'? object is not callable|ModuleList\] is missing", "nn.ModuleList cannot be called: go through its blocks in a loop."),
    ("TypeError", r"MultiHeadAttention\.__init__\(\)|unexpected keyword", "A layer gets arguments that it does not take. MultiHeadAttention takes d_in, d_out, context_length, dropout, num_heads and qkv_bias, in this order."),
    ("TypeError", r"between instances of '(\w+)' and '(?:int|float)'", "nn.Dropout takes one rate, a number, not a {0}."),
    ("TypeError", r"must be Tensor, not (\w+)", "A layer is given a {0} and needs a tensor: does a forward not return anything, or is a rate handed on in its place?"),
    ("TypeError", r"NoneType", "Something is None where a tensor is needed: a forward of a block or layer ends without return."),
    ("ValueError", r"probability has to be between 0 and 1", "A rate is outside 0 to 1: rates are handed on as they are, not added up or scaled."),
    ("ValueError", r"unknown keys: ('\w+')", "The layers of the reference do not know the key {0}: hand cfg on as it came."),
    ("ValueError|RuntimeError", r"whole share|n_heads must divide|invalid for input of size", "The heads do not fit: num_heads is cfg['n_heads'] and d_out the whole of cfg['emb_dim']."),
    ("ValueError", r"context length|tokens; the context", "The context is too short: pos_emb and attention take cfg['context_length'] places."),
    ("IndexError", r"out of range in self", "An embedding is too small: tok_emb has cfg['vocab_size'] rows, pos_emb cfg['context_length'], and places are 0, 1, 2, ... up to the number of tokens."),
    ("RuntimeError|ValueError|IndexError", r"size of tensor|mat1 and mat2|shape|normalized_shape|dimension", "Sizes do not fit: between the parts every token has cfg['emb_dim'] numbers, and pos_emb gives one row for each token that came."),
    ("ImportError", r"withheld", "reference.model is what you write here; LayerNorm and FeedForward are in reference.layers, MultiHeadAttention in reference.attention."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
