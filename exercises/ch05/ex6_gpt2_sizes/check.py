"""Judges exercise 5.6: small checkpoints in OpenAI's layout, the weights, logits and texts that belong to them.

TensorFlow is imported when the checkpoints are made, and not before; without it every check is skipped.
"""

from __future__ import annotations

import importlib.util
import random
import re
import tempfile
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from quizbook.judge.checks import assert_close, assert_equal, assert_one_each, describe, diagnosis, fail, part
from reference.generate import generate
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer

ABSENT = "TensorFlow is not installed, which reads OpenAI's checkpoints: pip install 'quizbook[openai]'"
COPIED = {"rtol": 1e-6, "atol": 1e-7}
COMPUTED = {"rtol": 1e-3, "atol": 1e-3}
NAMES = ["124M", "355M", "774M", "1558M"]
PROMPTS = ["Every effort moves you", "The lamp in the window", "Nobody at the harbour", "In the seventh year"]
PARTS = ("W_query", "W_key", "W_value")


def installed(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


pytestmark = pytest.mark.skipif(not installed("tensorflow"), reason=ABSENT)


# -- what is drawn ----------------------------------------------------------------------------------------------------


def draw(seed, *, context, heads, head_size, layers):
    """A model as OpenAI's are, every number of it its own: norms and biases too."""
    torch.manual_seed(seed)
    cfg = {"vocab_size": 50257, "context_length": context, "emb_dim": heads * head_size, "n_heads": heads}
    cfg |= {"n_layers": layers, "drop_rate": 0.0, "qkv_bias": True, "tie_weights": True}
    model = GPTModel(cfg).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            nn.init.normal_(value, 1.0 if name.endswith("scale") else 0.0, 0.6)
        model.pos_emb.weight.mul_(3)
    return model


def draw_models(seed):
    dice = random.Random(seed)
    shapes = [
        {"context": dice.randint(12, 14), "heads": 2, "head_size": 4, "layers": 2},
        {"context": dice.randint(15, 18), "heads": 4, "head_size": dice.choice((2, 3)), "layers": dice.choice((1, 3))},
    ]
    sizes = dice.sample(NAMES, len(shapes))
    return {size: draw(seed + number, **shape) for number, (size, shape) in enumerate(zip(sizes, shapes, strict=True))}


def as_files(model):
    """OpenAI's files of a model, each as bytes in a tensor."""
    from reference.openai import save_openai_checkpoint

    with tempfile.TemporaryDirectory() as place:
        try:
            save_openai_checkpoint(model, place)
        except ImportError as error:
            pytest.skip(str(error))
        return {
            path.name: torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
            for path in Path(place).iterdir()
        }


@pytest.fixture(scope="module")
def drawn(run_seed):
    """The models by their sizes, and their files."""
    models = draw_models(run_seed)
    return models, {size: as_files(model) for size, model in models.items()}


@pytest.fixture(scope="module")
def answers(submission, drawn, run_seed):
    """Each size with its model, the ids that were asked about, and what load_gpt2 came to."""
    models, files = drawn
    ids = torch.randint(50257, (2, 9), generator=torch.Generator().manual_seed(run_seed))
    got = submission.call("loaded", files=files, ids=ids)
    assert_one_each(got, models, "size")
    return [(size, model, ids, answer) for (size, model), answer in zip(models.items(), got, strict=True)]


# -- shape ------------------------------------------------------------------------------------------------------------


def test_shape(answers):
    """load_gpt2 returns a GPTModel of the shape that hparams.json says."""
    for size, model, _, answer in answers:
        kind, weights = part(answer, "kind"), part(answer, "weights")
        if kind == "NoneType":
            fail("load_gpt2 returns nothing; it ends with return model.", expected="a GPTModel")
        if kind in ("tuple", "dict", "OrderedDict"):
            fail(f"load_gpt2 returns a {kind}; the model itself is asked for.", expected="a GPTModel")
        if not isinstance(weights, dict):
            fail("load_gpt2 returns no model.", expected="a GPTModel", got=str(kind)[:40])
        blocks = {name.split(".")[1] for name in weights if name.startswith("trf_blocks.")}
        if len(blocks) != model.cfg.n_layers:
            fail(
                f"The model of {size} has another number of blocks: n_layer of hparams.json says how many.",
                expected=model.cfg.n_layers,
                got=len(blocks),
            )
        for name, value in model.state_dict().items():
            check_shape(size, model, name, value, weights)


def whole_numbers(found):
    return isinstance(found, list) and all(type(number) is int for number in found)


def check_shape(size, model, name, value, weights):
    if name not in weights:
        if re.search(r"W_\w+\.bias", name):
            fail("Query, key and value have no biases: OpenAI's have, so qkv_bias is True.", expected=name)
        fail(f"The model of {size} has no {name}: build a GPTModel.", expected=describe(value))
    found = weights[name]
    shape = list(found.shape) if isinstance(found, Tensor) else found if whole_numbers(found) else []
    if shape == list(value.shape):
        return
    if name == "pos_emb.weight" and shape[1:] == [model.cfg.emb_dim]:
        sentence = f"The context length of {size} is not n_ctx of hparams.json, on which the position embedding hangs."
    elif shape == list(value.T.shape):
        sentence = f"{name} was put there without transposing: OpenAI keeps (in, out), nn.Linear (out, in)."
    else:
        sentence = f"{name} of {size} has another shape: vocab_size is n_vocab, emb_dim is n_embd, from hparams.json."
    fail(sentence, expected=describe(value), got=f"shape {str(shape)[:40]}")


# -- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.needs("test_shape")
@pytest.mark.points(3)
def test_weights(answers):
    """Every tensor of the checkpoint is in its place."""
    for size, model, _, answer in answers:
        right, got = model.state_dict(), part(answer, "weights")
        for name, value in right.items():
            hint = partial(mistake, right, name, got)
            assert_close(got[name], value, hint, what=f"{name} of {size}", **COPIED)


def alike(a, b):
    return (
        isinstance(a, Tensor)
        and a.shape == b.shape
        and not a.is_complex()
        and torch.allclose(a.double(), b.double(), **COPIED)
    )


def mistake(right, name, all_got, got, _):
    """The sentence about a wrong tensor, by what it holds instead."""
    value = right[name]
    if name == "out_head.weight":
        return "The output head does not hold the token embedding's numbers: OpenAI's layout has none of its own, wte serves for both."
    if value.ndim == 2 and value.shape[0] == value.shape[1] and alike(got, value.T):
        return f"{name} was copied without transposing: OpenAI keeps (in, out), nn.Linear (out, in). It is square, so no error tells."
    if value.ndim == 2 and alike(got, value.T.reshape(value.shape)):
        return f"{name} was reshaped where it has to be transposed: .T exchanges rows and columns."
    for other, numbers in right.items():
        if other != name and alike(got, numbers):
            return f"{name} holds the numbers of {other}."
        if other != name and numbers.ndim == 2 and alike(got, numbers.T):
            return f"{name} holds the numbers of {other}, not transposed."
    if any(f".{layer}." in name for layer in PARTS) and (sentence := wrong_part(right, name, got)):
        return sentence
    if alike(got, torch.zeros_like(value)) or alike(got, torch.ones_like(value)):
        return f"{name} still has the value that a new model gives it: it was not loaded."
    if alike(got, value + 1) or alike(got, value - 1):
        return f"{name} is off by one: g is the scale itself."
    unloaded = [other for other, numbers in right.items() if not alike(all_got.get(other), numbers)]
    if len(unloaded) > 0.8 * len(right):
        return (
            "The weights are those of a new model: none, or hardly any, of the checkpoint's tensors was loaded into it."
        )
    if not any(n in name for n in PARTS) and not alike(got.sort(-1).values if got.ndim else got, value.sort(-1).values):
        return f"{name} does not hold what the checkpoint has for it: it seems not to be loaded. Nor are {len(unloaded) - 1} others."
    return (
        f"{name} holds other numbers than the checkpoint has for it: was it loaded? c_attn, w and b, holds query, key and"
        " value side by side, a third each."
    )


def wrong_part(right, name, got):
    """Query, key and value come out of c_attn in thirds of its last dimension; other ways of taking it apart."""
    start, layer, kind = re.fullmatch(r"(.*\.)(W_\w+)\.(\w+)", name).groups()
    whole = torch.cat([right[f"{start}{part}.{kind}"].T for part in PARTS], dim=-1)  # (in, 3 * out), or (3 * out,)
    number, size = PARTS.index(layer), whole.shape[-1] // 3
    rows = whole.reshape(*whole.shape[:-1], size, 3)[..., number]
    if alike(got, rows.T) or alike(got, rows):
        return f"{name} takes every third column of c_attn; query, key and value stand side by side, a third each."
    if kind == "weight" and any(
        alike(got, whole.reshape(3, size, size)[number].mT if turn else whole.reshape(3, size, size)[number])
        for turn in (0, 1)
    ):
        return f"c_attn is reshaped to take {name} out of it; split its last dimension into thirds: chunk(3, dim=-1)."
    return None


# -- logits -----------------------------------------------------------------------------------------------------------


@pytest.mark.needs("test_weights")
@pytest.mark.points(2)
def test_logits(answers):
    """As it is returned, the model gives the logits of the original: heads and dropout are right too."""
    for size, model, ids, answer in answers:
        logits = part(answer, "logits")
        if not isinstance(logits, list) or len(logits) != 2:
            fail(f"The model of {size} gives no logits for ids (2, 9).", got=str(part(answer, "refused"))[:160])
        with torch.no_grad():
            right = model(ids)
        first, second = logits
        twice = isinstance(first, Tensor) and isinstance(second, Tensor) and first.shape == second.shape
        unsteady = (
            twice
            and not first.is_complex()
            and not second.is_complex()
            and not torch.allclose(first.double(), second.double())
        )
        known = [lambda *_: "Dropout is on: drop_rate 0.0, or model.eval() before it is returned."] if unsteady else []
        assert_close(
            first,
            right,
            *known,
            lambda g, _, m=model, i=ids: other_heads(m, i, g),
            what=f"the logits of {size}",
            **COMPUTED,
        )


def other_heads(model, ids, got):
    cfg = dict(model.cfg)
    for heads in range(1, cfg["emb_dim"] + 1):
        if cfg["emb_dim"] % heads == 0 and heads != cfg["n_heads"]:
            other = GPTModel(cfg | {"n_heads": heads}).eval()
            other.load_state_dict(model.state_dict())
            with torch.no_grad():
                if torch.allclose(got.double(), other(ids).double(), **COMPUTED):
                    return f"The model has {heads} heads: n_head of hparams.json says how many. The weights fit any number, so no error tells."
    return None


# -- texts ------------------------------------------------------------------------------------------------------------


@pytest.mark.needs("test_logits")
@pytest.mark.points(2)
def test_texts(submission, drawn, seed):
    """compare returns for each size the prompt and the greedy continuation, also beyond the context."""
    models, files = drawn
    dice = random.Random(seed)
    prompt = dice.choice(PROMPTS)
    for new, sizes in ((dice.randint(3, 5), list(models)), (dice.randint(14, 20), list(models)[::-1])):
        both = submission.call("texts", files=files, sizes=sizes, prompt=prompt, new=new)
        if not isinstance(both, list) or len(both) != 2:
            fail("What came back is not what compare returned twice.", got=describe(both))
        check_keys(both[0], sizes)
        for size in sizes:
            others = {other: model for other, model in models.items() if other != size}
            check_text(size, models[size], others, both, prompt, new)


def check_keys(got, sizes):
    if got == "a NoneType":
        fail("compare returns nothing; it ends with return and a dictionary.")
    if not isinstance(got, dict):
        fail("compare returns no dictionary; for each size a text is asked for.", expected="a dict", got=describe(got))
    if set(got) != set(sizes):
        if len(got) < len(sizes) and set(got) <= set(sizes):
            fail(
                "Only some of the sizes are there: is there a return within the loop?",
                expected=str(sizes),
                got=str(list(got))[:80],
            )
        fail("The keys are not the sizes that were asked for.", expected=str(sizes), got=str(list(got))[:80])


def check_text(size, model, others, both, prompt, new):
    got, again = both[0][size], part(both[1], size)
    right = greedy(model, prompt, new)
    if not isinstance(got, str):
        fail(f"The text of {size} is no text: decode the ids.", expected=describe(right), got=describe(got))
    if got.startswith("a ") and got[2:] in ("Tensor", "list", "tuple", "NoneType", "dict"):
        fail(f"What compare has for {size} is no text but {got}: decode the ids.", expected=describe(right))
    if got != right and again != got:
        fail(
            "The same call gives another text each time: it is to be greedy, the token with the largest logit.",
            expected=shown(right),
            got=shown(got),
        )
    if got != right:
        named = next((pair for pair in known(model, others, prompt, new) if pair[0] == got), None)
        assert_equal(got, right, *filter(None, [named]), what=f"the text of {size} with {new} new tokens")


def shown(text):
    return f"the text {text[:200]!r}"


def greedy(model, prompt, new, *, context=None, decode=None):
    tokenizer = gpt2_tokenizer()
    ids = torch.tensor([tokenizer.encode(prompt)])
    made = generate(model, ids, new, context or model.cfg.context_length, use_cache=False)[0].tolist()
    return (decode or (lambda _, ids: tokenizer.decode(ids)))(ids.shape[1], made)


def known(model, others, prompt, new):
    """Texts that typical mistakes give, with their sentences."""
    tokenizer, context = gpt2_tokenizer(), model.cfg.context_length
    right = greedy(model, prompt, new)
    yield (
        greedy(model, prompt, new, decode=lambda n, ids: tokenizer.decode(ids[n:])),
        "The prompt is missing: the text begins with it.",
    )
    yield prompt, "Nothing was added to the prompt."
    for more in (-1, 1):
        if new + more > 0:
            yield (
                greedy(model, prompt, new + more),
                "One token too few or too many is added: max_new_tokens says how many.",
            )
    for other, theirs in others.items():
        yield greedy(theirs, prompt, new), f"That is the text of {other}: load the model of each size anew."
    yield (
        greedy(
            model,
            prompt,
            new,
            decode=lambda n, ids: tokenizer.decode(ids[:n]) + "".join(tokenizer.decode([i]) for i in ids[n:]),
        ),
        "The tokens are decoded one by one; a letter can be spread over several, so decode them together.",
    )
    yield (
        greedy(model, prompt, new, decode=lambda _, ids: "".join(tokenizer.decode([i]) for i in ids)),
        "The tokens are decoded one by one; a letter can be spread over several, so decode them together.",
    )
    yield right.strip(), "Blanks at the ends are stripped; return the text as it is."
    yield right.replace("\n", " "), "Line breaks are replaced; return the text as it is."
    for other in range(1, context):
        yield (
            greedy(model, prompt, new, context=other),
            f"The model sees {other} tokens at most; it may see all of its context, n_ctx.",
        )
    yield greedy(model, prompt, 25), "25 tokens are added; max_new_tokens says how many."
    yield greedy(model, prompt, 1), "Only one token is added: is there a return within the loop?"
    yield smallest(model, prompt, new), "The token with the smallest logit is taken; greedy takes the largest."
    yield at_first(model, prompt, new), "The logits of the first place are used; the last place says what comes next."


def smallest(model, prompt, new):
    return stepwise(model, prompt, new, lambda logits: logits[0, -1].argmin())


def at_first(model, prompt, new):
    return stepwise(model, prompt, new, lambda logits: logits[0, 0].argmax())


def stepwise(model, prompt, new, pick):
    tokenizer = gpt2_tokenizer()
    ids = tokenizer.encode(prompt)
    for _ in range(new):
        with torch.no_grad():
            ids.append(int(pick(model(torch.tensor([ids[-model.cfg.context_length :]])))))
    return tokenizer.decode(ids)


# -- exceptions -------------------------------------------------------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "load_gpt2 and compare are both to be written."),
    ("KeyError", r"gpt2-|small|medium|\(\d+M\)|^'\d+M'",
     "A table by names decides the shape; these checkpoints have shapes of their own, which hparams.json says."),
    ("KeyError", r"^'(n_\w+|vocab_size|emb_dim|context_length)'",
     "There is no {0}: hparams.json has n_vocab, n_ctx, n_embd, n_head and n_layer, our configuration has other names."),
    ("KeyError", r"(model/[\w/]+|blocks|wte|wpe|h\d+\S*)",
     "The checkpoint has no {0}: its names are model/wte, model/wpe, model/h0/... and model/ln_f/..., up to n_layer blocks. Is n_layers n_layer, and n_heads n_head?"),
    ("RuntimeError", r"loading state_dict.*size mismatch for (\S+?):",
     "{0} does not fit: is its c_ layer transposed (OpenAI keeps (in, out), nn.Linear (out, in)), and is the model of the shape that hparams.json says?"),
    ("RuntimeError", r"Missing key\(s\) in state_dict: \"(\S+?)\"", "{0} gets no numbers: every parameter has its tensor, the output head has wte's."),
    ("RuntimeError", r"Unexpected key\(s\) in state_dict: \"(\S+?)\"", "The model has no {0}: are the names ours, and is qkv_bias True?"),
    ("AttributeError", r"'NoneType' object has no attribute '(copy_|data|shape|weight)'",
     "The layers of query, key and value have no bias: the configuration needs qkv_bias True."),
    ("ValueError|RuntimeError|AssertionError", r"[Ss]hape|size of tensor|must match|size mismatch|expanded size",
     "A tensor does not fit its place. c_ layers have to be transposed, c_attn split into thirds of its last dimension, and the model has the shape of hparams.json."),
    ("ValueError", r"must divide|n_heads", "n_heads and emb_dim do not belong together: n_head and n_embd of hparams.json say both."),
    ("ValueError|IndexError|RuntimeError", r"a row has|context_size is|index out of range|context length",
     "The text grew beyond the context: give the model the last n_ctx tokens only, idx[:, -context_length:]."),
    ("NotFoundError|FileNotFoundError|NotADirectoryError", "", "The files of a size lie in models_dir/size, for each size that comes: hparams.json and model.ckpt."),
    ("AttributeError", r"'NoneType' object has no attribute 'endswith'", "tf.train.latest_checkpoint found nothing: the files of a size lie in models_dir/size."),
    ("URLError|HTTPError|ConnectionError|FetchError|PermissionError", "", "There is no network here: the files lie in models_dir/size already."),
    ("ImportError|ModuleNotFoundError", r"withheld", "The functions of the reference that load OpenAI's weights are what this exercise asks for."),
    ("TypeError", r"(unsupported operand.*str|can only concatenate|PosixPath)", "models_dir is a string: Path(models_dir, size)."),
    ("TypeError|AttributeError", r"numpy|ndarray", "A numpy array stands where a tensor belongs: torch.from_numpy, or torch.tensor."),
    ("TypeError", r"assign .* as parameter '(\w+)'", "{0} takes an nn.Parameter, or use copy_ under torch.no_grad()."),
    ("RuntimeError", r"leaf [Vv]ariable", "Parameters are changed in place under torch.no_grad() only."),
    ("IndexError", r"list index", "There are more or fewer blocks than that: n_layer says how many."),
    ("AttributeError", r"'(\w+)' object has no attribute '(\w+)'", "A {0} has no {1}: is it taken for the model, a layer or a tensor?"),
    ("MemoryError|RuntimeError", r"memory|alloc", "The memory does not suffice: is the model as small as hparams.json says?"),
)  # fmt: skip


by_message = diagnosis(SAYINGS)


def diagnose(raised):
    """The idea behind an exception of the submission, in a sentence, or None."""
    return about_shapes(raised.message) or by_message(raised)


def about_shapes(message):
    """What two shapes in a message that do not fit say together."""
    told = re.findall(r"\[(\d{1,7}(?:, \d{1,7})*)\]|\((\d{1,7}(?:, \d{1,7})+)\)", message)
    shapes = [[int(number) for number in (one or other).split(",")] for one, other in told][:2]
    if len(shapes) < 2 or shapes[0] == shapes[1]:
        return None
    first, second = shapes
    if 1 in first + second and len(first) != len(second):
        return "OpenAI's c_ weights are (1, in, out): the dimension of 1 goes first, with squeeze(), then comes .T."
    if first == second[::-1]:
        return (
            "A weight is put into its layer without transposing: OpenAI keeps (in, out), nn.Linear (out, in), so the"
            " c_ layers have to be transposed."
        )
    if len(first) == len(second) and any(
        sorted((a, b))[1] == 3 * sorted((a, b))[0] for a, b in zip(first, second, strict=True)
    ):
        return (
            "c_attn is query, key and value side by side: split its last dimension into thirds before it is assigned."
        )
    if 1024 in first + second and first[-1] == second[-1]:
        return "The context length is 1024: it is n_ctx of hparams.json, on which the position embedding hangs."
    if len(first) == len(second) and 50257 in first + second:
        return "The model has another width than the checkpoint: build the model of the shape that hparams.json says, without a table of sizes."
    return None
