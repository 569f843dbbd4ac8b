"""The loop that the three trainings share: it goes on where an earlier run stopped, shows where it is, and saves."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer

from reference.checkpoint import load_checkpoint, save_checkpoint
from reference.checksum import checksum
from reference.curves import plot_losses
from reference.epoch import steps_in_epoch
from reference.jobs.display import Tick, shown
from reference.jobs.report import values_of
from reference.jobs.run_folder import RunFolder
from reference.jobs.settings import Training
from reference.model import total_parameters
from reference.pretrain import Progress, Recipe, TrainingState

LOOKS, LEAST_STEPS = 40, 10  # looks at the losses in the course of a training; steps between two at least
SMALL = 256  # emb_dim below which a model bears, and needs, a high learning rate


@dataclass(frozen=True, slots=True)
class Course:
    """A training that is ready to run.

    loop: `train_model`, or one that takes the same arguments. device: what the loop wants as such.
    unit: what the display counts. per_token: how many of these a token of the loop is.
    """

    model: nn.Module
    train_loader: Any
    val_loader: Any
    optimizer: Optimizer
    device: Any
    recipe: Recipe
    loop: Callable[..., TrainingState]
    unit: str = "tokens"
    per_token: float = 1.0

    @property
    def steps_in_epoch(self) -> int:
        """Steps of one pass over the data."""
        return steps_in_epoch(self.train_loader, self.recipe.accumulation)

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.steps_in_epoch * self.recipe.num_epochs


def asked(job: str, settings: Training, data: Path, **more: Any) -> dict[str, Any]:
    """What decides about the result of a training, as JSON has it; the data by its name and checksum."""
    told = {field.name: getattr(settings, field.name) for field in fields(settings) if field.name not in settings.FREE}
    return {"job": job, **told, **more, "data": f"{data.name} (SHA-256 {checksum(data)[:16]})"}


def highest_rate(settings: Training, emb_dim: int, *, small: float, pretrained: bool = False) -> float:
    """The learning rate that was given, or else one that suits: low where weights are good already.

    small: the rate for a small new model.
    """
    if settings.lr is not None:
        return settings.lr
    if pretrained:
        return 5e-5
    return small if emb_dim < SMALL else 4e-4


def recipe_for(settings: Training, train_loader: Any, rate: float) -> Recipe:
    """How to train. Raises what steps_in_epoch raises, and ValueError if the least rate is above the highest."""
    steps = steps_in_epoch(train_loader, settings.accumulation) * settings.epochs
    warmup = int(settings.warmup * steps)
    least = rate / 10 if settings.min_lr is None else settings.min_lr
    if least > rate:
        raise ValueError(f"--min-lr is {least:g}; it is at most the highest learning rate, {rate:g}")
    return Recipe(
        num_epochs=settings.epochs,
        eval_freq=settings.eval_every or max(LEAST_STEPS, steps // LOOKS),
        eval_iter=settings.eval_batches,
        warmup_steps=warmup,
        initial_lr=rate / max(1, warmup),
        min_lr=least,
        max_grad_norm=settings.clip or None,
        accumulation=settings.accumulation,
        autocast=torch.bfloat16 if settings.precision == "bf16" else None,
        save_freq=1,  # _Keeper is asked after each step, and writes when it is time
    )


def optimizer_for(model: nn.Module, rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW for what is to be trained of a model, in its fused form, which passes over the weights once."""
    trainable = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return torch.optim.AdamW(trainable, lr=rate, weight_decay=weight_decay, fused=True)


def take(
    course: Course,
    folder: RunFolder,
    *,
    save_every: float,
    after_epoch: Callable[[], str] | None = None,
    is_first: bool = True,
) -> TrainingState:
    """Runs a training to its end, from where the folder's checkpoint has it.

    save_every: seconds between two checkpoints; there is one at the end and after Ctrl-C in any case.
    after_epoch: gives a line to show after each epoch. is_first: of several processes, the one that shows and saves.
    Raises KeyboardInterrupt, with a sentence that says what was saved, and what the loop raises.
    """
    state = TrainingState()
    if folder.checkpoint.exists():
        state = load_checkpoint(folder.checkpoint, course.model, course.optimizer)
    if not is_first:
        return course.loop(*_arguments(course), state=state)
    if state.step:
        print_to_stderr(f"going on after step {state.step} of {course.steps}")
    keeper = _Keeper(course, folder, save_every, time.monotonic())
    seen = round(state.tokens_seen * course.per_token)
    with shown("training", course.steps, course.unit, done=state.step, amount=seen) as display:

        def watch(progress: Progress) -> None:
            display.tick(_tick(progress, course, state))
            if after_epoch and progress.step % course.steps_in_epoch == 0:
                display.say(f"epoch {progress.epoch}: {after_epoch()}")

        try:
            course.loop(*_arguments(course), state=state, on_progress=watch, save=keeper.step_is_done)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(keeper.stopped(state)) from None
    draw(folder, losses(course, state))
    return state


def _arguments(course: Course) -> tuple[Any, ...]:
    return course.model, course.train_loader, course.val_loader, course.optimizer, course.device, course.recipe


def _tick(progress: Progress, course: Course, state: TrainingState) -> Tick:
    note = f"epoch {progress.epoch}/{progress.epochs}, loss {progress.loss:.3f}"
    if state.val_losses and math.isfinite(state.val_losses[-1]):
        note += f", val {state.val_losses[-1]:.3f}"
    curves = (state.train_losses, state.val_losses)
    return Tick(progress.step, round(progress.tokens_seen * course.per_token), note, curves)


@dataclass(slots=True)
class _Keeper:
    """Writes checkpoints when it is time: not so often that it costs much, often enough that little is lost."""

    course: Course
    folder: RunFolder
    every: float
    saved: float

    def step_is_done(self, state: TrainingState) -> None:
        """Saves at the last step, and when the last time was long enough ago."""
        if state.step == self.course.steps or time.monotonic() - self.saved >= self.every:
            self.write(state)
            self.saved = time.monotonic()

    def write(self, state: TrainingState) -> None:
        """Saves now."""
        save_checkpoint(self.folder.checkpoint, self.course.model, self.course.optimizer, state)
        self.folder.write_json(self.folder.losses, losses(self.course, state))

    def stopped(self, state: TrainingState) -> str:
        """Saves after Ctrl-C, if a step was not broken in two, and says how to go on."""
        if state.now is None:
            return "stopped in the middle of a step; the same command goes on from the last checkpoint"
        self.write(state)
        draw(self.folder, losses(self.course, state))
        return f"stopped after step {state.step} of {self.course.steps}, and saved; the same command goes on from there"


def losses(course: Course, state: TrainingState) -> dict[str, Any]:
    """The looks at the losses so far, as JSON has them: None where there is no number."""
    looks = range(1, len(state.train_losses) + 1)
    steps = [min(look * course.recipe.eval_freq, course.steps) for look in looks]
    return {
        "step": state.step,
        "steps": course.steps,
        "at_step": steps,
        "epochs": [step / course.steps_in_epoch for step in steps],
        "unit": course.unit,
        "seen": [round(tokens * course.per_token) for tokens in state.tokens_at],
        "training": _numbers(state.train_losses),
        "validation": _numbers(state.val_losses),
    }


def _numbers(values: Sequence[float]) -> list[float | None]:
    return [value if math.isfinite(value) else None for value in values]


def draw(folder: RunFolder, content: dict[str, Any]) -> None:
    """The losses as a picture, if there are any."""
    if content["seen"]:
        training, validation = (values_of(content[name]) for name in ("training", "validation"))
        figure = plot_losses(content["epochs"], content["seen"], training, validation)
        figure.axes[1].set_xlabel(f"{content['unit']} seen")
        figure.savefig(folder.picture, dpi=120)


def summary(folder: RunFolder, model: nn.Module) -> dict[str, Any]:
    """What every training's result begins with."""
    content = folder.read_json(folder.losses)
    return {
        "model": str(folder.model),
        "parameters": total_parameters(model),
        "steps": content["step"],
        content["unit"]: content["seen"][-1],
        "training_loss": content["training"][-1],
        "validation_loss": content["validation"][-1],
    }


def print_to_stderr(line: str) -> None:
    """Something to know that is no result."""
    print(line, file=sys.stderr, flush=True)
