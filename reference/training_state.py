"""How far a training is, the random numbers included, and how Ctrl-C waits for the end of a step. Chapter 5."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor


@dataclass(slots=True)
class TrainingState:
    """How far a training is: enough, with model and optimizer, to go on as if it had never stopped.

    step, epoch: done so far, whole ones. batches: of the epoch that is not. tokens_seen: inputs so far.
    train_losses, val_losses, tokens_at: of each look at the losses. epoch_start, now: states of the random generators;
    the first repeats the order of the batches of this epoch, the second goes on with dropout.
    """

    step: int = 0
    epoch: int = 0
    batches: int = 0
    tokens_seen: int = 0
    train_losses: list[float] = field(default_factory=list)
    val_losses: list[float] = field(default_factory=list)
    tokens_at: list[int] = field(default_factory=list)
    epoch_start: dict[str, Any] | None = None
    now: dict[str, Any] | None = None

    def count(self, batches: Sequence[tuple[Tensor, Tensor]]) -> None:
        """One step on these batches is done."""
        self.step += 1
        self.batches += len(batches)
        self.tokens_seen += sum(inputs.numel() for inputs, _ in batches)

    def next_epoch(self) -> None:
        """All batches of this epoch are done."""
        self.epoch, self.batches, self.epoch_start = self.epoch + 1, 0, None

    def keep(self, losses: tuple[float, float]) -> None:
        """A look at the losses of training and validation."""
        self.train_losses.append(losses[0])
        self.val_losses.append(losses[1])
        self.tokens_at.append(self.tokens_seen)


def random_states(*loaders: Any) -> dict[str, Any]:
    """The states of torch's generators, and of those that the loaders have of their own, as they can be saved."""
    states: dict[str, Any] = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()
    if loaders:
        states["loaders"] = [generator.get_state() for generator in _generators_of(loaders)]
    return states


def set_random_states(states: dict[str, Any], *loaders: Any) -> None:
    """Puts the generators into the states that `random_states` gave; those of devices that are not here stay.

    Raises ValueError if the loaders have more or fewer generators of their own than those of the run that stopped.
    """
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
    if "loaders" not in states:
        return
    generators = _generators_of(loaders)
    if len(generators) != len(states["loaders"]):
        raise ValueError(
            f"the loaders have {len(generators)} random generators of their own, and those of the run that stopped had "
            f"{len(states['loaders'])}; make them as they were made then, or the order of the batches is another"
        )
    for generator, state in zip(generators, states["loaders"], strict=True):
        generator.set_state(state)


def _generators_of(loaders: Sequence[Any]) -> list[torch.Generator]:
    """Each once, also where a loader shares it with its sampler."""
    parts: list[Any] = [
        part
        for loader in loaders
        for part in (loader, getattr(loader, "sampler", None), getattr(loader, "batch_sampler", None))
    ]
    parts += [getattr(part, "sampler", None) for part in parts]  # a batch sampler's
    found = [getattr(part, "generator", None) for part in parts]
    return list({id(generator): generator for generator in found if isinstance(generator, torch.Generator)}.values())


@contextlib.contextmanager
def ctrl_c_after_the_step() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of breaking a step in two; a second one breaks it.

    Only in the main thread, and not where Ctrl-C is ignored anyway, as in a shell's background jobs.
    """
    asked = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before in (signal.SIG_IGN, None):
        yield asked
        return

    def ask(number: int, frame: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
