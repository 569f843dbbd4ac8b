"""Learning to say the next token: the loss, and the loop that lowers it, simple and complete. Chapter 5, appendix D."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer

from reference.curves import plot_losses
from reference.epoch import Batch, Loader, steps_in_epoch, steps_of_epoch
from reference.generate import generate_text_simple
from reference.model import evaluating
from reference.schedule import Schedule
from reference.tokenizer import Tokenizer, text_to_token_ids, token_ids_to_text
from reference.training_state import TrainingState, ctrl_c_after_the_step, random_states

__all__ = [
    "Loader",
    "Progress",
    "Recipe",
    "TrainingState",
    "calc_loss_batch",
    "calc_loss_loader",
    "evaluate_model",
    "generate_and_print_sample",
    "plot_losses",
    "train_model",
    "train_model_simple",
]

IGNORED = -100  # a target that no loss is computed for; cross_entropy's own default
WHAT_NOW = "the weights are broken, or the learning rate is too high"


def calc_loss_batch(input_batch: Tensor, target_batch: Tensor, model: nn.Module, device: torch.device | str) -> Tensor:
    """The mean cross-entropy, in nats a token, of a batch. Its exponential is the perplexity.

    input_batch, target_batch: (batch, tokens); a target of -100 does not count.
    Returns a scalar with its graph; NaN if no target counts, which is a mean of nothing.
    """
    logits = model(input_batch.to(device))  # (batch, tokens, vocab_size)
    return F.cross_entropy(logits.flatten(0, 1), target_batch.to(device).flatten(), ignore_index=IGNORED)


def calc_loss_loader(
    data_loader: Loader, model: nn.Module, device: torch.device | str, num_batches: int | None = None
) -> float:
    """The mean loss of the first num_batches batches, by default of all, and at most of those that there are.

    No gradients. A batch in which no target counts is left out. Returns NaN if there are no batches.
    """
    with torch.no_grad():
        losses = [
            calc_loss_batch(inputs, targets, model, device).item()
            for inputs, targets in islice(data_loader, num_batches)
            if _counting(targets)
        ]
    return sum(losses) / len(losses) if losses else math.nan


def evaluate_model(
    model: nn.Module, train_loader: Loader, val_loader: Loader, device: torch.device | str, eval_iter: int
) -> tuple[float, float]:
    """The losses of eval_iter batches of each loader, without dropout; the model's mode stays what it was."""
    with evaluating(model):
        return (
            calc_loss_loader(train_loader, model, device, eval_iter),
            calc_loss_loader(val_loader, model, device, eval_iter),
        )


def generate_and_print_sample(
    model: nn.Module, tokenizer: Tokenizer, device: torch.device | str, start_context: str, max_new_tokens: int = 50
) -> None:
    """Prints what the model makes of the start of a text, on one line; its mode stays what it was."""
    prompt = text_to_token_ids(start_context, tokenizer).to(device)  # (1, tokens)
    with evaluating(model):
        ids = generate_text_simple(model, prompt, max_new_tokens, context_length(model))  # (1, tokens + new)
    print(" ".join(token_ids_to_text(ids, tokenizer).splitlines()))


def context_length(model: nn.Module) -> int:
    """Most tokens that a model sees, wrapped by DistributedDataParallel or not."""
    bare: Any = getattr(model, "module", model)
    return int(bare.pos_emb.num_embeddings)


def train_model_simple(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: Optimizer,
    device: torch.device | str,
    num_epochs: int,
    eval_freq: int,
    eval_iter: int,
    start_context: str,
    tokenizer: Tokenizer,
) -> tuple[list[float], list[float], list[int]]:
    """The shortest loop that trains: for each batch clear the gradients, compute the loss, go back, take a step.

    eval_freq: steps between two looks at the losses, of eval_iter batches each. start_context: after each epoch the
    model goes on from it, so that one can read how far it is.
    Returns the training losses, the validation losses, and how many tokens had been seen at each.
    Raises ValueError when the loss is not finite, naming the step, the first being 0; or if eval_freq is below 1.
    """
    if eval_freq < 1:
        raise ValueError(f"eval_freq is {eval_freq}; it is at least 1")
    train_losses: list[float] = []
    val_losses: list[float] = []
    track_tokens_seen: list[int] = []
    tokens_seen = step = 0
    for epoch in range(1, num_epochs + 1):
        model.train()
        for input_batch, target_batch in train_loader:
            optimizer.zero_grad()
            loss = calc_loss_batch(input_batch, target_batch, model, device)
            if not loss.isfinite():
                raise ValueError(f"the loss is {loss.item()} at step {step}; {WHAT_NOW}")
            loss.backward()
            optimizer.step()
            tokens_seen += input_batch.numel()
            if step % eval_freq == 0:
                train_loss, val_loss = evaluate_model(model, train_loader, val_loader, device, eval_iter)
                train_losses.append(train_loss)
                val_losses.append(val_loss)
                track_tokens_seen.append(tokens_seen)
                print(f"epoch {epoch}, step {step}: training loss {train_loss:.3f}, validation loss {val_loss:.3f}")
            step += 1
        generate_and_print_sample(model, tokenizer, device, start_context)
    return train_losses, val_losses, track_tokens_seen


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. The highest learning rate is the one that the optimizer has at the start.

    num_epochs: passes over the loader. eval_freq, eval_iter: every so many steps, the losses of so many batches.
    warmup_steps, initial_lr, min_lr: as in Schedule. max_grad_norm: the length that gradients are cut to, None for any.
    accumulation: batches that make one step; their gradient is that of one batch as large as all of them.
    autocast: torch.bfloat16 computes matrix products in half the bits; None leaves them as they are.
    save_freq: steps between two calls of `save`; 0 saves at the end only.
    Raises ValueError for a number below what makes sense.
    """

    num_epochs: int = 1
    eval_freq: int = 10
    eval_iter: int = 5
    warmup_steps: int = 0
    initial_lr: float = 0.0
    min_lr: float | None = None
    max_grad_norm: float | None = 1.0
    accumulation: int = 1
    autocast: torch.dtype | None = None
    save_freq: int = 0

    def __post_init__(self) -> None:
        for name, least in (
            ("num_epochs", 1),
            ("eval_freq", 1),
            ("eval_iter", 1),
            ("accumulation", 1),
            ("save_freq", 0),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; it is at least {least}")
        if self.max_grad_norm is not None and not self.max_grad_norm > 0:
            raise ValueError(f"max_grad_norm is {self.max_grad_norm}; it is above 0, or None for no limit")
        if self.autocast not in (None, torch.bfloat16):
            raise ValueError(f"autocast is {self.autocast}; it is torch.bfloat16, which needs no scaled loss, or None")


@dataclass(frozen=True, slots=True)
class Progress:
    """One step that was taken, for whoever watches.

    step, epoch: counted from 1, of `steps` and `epochs` in all. tokens_seen: since the very first step; from two of
    these and the time between them come the tokens a second. learning_rate: that this step was taken with.
    loss: of its batches, in training mode. grad_norm: length of the gradient, before it was cut.
    losses: of training and validation, at a look only.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    tokens_seen: int
    learning_rate: float
    loss: float
    grad_norm: float
    losses: tuple[float, float] | None = None

    @classmethod
    def of(
        cls,
        state: TrainingState,
        steps: int,
        epochs: int,
        rate: float,
        loss: float,
        norm: float,
        losses: tuple[float, float] | None,
    ) -> Progress:
        """The step that was just counted."""
        return cls(state.step, steps, state.epoch + 1, epochs, state.tokens_seen, rate, loss, norm, losses)


def train_model(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: Optimizer,
    device: torch.device | str,
    recipe: Recipe,
    *,
    state: TrainingState | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    save: Callable[[TrainingState], None] | None = None,
    loss_of: Callable[..., Tensor] = calc_loss_batch,
    evaluate: Callable[..., tuple[float, float]] = evaluate_model,
) -> TrainingState:
    """Trains with warmup, cosine decay, clipping and accumulation; stopped and resumed, it ends up with the same bits.

    model: on `device`, bare or wrapped by DistributedDataParallel. val_loader: may be empty; its loss then is NaN.
    state: where an earlier run stopped; model and optimizer are as they were then. on_progress: hears of each step.
    save: is given the state every recipe.save_freq steps, at the end, and on Ctrl-C, which waits for the step to end
    and then raises KeyboardInterrupt. loss_of, evaluate: as the two functions above, for other tasks.
    Returns the state at the end, losses and all.
    Raises ValueError if there is nothing to train on, or when the loss is not finite: at which step, and what to do.
    Source: appendix D; Pascanu et al. 2012 for clipping.
    """
    state = state or TrainingState()
    schedule = _schedule(train_loader, optimizer, recipe, state)
    with ctrl_c_after_the_step() as stop:
        while state.epoch < recipe.num_epochs:
            for batches in steps_of_epoch(train_loader, val_loader, recipe.accumulation, state):
                rate = schedule.rate(state.step)
                loss, norm = _gradients(model, batches, device, recipe, loss_of)
                if not math.isfinite(loss + norm):  # weights that a broken loss has moved could not be saved any more
                    raise ValueError(
                        f"the loss is {loss} and its gradient's length {norm} at step {state.step + 1} of "
                        f"{schedule.steps}, with a learning rate of {rate:g}; {WHAT_NOW}"
                    )
                _set_rate(optimizer, rate)
                optimizer.step()
                state.count(batches)
                last = state.step == schedule.steps
                losses: tuple[float, float] | None = None
                if last or state.step % recipe.eval_freq == 0:
                    losses = evaluate(model, train_loader, val_loader, device, recipe.eval_iter)
                    state.keep(losses)
                if on_progress:
                    on_progress(Progress.of(state, schedule.steps, recipe.num_epochs, rate, loss, norm, losses))
                if last or stop.is_set() or (recipe.save_freq and state.step % recipe.save_freq == 0):
                    state.now = random_states(train_loader, val_loader)
                    if save:
                        save(state)
                if stop.is_set():
                    raise KeyboardInterrupt
                state.now = None  # it is for whoever goes on later; this run goes on by itself
            state.next_epoch()
    return state


def _schedule(loader: Loader, optimizer: Optimizer, recipe: Recipe, state: TrainingState) -> Schedule:
    """The learning rates of the whole training. Their peak stays with the optimizer's state, for a resumed run."""
    for group in optimizer.param_groups:
        if state.step == 0 or "peak_lr" not in group:
            group["peak_lr"] = float(group["lr"])
    steps = steps_in_epoch(loader, recipe.accumulation) * recipe.num_epochs
    return Schedule(steps, _peak(optimizer), min(recipe.warmup_steps, steps), recipe.initial_lr, recipe.min_lr)


def _peak(optimizer: Optimizer) -> float:
    return float(max(group["peak_lr"] for group in optimizer.param_groups))


def _set_rate(optimizer: Optimizer, rate: float) -> None:
    """Groups that began with a lower rate than others keep their share of it."""
    for group in optimizer.param_groups:
        group["lr"] = rate * (group["peak_lr"] / (_peak(optimizer) or 1.0))


def _gradients(
    model: nn.Module,
    batches: Sequence[Batch],
    device: torch.device | str,
    recipe: Recipe,
    loss_of: Callable[..., Tensor],
) -> tuple[float, float]:
    """Leaves the gradient of all of these batches, cut to its longest length.

    Returns the mean loss of a target, and how long the gradient was.
    """
    model.train()
    model.zero_grad(set_to_none=True)
    # A mean over all targets is the sum of the batches' means, each by its share of the targets.
    counts = [_counting(targets) for _, targets in batches]
    total = 0.0
    for number, ((inputs, targets), count) in enumerate(zip(batches, counts, strict=True)):
        with _no_exchange(model, last=number == len(batches) - 1), _autocast(device, recipe.autocast):
            loss = loss_of(inputs, targets, model, device)
            # Without any target that counts, the mean is 0 / 0, and what the batch adds is nothing.
            part = loss * (count / sum(counts)) if count else loss.nan_to_num() * 0.0
            part.backward()
        total += part.item()
    limit = math.inf if recipe.max_grad_norm is None else recipe.max_grad_norm
    return total, nn.utils.clip_grad_norm_(model.parameters(), limit).item()


def _counting(targets: Tensor) -> int:
    """How many targets count."""
    return int((targets != IGNORED).sum())


def _no_exchange(model: nn.Module, last: bool) -> contextlib.AbstractContextManager[Any]:
    """DistributedDataParallel sums gradients over processes once a step, at its last batch."""
    return contextlib.nullcontext() if last or not isinstance(model, DistributedDataParallel) else model.no_sync()


def _autocast(device: torch.device | str, dtype: torch.dtype | None) -> contextlib.AbstractContextManager[Any]:
    if dtype is None:
        return contextlib.nullcontext()
    return torch.autocast(torch.device(device).type, dtype)
