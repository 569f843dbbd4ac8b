"""Fine-tuning a GPT to tell spam from ham: padded messages, a small head, its loss, its accuracy, its use. Chapter 6.

The order of a fine-tuning; `reference.messages` has the first line's functions:

    train, validation, test = random_split(create_balanced_dataset(read_messages(path)), 0.7, 0.1)
    loaders = create_spam_loaders(train, validation, test, tokenizer)
    add_classification_head(model, num_classes=2)
    freeze_all_but_last(model)
    train_classifier_simple(model, loaders.train, loaders.validation, optimizer, device, ...)
    classify_review("You won a prize", model, tokenizer, device, max_length=loaders.max_length)

Which token speaks for a message? With the causal mask only the last one has seen them all. As in the guide that is the
last place of the padded row, so for most messages it is padding: the model learns to read through it, as long as every
message is padded to the length that it was trained with. `last_word_logits` takes the last token before the padding
instead: then the padding does not matter, and most of it is not even computed. `first_token_logits` is exercise 6.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Optimizer

from reference.classifier_file import load_classifier, save_classifier
from reference.foreign_text import encode_foreign
from reference.messages import (
    LABELS,
    Message,
    create_balanced_dataset,
    random_split,
    read_csv,
    read_messages,
    write_csv,
)
from reference.model import GPTModel, evaluating
from reference.pretrain import Recipe, TrainingState, context_length, train_model
from reference.spam_dataset import Loader, SpamDataset, SpamLoaders, create_spam_loaders, row_length
from reference.tokenizer import END_OF_TEXT_ID, Tokenizer

__all__ = [
    "Message",
    "SpamDataset",
    "SpamLoaders",
    "add_classification_head",
    "calc_accuracy_loader",
    "calc_loss_batch",
    "calc_loss_loader",
    "classify_review",
    "create_balanced_dataset",
    "create_spam_loaders",
    "evaluate_model",
    "first_token_logits",
    "freeze_all_but_last",
    "last_token_logits",
    "last_word_logits",
    "load_classifier",
    "random_split",
    "read_csv",
    "read_messages",
    "save_classifier",
    "train_classifier",
    "train_classifier_simple",
    "write_csv",
]

LogitsOf = Callable[[nn.Module, Tensor], Tensor]
"""Takes a model and (batch, tokens) of ids, gives (batch, classes): one of the three functions below."""


def add_classification_head(model: GPTModel, num_classes: int = len(LABELS)) -> None:
    """Replaces the output head, in place: instead of every token of the vocabulary it scores every class.

    The new head has a bias, random weights, and is trainable; so is all else that was. A head that was tied to the
    token embedding leaves it as it is.
    Raises ValueError if num_classes is less than 2. Source: Radford et al. 2018 (GPT), section 3.2.
    """
    if num_classes < 2:
        raise ValueError(f"num_classes is {num_classes}; telling apart takes at least 2")
    old = model.out_head.weight  # (vocab_size, emb_dim)
    model.out_head = nn.Linear(model.cfg.emb_dim, num_classes, device=old.device, dtype=old.dtype)
    model.cfg = replace(model.cfg, tie_weights=False)


def freeze_all_but_last(model: GPTModel, blocks: int = 1) -> None:
    """Leaves only the last transformer blocks, the final norm and the head to be trained, in place.

    What language is, lower layers know from pretraining; what spam is, the upper ones learn. Nothing below the last
    `blocks` blocks needs gradients, which spares a good part of the time and memory of a step.
    Raises ValueError if the model has fewer blocks, or if blocks is negative.
    """
    depth = len(model.trf_blocks)
    if not 0 <= blocks <= depth:
        raise ValueError(f"blocks is {blocks}; the model has {depth}, so it is from 0 to {depth}")
    model.requires_grad_(False)
    for part in (*model.trf_blocks[depth - blocks :], model.final_norm, model.out_head):
        part.requires_grad_(True)


def last_token_logits(model: nn.Module, input_batch: Tensor) -> Tensor:
    """What the model says at the last place of each row, padding or not. (batch, tokens) in, (batch, classes) out."""
    if isinstance(model, GPTModel):
        logits: Tensor = model(input_batch, last_only=True)  # (batch, 1, classes)
    else:
        logits = model(input_batch)  # (batch, tokens, classes)
    return logits[:, -1]  # (batch, classes)


def first_token_logits(model: nn.Module, input_batch: Tensor) -> Tensor:
    """What the model says at the first place, where it has seen one token. (batch, tokens) in, (batch, classes) out."""
    # No later token can change what happens there, so they are left out.
    return last_token_logits(model, input_batch[:, :1])


def last_word_logits(model: nn.Module, input_batch: Tensor, pad_token_id: int = END_OF_TEXT_ID) -> Tensor:
    """What the model says at the last token before the padding. (batch, tokens) in, (batch, classes) out."""
    places = torch.arange(1, input_batch.shape[1] + 1, device=input_batch.device)  # (tokens,)
    lengths = (places * (input_batch != pad_token_id)).amax(dim=1).clamp(min=1)  # (batch,)
    logits: Tensor = model(input_batch[:, : int(lengths.max())])  # (batch, longest, classes)
    return logits[torch.arange(len(logits), device=logits.device), lengths - 1]  # (batch, classes)


def calc_loss_batch(
    input_batch: Tensor,
    target_batch: Tensor,
    model: nn.Module,
    device: torch.device | str,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> Tensor:
    """The mean cross-entropy of a batch, in nats a message: differentiable, which the accuracy is not.

    input_batch: (batch, tokens) of ids. target_batch: (batch,) of class numbers. Returns a scalar with its graph.
    """
    return F.cross_entropy(logits_of(model, input_batch.to(device)), target_batch.to(device))


def calc_loss_loader(
    data_loader: Loader,
    model: nn.Module,
    device: torch.device | str,
    num_batches: int | None = None,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> float:
    """The mean loss of the first num_batches batches, by default of all; NaN if there are none. No gradients."""
    with torch.no_grad():
        losses = [
            calc_loss_batch(inputs, targets, model, device, logits_of=logits_of).item()
            for inputs, targets in islice(data_loader, num_batches)
        ]
    return sum(losses) / len(losses) if losses else math.nan


def calc_accuracy_loader(
    data_loader: Loader,
    model: nn.Module,
    device: torch.device | str,
    num_batches: int | None = None,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> float:
    """The share of messages, from 0 to 1, whose class has the largest logit; NaN if there are no messages.

    num_batches: so many batches from the front, by default all. It runs without dropout; the model's mode stays.
    """
    right = messages = 0
    with torch.inference_mode(), evaluating(model):
        for inputs, targets in islice(data_loader, num_batches):
            predicted = logits_of(model, inputs.to(device)).argmax(dim=-1)  # (batch,)
            right += int((predicted == targets.to(device)).sum())
            messages += len(targets)
    return right / messages if messages else math.nan


def evaluate_model(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    device: torch.device | str,
    eval_iter: int,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> tuple[float, float]:
    """The losses of eval_iter batches of each loader, without dropout; the model's mode stays what it was."""
    with evaluating(model):
        return (
            calc_loss_loader(train_loader, model, device, eval_iter, logits_of=logits_of),
            calc_loss_loader(val_loader, model, device, eval_iter, logits_of=logits_of),
        )


def train_classifier_simple(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: Optimizer,
    device: torch.device | str,
    num_epochs: int,
    eval_freq: int,
    eval_iter: int,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> tuple[list[float], list[float], list[float], list[float], int]:
    """The loop of `train_model_simple`, but it counts messages, and measures accuracy after each epoch.

    eval_freq: steps between two looks at the losses. eval_iter: batches that losses and accuracies are taken of.
    Returns train_losses, val_losses, train_accs, val_accs (shares from 0 to 1) and examples_seen.
    """
    train_losses, val_losses, train_accs, val_accs = [], [], [], []
    examples_seen = step = 0
    for epoch in range(1, num_epochs + 1):
        model.train()
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            calc_loss_batch(input_batch, target_batch, model, device, logits_of=logits_of).backward()
            optimizer.step()
            examples_seen += len(input_batch)
            if step % eval_freq == 0:
                losses = evaluate_model(model, train_loader, val_loader, device, eval_iter, logits_of=logits_of)
                train_losses.append(losses[0])
                val_losses.append(losses[1])
                print(f"epoch {epoch}, step {step}: training loss {losses[0]:.3f}, validation loss {losses[1]:.3f}")
            step += 1
        train_accs.append(calc_accuracy_loader(train_loader, model, device, eval_iter, logits_of=logits_of))
        val_accs.append(calc_accuracy_loader(val_loader, model, device, eval_iter, logits_of=logits_of))
        print(f"epoch {epoch}: training accuracy {train_accs[-1]:.2%}, validation accuracy {val_accs[-1]:.2%}")
    return train_losses, val_losses, train_accs, val_accs, examples_seen


def train_classifier(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: Optimizer,
    device: torch.device | str,
    recipe: Recipe,
    *,
    logits_of: LogitsOf = last_token_logits,
    **options: Any,
) -> TrainingState:
    """`reference.pretrain.train_model` for a classifier: schedule, clipping, progress, and resuming to the bit.

    recipe: how to train. options: state, on_progress and save, as train_model has them. Its tokens count padding too.
    Returns the state at the end, with the losses. Raises what train_model raises.
    """
    return train_model(
        model,
        train_loader,
        val_loader,
        optimizer,
        device,
        recipe,
        loss_of=partial(calc_loss_batch, logits_of=logits_of),
        evaluate=partial(evaluate_model, logits_of=logits_of),
        **options,
    )


def classify_review(
    text: str,
    model: nn.Module,
    tokenizer: Tokenizer,
    device: torch.device | str,
    max_length: int | None = None,
    pad_token_id: int = END_OF_TEXT_ID,
    *,
    logits_of: LogitsOf = last_token_logits,
) -> str:
    """Whether a message is "spam" or "not spam".

    model: a classifier with two classes. It runs without dropout; its mode stays what it was.
    max_length: the message is padded to so many tokens, or cut; give the length that the training data was padded to,
    since the last place speaks for the message. By default, and at most, it is the model's context length.
    Raises TypeError if text is no string, ValueError if the model is no such classifier or gives NaN.
    """
    if not isinstance(text, str):
        raise TypeError(f"the message is of type {type(text).__name__}; it is a string")
    context = context_length(model)
    length = min(row_length(max_length, default=context), context)
    ids = encode_foreign(text, tokenizer)[:length]
    ids += [pad_token_id] * (length - len(ids))
    with torch.inference_mode(), evaluating(model):
        logits = logits_of(model, torch.tensor([ids], device=device))  # (1, classes)
    if logits.shape[-1] != len(LABELS):
        raise ValueError(
            f"the model scores {logits.shape[-1]} classes; spam or not are {len(LABELS)}: "
            "add_classification_head(model, 2), then train it"
        )
    if logits.isnan().any():
        raise ValueError("the model gives NaN; its weights are broken, or training diverged")
    return "spam" if int(logits.argmax()) == LABELS.index("spam") else "not spam"
