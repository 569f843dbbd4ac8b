"""Judges exercise 6.2 by what one training step makes of every weight, with the reference's model beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from quizbook.judge.checks import assert_close, assert_one_each, describe, diagnosis, fail, looks_like, part, remark
from reference.model import GPTModel

COPIED = {"rtol": 1e-6, "atol": 1e-7}  # a weight that nobody touched
OFF_THE_STEP = {"rtol": 1e-3, "atol": 1e-5}
LEAST_MOVE = 2e-4  # of an expected step, to say that a weight stood still
CUT_OFF = " No requires_grad is False there: does a detach, a no_grad or a hook cut the gradient off?"


@dataclass(frozen=True)
class Case:
    """A model's configuration and weights, what it is to become, and the step that it is trained by."""

    cfg: dict
    num_classes: int
    x: Tensor
    y: Tensor
    lr: float
    frozen: bool = False
    state: dict[str, Tensor] = field(default_factory=dict)

    def model(self, head=None):
        """The model as it was, or with the given head, (weight, bias)."""
        model = GPTModel(self.cfg)
        model.load_state_dict(self.state)
        if head is not None:
            model.out_head = nn.Linear(self.cfg["emb_dim"], self.num_classes)
            model.out_head.load_state_dict(dict(zip(("weight", "bias"), head, strict=True)))
        return model

    def stepped(self, head):
        """All weights after the step, by name."""
        model = self.model(head)
        F.cross_entropy(model(self.x)[:, -1], self.y).backward()
        return {name: (p - self.lr * p.grad).detach() for name, p in model.named_parameters()}

    @property
    def of(self):
        return f"for emb_dim = {self.cfg['emb_dim']} and num_classes = {self.num_classes}"


def draw(seed, num_classes, n_layers, frozen=False):
    """Sizes that all differ, so that an exchanged one shows."""
    torch.manual_seed(seed)
    emb, vocab, tokens = [int(torch.randint(*span, ())) for span in ((4, 8), (40, 70), (5, 8))]
    cfg = {"vocab_size": vocab, "context_length": 24, "emb_dim": 2 * emb, "n_heads": 2, "n_layers": n_layers}
    cfg |= {"drop_rate": 0.0, "qkv_bias": False}
    x, y = torch.randint(vocab, (6, tokens)), torch.arange(6) % num_classes
    state = GPTModel(cfg).state_dict()
    return Case(cfg, num_classes, x, y, 2 + 3 * torch.rand(()).item(), frozen, state)


def drawn(seed):
    """Two classes, which is what many write down, more of them, and a deeper model."""
    return draw(seed, 2, 2), draw(seed + 1, 3, 3), draw(seed + 2, 5, 2)


# -- the checks -------------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_new_head(submission, seed):
    """model.out_head is a new linear layer from an embedding to num_classes scores, with a bias."""
    for case, answer in answered(submission, "made", drawn(seed)):
        head_of(case, answer)


def test_other_weights(submission, seed):
    """All weights but those of the head are what they were."""
    for case, answer in answered(submission, "made", drawn(seed)):
        before, rest = without_head(case.state), without_head(state_of(answer))
        for sentence in changes(case, before, rest):
            kept = sum(same(rest.get(name), value, **COPIED) for name, value in before.items())
            fail(
                sentence,
                expected=f"{len(before)} weights below the head, as they were",
                got=f"{len(rest)}, {kept} as they were",
            )


@pytest.mark.needs("test_new_head", "test_other_weights")
def test_logits(submission, seed):
    """The model gives a score for each class, for every token."""
    for case, answer in answered(submission, "logits", drawn(seed)):
        expected = case.model(head_of(case, answer))(case.x).detach()
        assert_close(
            part(answer, "logits"),
            expected,
            looks_like(expected[:, -1], "Only the last token's scores come out: the model gives them for every token, and whoever calls it takes one."),
            looks_like(expected[:, -1:], "Only the last token's scores come out: the model gives them for every token, and whoever calls it takes one."),
            looks_like(expected[:, 0], "Only the first token's scores come out: the model gives them for every token."),
            looks_like(expected.mean(1), "The mean over the tokens comes out: the model gives scores for every token."),
            looks_like(expected.softmax(-1), "The scores went through a softmax: cross_entropy wants the logits, and does that itself."),
            looks_like(expected.log_softmax(-1), "The scores went through a log_softmax: cross_entropy wants the logits, and does that itself."),
            looks_like(expected.sigmoid(), "The scores went through a sigmoid: cross_entropy wants the logits."),
            lambda *_: "The weights are right, what the model computes with them is not: leave its forward and its other layers alone, and put nothing before or behind the linear layer, no dropout and no activation.",
            what=f"the logits {case.of}",
        )  # fmt: skip


@pytest.mark.needs("test_new_head", "test_other_weights", "test_logits")
@pytest.mark.points(3)
def test_step_moves_all(submission, seed):
    """One training step moves every parameter, each by its own gradient."""
    for case, answer in answered(submission, "steps", drawn(seed)):
        after = part(answer, "after")
        judge_step(case, head_of(case, answer), after if isinstance(after, dict) else {}, part(answer, "frozen"))
    case = draw(seed + 3, 2, 2, frozen=True)
    answer = answered(submission, "steps", [case])[0][1]
    expected, after = case.stepped(head_of(case, answer)), part(answer, "after")
    if not all(same(part(after, renamed(name, after)), value, **OFF_THE_STEP) for name, value in expected.items()):
        remark(
            "A model that comes with frozen parts, as after the chapter's own fine-tuning, keeps them frozen here:"
            " model.requires_grad_(True) would thaw all of it."
        )


def judge_step(case, head, after, told):
    expected = case.stepped(head)
    before = {**case.state, "out_head.weight": head[0], "out_head.bias": head[1]}
    got = {name: part(after, renamed(name, after)) for name in expected}
    moves = {name: (expected[name] - before[name]).abs().max().item() for name in expected}
    seen = [name for name in expected if moves[name] > LEAST_MOVE]
    still = [name for name in seen if same(got[name], before[name], **COPIED)]
    if still:
        flagged = isinstance(told, list) and any(name in told for name in still)
        why = " Leave out what sets requires_grad to False." if flagged else CUT_OFF
        shown = f"{len(still)} of {len(seen)} stood still, {still[0]} among them"
        fail(stood_still(case, still, seen) + why, expected="every parameter moves", got=shown)
    for name, value in expected.items():
        what = f"{name} after the step, {case.of}"
        hint = f"{name} moved, but not by its gradient: is it changed, hooked or trained elsewhere too?"
        assert_close(got[name], value, lambda *_, hint=hint: hint, what=what, **OFF_THE_STEP)


# -- what came over the wall ------------------------------------------------------------------------------------------


def answered(submission, name, cases):
    answers = submission.call(name, cases=[vars(case) for case in cases])
    assert_one_each(answers, cases, "model")
    return list(zip(cases, answers, strict=True))


def state_of(answer):
    """The tensors of the state dict that came."""
    state = part(answer, "state")
    return {k: value for k, value in state.items() if isinstance(value, Tensor)} if isinstance(state, dict) else {}


def without_head(state):
    return {name: value for name, value in state.items() if not name.startswith("out_head.")}


def renamed(name, state):
    """The name that a weight of the head has where the layer lies in another one, as out_head.0.weight."""
    if not name.startswith("out_head.") or not isinstance(state, dict) or name in state:
        return name
    ending = name.rpartition(".")[2]
    return next((key for key in state if re.fullmatch(rf"out_head\..*\b{ending}", key)), name)


def same(a, b, rtol=1e-4, atol=1e-5):
    fits = isinstance(a, Tensor) and a.shape == b.shape and not a.dtype.is_complex
    return fits and torch.allclose(a.double(), b.double(), rtol=rtol, atol=atol)


# -- the head ---------------------------------------------------------------------------------------------------------


def head_of(case, answer):
    """Its weight and bias, where they are what they have to be."""
    head = {name: value for name, value in state_of(answer).items() if name.startswith("out_head.")}
    weights, biases = ([value for value in head.values() if value.dim() == dims] for dims in (2, 1))
    emb, classes = case.cfg["emb_dim"], case.num_classes
    for sentence in faults(case, answer, weights, biases):
        came = f"its weight: {describe(weights[0])}" if weights else f"{len(head)} weights under out_head"
        fail(sentence, expected=f"nn.Linear({emb}, {classes}), its weight of shape ({classes}, {emb})", got=came)
    return weights[0], biases[0]


def faults(case, answer, weights, biases):
    """What is wrong with the head; each of these may only be asked where those before it are not."""
    emb, vocab, classes = case.cfg["emb_dim"], case.cfg["vocab_size"], case.num_classes
    old, kind = case.state["out_head.weight"], part(answer, "kind")
    if len(weights) > 1 and any(value.shape == old.shape for value in weights):
        yield "The new layer stands behind the old head, which still scores the vocabulary: it is to take its place."
    if len(weights) > 1 or len(biases) > 1:
        yield "The head is a chain of several layers with weights; one nn.Linear is asked for."
    if not weights:
        yield f"model.out_head has no matrix of weights: it is now of type {str(kind)[:40]}. Put an nn.Linear there."
    weight = weights[0]
    if weight.shape == old.shape:
        yield old_head(case, answer, same(weight, old, **COPIED))
    for shape, sentence in [
        ((2, emb), f"The head always has 2 outputs: num_classes, here {classes}, says how many."),
        ((emb, classes), "The sizes are exchanged: nn.Linear takes in_features, the embedding's, and then out_features, the classes."),
        ((classes, vocab), "The head's input is taken for scores of the vocabulary; what reaches it is an embedding, emb_dim numbers."),
        ((classes, 768), "The head expects embeddings of 768 numbers, GPT-2 small's; this model says its own, model.cfg['emb_dim']."),
        ((2, 768), "The sizes are written down as 768 and 2; emb_dim comes from model.cfg, the number of classes is num_classes."),
        ((classes, case.cfg["context_length"]), "The context length stands where the embedding size belongs."),
        ((1, emb), "The head has one output; each class gets one of its own, which cross_entropy compares."),
        ((classes - 1, emb), "The head has one output too few: each class gets one."),
        ((classes + 1, emb), "The head has one output too many: classes are counted from 0 to num_classes - 1."),
        ((emb, emb), "The head gives as many numbers as an embedding has; num_classes of them are asked for."),
    ]:  # fmt: skip
        if weight.shape == shape and shape != (classes, emb):
            yield sentence
    if weight.shape != (classes, emb):
        yield "The head has other sizes than emb_dim in and num_classes out."
    if not biases:
        yield "The new head has no bias: the old one had none, this one is asked for with it. nn.Linear has one unless told bias=False."
    if biases[0].shape != (classes,):
        yield "The head's bias has another size than one number for each class."
    if any(value.dtype != torch.float32 for value in (weight, biases[0])):
        yield "The head has another dtype than the rest of the model, which is float32."
    if not (weight.isfinite().all() and biases[0].isfinite().all()):
        yield "The head holds numbers that are not finite."
    if (weight == weight[0]).all():
        how = "zero" if not weight.any() else "the same for every class"
        yield f"The head's weights are all {how}: no gradient passes through it to the layers below, and they stand still."
    if any(same(weight[0], row) for row in old):
        yield "The head holds rows of the old one, which score tokens and not classes: draw new weights, as nn.Linear does by itself."
    if weight.abs().max() > 1e3:
        yield "The head's weights are huge: leave them as nn.Linear draws them."


def old_head(case, answer, untouched):
    """Why the head still has an output for every token of the vocabulary."""
    returned, extra, wide = (part(answer, key) for key in ("returned", "extra", "wide"))
    added = [name[:40] for name in extra if isinstance(name, str)] if isinstance(extra, list) else []
    still = "model.out_head still scores the whole vocabulary"
    if not untouched:
        return f"{still}, with new weights: the new layer needs num_classes outputs, not vocab_size."
    if isinstance(returned, str) and returned != "NoneType":
        return f"{still}: the function returned a {returned[:40]}, but the caller keeps the model that it gave. Change that one, in place."
    if added:
        return f"{still}: the new layer was put under another name, model.{added[0]}, which forward never asks. It is called out_head."
    if any(name not in case.state for name in state_of(answer)):
        return f"{still}: a new layer was put elsewhere. The one that gives the logits is called out_head."
    if isinstance(wide, int) and wide == case.num_classes:
        return f"{still}: only the number out_features was changed, and not the matrix. Put a new nn.Linear there."
    return f"{still}: nothing was changed in the model that came. Giving the local name a new value, or working on a copy, leaves it as it was."


# -- the other weights, and the step ----------------------------------------------------------------------------------


def changes(case, before, rest):
    """What is not as it was below the head."""
    if gone := [name for name in before if name not in rest]:
        yield f"{gone[0]} is gone from the model: only the head is replaced, everything else stays."
    if added := [name for name in rest if name not in before]:
        yield f"The model has a new weight, {added[0][:60]}, which its forward never asks: the new layer goes to model.out_head."
    other = [name for name in before if not same(rest[name], before[name], **COPIED)]
    if any(rest[name].shape != before[name].shape for name in other):
        yield f"{other[0]} has another shape: only the head gets other sizes."
    matrices = {name for name in before if before[name].dim() == 2 and "mask" not in name}
    if len(matrices & set(other)) > 1 and same(rest["tok_emb.weight"], before["tok_emb.weight"], rtol=0.0, atol=0.5):
        yield "The weights moved already: make_classifier trains nothing, it only prepares the model."
    if len(matrices & set(other)) > 1:
        yield "The model has new weights: it was built or initialised again. What it learned before is what fine-tuning starts from."
    if other:
        yield f"{other[0]} is changed: only the head gets new weights."


def stood_still(case, still, seen):
    """Which part is frozen, as the loop over it would be written."""
    last = f"trf_blocks.{case.cfg['n_layers'] - 1}."
    moved = {name for name in seen if name not in still}
    head, norm = {"out_head.weight", "out_head.bias"} & set(seen), {n for n in seen if n.startswith("final_norm")}
    block = {name for name in seen if name.startswith(last)}
    blocks = {name for name in seen if name.startswith("trf_blocks")}
    embeddings = {"tok_emb.weight", "pos_emb.weight"} & set(seen)
    norms = {name for name in seen if "norm" in name}
    for found, sentence in [
        (not moved, "Nothing moves: every parameter is frozen, the head too."),
        (moved == head | norm | block, "Only the last block, final_norm and the head are trained: that is the chapter's way. Here it is the whole model."),
        (moved == head | block, "Only the last block and the head are trained; here it is the whole model."),
        (moved == block | norm, "Only the last block and final_norm are trained; here it is the whole model, the new head too."),
        (moved == block, "Only the last block is trained; here it is the whole model, embeddings, all blocks, norms and head."),
        (moved == head | norm, "Only the head and final_norm are trained; here it is the whole model."),
        (moved == head, "Only the new head is trained, all that was there before is frozen; here it is the whole model."),
        (moved == {"out_head.bias"}, "Only the bias of the new head is trained; here it is the whole model."),
        (moved == head | norm | blocks, "The embeddings are frozen: tok_emb and pos_emb are to be trained like all else."),
        (moved == blocks, "Only the blocks are trained: embeddings, final_norm and head are to be trained like all else."),
        (moved == set(seen) - head - norm, "The new head and final_norm are frozen; they are to be trained like all else."),
        (set(still) == head, "The new head is frozen, all else is trained: is it put in before a loop that freezes, or made with requires_grad False?"),
        (set(still) <= head, "Part of the new head is frozen: its weight and its bias are both to be trained."),
        (set(still) == embeddings | norm, "The embeddings and final_norm are frozen; they are to be trained like all else."),
        (all(name.endswith(("bias", "shift")) or name in head for name in moved), "Only the biases are trained, and perhaps the head; here it is the whole model."),
        (set(still) == norm, "final_norm is frozen; it is to be trained like all else."),
        (set(still) == norms, "The norms are frozen; they are to be trained like all else."),
        (set(still) <= norms, "Some norms are frozen; they are to be trained like all else."),
        (set(still) <= embeddings, f"An embedding is frozen, {still[0]}; it is to be trained like all else."),
        (set(still) == blocks, "All blocks are frozen; they are to be trained like all else."),
        (set(still) == block, "The last block is frozen; it is to be trained like all else."),
        (all(name.endswith(("bias", "shift")) for name in still), "The biases are frozen; they are to be trained like all else."),
        (set(still) == set(seen) - norms, "Only the norms are trained; here it is the whole model."),
        (set(still) <= blocks and all("att" in name for name in still), "The attention of the blocks is frozen; it is to be trained like all else."),
        (set(still) <= blocks and all(".ff." in name for name in still), "The feed forward of the blocks is frozen; it is to be trained like all else."),
        (set(still) <= blocks - block, "Only part of the blocks is trained, the lower ones are frozen; all of them are to be trained."),
        (set(still) <= blocks, "Part of the blocks is frozen; all of them are to be trained."),
        (set(still) <= (blocks - block) | embeddings, "The lower part of the model is frozen, embeddings and first blocks; all of it is to be trained."),
    ]:  # fmt: skip
        if found:
            return sentence
    parts = dict.fromkeys(re.match(r"trf_blocks\.\d+\.\w+|\w+", name)[0] for name in still)
    return f"Part of the model is frozen, in {', '.join(parts)}: no parameter may be, from the embeddings to the head."


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "make_classifier is not written yet."),
    ("RuntimeError", r"mat1 and mat2 shapes", "The new head does not fit to what reaches it: embeddings of model.cfg['emb_dim'] numbers. That is its in_features."),
    ("RuntimeError", r"same dtype|Double|Half|BFloat16|expected scalar type", "The new head has another dtype than the rest of the model: leave it float32."),
    ("RuntimeError", r"[Ii]nference", "What torch.inference_mode() made cannot be trained: make the layer outside of it."),
    ("RuntimeError", r"does not require grad", "Every parameter is frozen, so that there is no gradient: leave the loop out that sets requires_grad to False."),
    ("RuntimeError", r"floating point dtype can require", "Only floating-point parameters can be trained: did a weight become whole numbers?"),
    ("RuntimeError", r"leaf [Vv]ariable", "A parameter that is trained is not to be changed in place: a new nn.Linear under out_head needs no such thing."),
    ("RuntimeError", r"loading state_dict|size mismatch|size of tensor|must match", "The old head's weights do not fit into a head of another size: the new one draws its own."),
    ("TypeError", r"as parameter", "A layer's weight takes an nn.Parameter, no plain tensor; a new nn.Linear brings its own weight and bias."),
    ("TypeError", r"as child module", "model.out_head takes a layer, an nn.Module: an nn.Linear, and neither its weight nor a function."),
    ("TypeError|FrozenInstanceError|AttributeError", r"item assignment|cannot assign to field|super\(type, obj\)", "model.cfg cannot be changed, and changing it would change no layer: replace model.out_head."),
    ("AttributeError", r"'generator' object", "model.parameters() is a row of parameters: set requires_grad of each, or call model.requires_grad_(True)."),
    ("AttributeError", r"'GPTConfig' object has no attribute|'dict' object", "The sizes lie in model.cfg; the embedding's is model.cfg['emb_dim']."),
    ("KeyError", "", "model.cfg has the keys of GPT_CONFIG_124M: the embedding's size is model.cfg['emb_dim']."),
    ("AttributeError", r"'GPTModel' object has no attribute '(out_head)'", "model.out_head was deleted: a new layer has to take its place under the same name."),
    ("AttributeError", r"'GPTModel' object has no attribute", "A GPTModel's parts are called tok_emb, pos_emb, trf_blocks, final_norm and out_head, and its sizes are in cfg."),
    ("AttributeError", r"'(?:Linear|Parameter|Tensor)' object has no attribute", "model.out_head is an nn.Linear: it has in_features, out_features, weight and bias."),
    ("TypeError", r"Linear.*(?:argument|unexpected)|empty\(\)|received an invalid combination", "nn.Linear takes two whole numbers, in_features and out_features: emb_dim and num_classes."),
    ("TypeError", r"not subscriptable|not callable|NoneType", "The model is a GPTModel: its sizes are model.cfg['emb_dim'] and so on, its head is model.out_head."),
    ("IndexError|ValueError", r"[Tt]arget \d+ is out of bounds|batch_size|Expected input", "The model's output fits no classes: it is to give (batch, tokens, num_classes)."),
    ("IndexError", r"too many indices|out of range", "The model's output lost a dimension: it is to give (batch, tokens, num_classes), for every token."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
