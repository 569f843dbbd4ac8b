"""Measures from the command line: loss on a text, accuracy on messages, a judge's scores. Chapters 5, 6 and 7."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from reference.classify import SpamDataset, calc_accuracy_loader, load_classifier
from reference.jobs.classify import messages_in
from reference.jobs.display import Tick, shown
from reference.jobs.inputs import check_vocabulary, data_file, device_named, is_classifier, model_named, ready
from reference.jobs.judge import scores
from reference.jobs.report import print_result
from reference.jobs.settings import Evaluate
from reference.messages import LABELS
from reference.pretrain import calc_loss_batch
from reference.tokenizer import encode, gpt2_tokenizer


def run(settings: Evaluate) -> int:
    """Finds out what there is to measure, measures it, and prints the figures; the exit code."""
    path = Path(settings.target).expanduser()
    if path.suffix == ".json":
        result = scores(settings, path)
    elif (file := path / "model.safetensors" if path.is_dir() else path).is_file() and is_classifier(file):
        result = _accuracy(settings, file)
    else:
        result = _loss(settings)
    print_result(result, as_json=settings.json)
    return 0


def _loss(settings: Evaluate) -> dict[str, Any]:
    """The mean loss of all tokens of a text but the first, each seen from as far back as its window begins."""
    device = device_named(settings.device)
    model = model_named(settings.target)
    check_vocabulary(model, settings.target)
    file = data_file(settings.data or "the-verdict")
    ids = torch.tensor(encode(_text(file), gpt2_tokenizer()))  # (tokens,)
    if len(ids) < 2:
        raise ValueError(f"{file} has {len(ids)} tokens; a loss takes at least 2, one to see and one to say")
    batches = list(windows(ids, model.cfg.context_length, settings.batch_size))
    loss = mean_loss(ready(model, device, settings.fast), batches, device)
    return {
        "model": settings.target,
        "text": str(file),
        "tokens": len(ids) - 1,
        "loss": loss,
        "perplexity": math.exp(loss),
    }


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file} is not UTF-8: byte {error.object[error.start]:#04x}; save it as UTF-8") from None


def windows(ids: Tensor, length: int, batch_size: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and targets that together have every token of a text as target but the first, and none twice.

    ids: (tokens,). Yields pairs of (batch, length), and at last one of (1, rest) for what is no whole window.
    """
    full = (len(ids) - 1) // length * length
    pairs = zip(
        ids[:full].view(-1, length).split(batch_size), ids[1 : full + 1].view(-1, length).split(batch_size), strict=True
    )
    yield from (pair for pair in pairs if len(pair[0]))
    if full < len(ids) - 1:
        yield ids[None, full:-1], ids[None, full + 1 :]  # (1, rest) each


def mean_loss(model: nn.Module, batches: list[tuple[Tensor, Tensor]], device: torch.device) -> float:
    """The mean over all targets, in nats, whatever the sizes of the batches."""
    total, tokens = 0.0, 0
    with shown("evaluating", len(batches), "tokens") as display, torch.inference_mode():
        for number, (inputs, targets) in enumerate(batches, 1):
            total += calc_loss_batch(inputs, targets, model, device).item() * targets.numel()
            tokens += targets.numel()
            display.tick(Tick(number, tokens, f"loss {total / tokens:.3f}"))
    return total / tokens


def _accuracy(settings: Evaluate, file: Path) -> dict[str, Any]:
    """The share of all messages that a classifier is right about, and of each label by itself."""
    device = device_named(settings.device)
    data = data_file(settings.data or "sms-spam")
    messages = messages_in(data)
    model, max_length = load_classifier(file, device)
    model = ready(model, device, settings.fast)
    result: dict[str, Any] = {"classifier": str(file), "messages": len(messages)}
    right, seen = 0.0, 0
    with shown("evaluating", len(LABELS), "messages") as display:
        for number, label in enumerate(LABELS, 1):
            own = [message for message in messages if message.label == label]
            if own:
                loader = DataLoader(SpamDataset(own, gpt2_tokenizer(), max_length), settings.batch_size)
                share = calc_accuracy_loader(loader, model, device)
                right += share * len(own)
                result[f"{label}_accuracy"] = share
            display.tick(Tick(number, seen := seen + len(own)))
    return {**result, "accuracy": right / len(messages)}
