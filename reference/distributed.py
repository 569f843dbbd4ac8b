"""Training by several processes at once: each takes its share of every batch, and all take the same step. Appendix A.

    python -m torch.distributed.run --standalone --nproc_per_node 2 train.py

starts train.py twice, and tells each in its environment which one it is. (Where a machine cannot resolve its own name,
this waits for minutes; `--local_addr 127.0.0.1` helps.) In train.py:

    with process_group() as place:
        train_loader = deal(dataset, batch_size, place)   every window goes to one process
        model = wrap(GPTModel(cfg), place)                the same weights everywhere, and after each step again
        optimizer = torch.optim.AdamW(model.parameters())
        train_together(model, train_loader, val_loader, optimizer, place, recipe)
        if place.is_first:
            save_model(unwrap(model), path)

Started without `torch.distributed.run`, the same script trains alone. Two processes with batches of 4 do what one does
with batches of 8: DistributedDataParallel averages the gradients of the processes, each a mean over its own batch. A
mean of means is the mean over all only if all batches are of the same size, so `deal` sees to that.

Source: Li et al. 2020, "PyTorch Distributed: Experiences on Accelerating Data Parallel Training", section 3.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass, replace
from datetime import timedelta
from types import FrameType
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.nn.parallel import DistributedDataParallel
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Dataset, DistributedSampler

from reference.pretrain import (
    Loader,
    Progress,
    Recipe,
    TrainingState,
    calc_loss_batch,
    evaluate_model,
    train_model,
)
from reference.training_state import random_states

TORCHRUN = "python -m torch.distributed.run --standalone --nproc_per_node 2"
VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


@dataclass(frozen=True, slots=True)
class Place:
    """Which of the processes this one is.

    rank: from 0 to world_size - 1. world_size: how many train together; 1 is training alone. device: for its tensors.
    """

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_first(self) -> bool:
        """Whether this is the one process that prints and saves. All hold the same weights, one file is enough."""
        return self.rank == 0

    @property
    def is_alone(self) -> bool:
        """Whether there are no others."""
        return self.world_size == 1


def is_launched() -> bool:
    """Whether `torch.distributed.run`, or somebody who sets the same variables, started this process."""
    return "RANK" in os.environ and "WORLD_SIZE" in os.environ


@contextlib.contextmanager
def process_group(backend: str | None = None, timeout: float = 600.0) -> Iterator[Place]:
    """Joins the processes that were started together, and leaves them at the end. Alone, it only names the device.

    backend: "nccl" for one NVIDIA GPU a process, "gloo" for CPUs; by default nccl where there are GPUs.
    timeout: seconds that this process waits for the others, at the start and at each step, before it gives up.
    Raises ConnectionError if the others cannot be met, die or keep this one waiting; ValueError if the environment or
    the number of GPUs does not fit. What goes wrong in the block itself goes through as it is.
    """
    if not is_launched():
        yield Place(0, 1, _device_alone())
        return
    rank, world_size, local_rank, local_world_size = _environment()
    backend, device = _backend(backend, local_rank, local_world_size)
    with _in_one_sentence(f"process {rank} of {world_size}", timeout):
        dist.init_process_group(backend, timeout=timedelta(seconds=timeout), rank=rank, world_size=world_size)
    try:
        with _in_one_sentence(f"process {rank} of {world_size}", timeout):
            yield Place(rank, world_size, device)
            dist.barrier()  # nobody leaves while the first may still be saving what another then reads
    finally:
        dist.destroy_process_group()


def deal(
    dataset: Dataset[Any],
    batch_size: int,
    place: Place,
    *,
    shuffle: bool = True,
    drop_last: bool = True,
    seed: int = 123,
    num_workers: int = 0,
) -> DataLoader[Any]:
    """A loader of this process's share of a dataset; no window goes to two processes.

    batch_size: windows of ONE process at a time; a step of all takes batch_size * world_size. Its k-th step takes the
    windows that one process would take in its k-th step with the larger batch, in the same order.
    shuffle: drawn anew each epoch from seed and epoch; `train_model` tells the sampler which one it is.
    drop_last: whether an incomplete last batch is left out. In any case up to world_size - 1 windows are, others in
    each epoch when shuffled: all processes must take equally many, or they would wait for each other for ever.
    Raises ValueError if there are fewer windows than one for each process.
    """
    size = len(cast(Sized, dataset))
    needed = place.world_size * (batch_size if drop_last else 1)
    if size < needed:
        raise ValueError(
            f"the dataset has {size} windows; {place.world_size} processes with batches of {batch_size} need {needed}"
        )
    sampler: DistributedSampler[Any] = DistributedSampler(
        dataset, place.world_size, place.rank, shuffle=shuffle, seed=seed, drop_last=True
    )
    return DataLoader(dataset, batch_size, sampler=sampler, drop_last=drop_last, num_workers=num_workers)


class Replica(DistributedDataParallel):
    """A model that is kept equal in all processes, and that otherwise looks like the model: same attributes and state.

    `replica.cfg` is the model's, and `replica.state_dict()` names tensors as the model does, so that checkpoints of one
    process and of several are the same files.
    """

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("module"), name)

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The model's own."""
        return self.module.state_dict(*args, **kwargs)

    def load_state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The model's own. Every process has to load the same."""
        return self.module.load_state_dict(*args, **kwargs)


def wrap(model: nn.Module, place: Place) -> nn.Module:
    """The model on its device, with the weights of the first process in all; alone, it stays unwrapped.

    From now on `loss.backward()` leaves in every process the mean of all gradients, so that optimizers that started
    equal stay equal. Every process must run backward equally often. Wrap before the optimizer is made.
    Raises ValueError if the model has nothing to train.
    """
    model.to(place.device)
    if place.is_alone:
        return model
    if not any(parameter.requires_grad for parameter in model.parameters()):
        raise ValueError(
            f"the {type(model).__name__} has no parameter that requires gradients; there is nothing to share"
        )
    replica = Replica(model)
    # Buffers are masks here, which never change. Sent around before each forward pass, they would cost time, and an
    # evaluation that only the first process runs would wait for the others for ever.
    replica.broadcast_buffers = False  # the argument of this name warns since torch 2.13
    return replica


def unwrap(model: nn.Module) -> nn.Module:
    """The model inside a Replica, or the model itself."""
    return cast(nn.Module, model.module) if isinstance(model, Replica) else model


def train_together(
    model: nn.Module,
    train_loader: Loader,
    val_loader: Loader,
    optimizer: Optimizer,
    place: Place,
    recipe: Recipe,
    *,
    state: TrainingState | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    save: Callable[[TrainingState], None] | None = None,
    loss_of: Callable[..., Tensor] = calc_loss_batch,
) -> TrainingState:
    """`train_model` in every process, with losses that are means over all; alone, it is `train_model`.

    model: from `wrap`. train_loader: from `deal`. val_loader: from `deal`, or the same in all processes.
    on_progress, save: called in the first process only; losses and tokens of a Progress are those of all processes.
    Ctrl-C is the first's to obey: it saves and raises KeyboardInterrupt, the others then miss it and end.
    state: the first's, loaded by every process, from a run of as many processes. Other arguments and errors are
    `train_model`'s, and ConnectionError as from `process_group`. Everybody draws dropout of their own; who is not the
    first draws it anew after a stop, so that only without dropout the bits are those of a run that was not stopped.
    Returns the state at the end; its tokens_seen are those of this process.
    """

    state = state or TrainingState()
    start = state.step

    def watch(progress: Progress) -> None:
        if progress.step == start + 1 and not place.is_alone:
            _leave_ctrl_c_to_the_first(place)
        loss = mean_over_processes(progress.loss, 1, place)
        if on_progress is not None and place.is_first:
            on_progress(replace(progress, loss=loss, tokens_seen=progress.tokens_seen * place.world_size))

    def evaluate(
        model: nn.Module, train: Loader, val: Loader, device: torch.device, eval_iter: int
    ) -> tuple[float, float]:
        mine = evaluate_model(model, train, val, device, eval_iter)
        first, second = (min(len(loader), eval_iter) for loader in (train, val))
        return mean_over_processes(mine[0], first, place), mean_over_processes(mine[1], second, place)

    if not place.is_first:
        torch.manual_seed((torch.initial_seed() + place.rank) % 2**63)
        state.now = random_states()
        save = None
    return train_model(
        model,
        train_loader,
        val_loader,
        optimizer,
        place.device,
        recipe,
        state=state,
        on_progress=watch,
        save=save,
        loss_of=loss_of,
        evaluate=evaluate,
    )


def _leave_ctrl_c_to_the_first(place: Place) -> None:
    """Changes how train_model hears Ctrl-C, which a terminal sends to all processes, and the launcher once more.

    If one that is not the first stopped a moment before it, the first would wait in the middle of a step, and could not
    save; the second Ctrl-C, which stands for impatience elsewhere, would tear it from its step.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    obey = signal.getsignal(signal.SIGINT)

    def obey_once(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        if callable(obey):
            obey(number, frame)

    signal.signal(signal.SIGINT, obey_once if place.is_first else signal.SIG_IGN)


def mean_over_processes(mean: float, count: int, place: Place) -> float:
    """The mean of what all processes have, from each one's own mean and the number of targets that it is over.

    A process that has none gives any mean with a count of 0; the result is NaN if all do. All must call it together.
    """
    if place.is_alone:
        return mean if count else float("nan")
    double = torch.float32 if place.device.type == "mps" else torch.float64
    sums: Tensor = torch.tensor([mean * count if count else 0.0, count], dtype=double, device=place.device)  # (2,)
    dist.all_reduce(sums)
    return (sums[0] / sums[1]).item()


def _device_alone() -> torch.device:
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def _environment() -> tuple[int, int, int, int]:
    """Rank and number of processes, in all and on this machine, as the launcher says."""
    said = {name: os.environ.get(name, os.environ[name.removeprefix("LOCAL_")]) for name in VARIABLES}
    if wrong := [name for name, text in said.items() if not text.isdecimal()]:
        raise ValueError(
            f"{wrong[0]} is {said[wrong[0]]!r} in the environment; it is a whole number; start with {TORCHRUN}"
        )
    rank, world_size, local_rank, local_world_size = (int(said[name]) for name in VARIABLES)
    if rank >= world_size:
        raise ValueError(
            f"RANK is {rank} and WORLD_SIZE {world_size} in the environment; ranks are 0 to WORLD_SIZE - 1"
        )
    for name in ("MASTER_ADDR", "MASTER_PORT"):
        if name not in os.environ:
            raise ValueError(f"{name} is not in the environment, so the processes cannot meet; start with {TORCHRUN}")
    return rank, world_size, local_rank, local_world_size


def _backend(backend: str | None, local_rank: int, local_world_size: int) -> tuple[str, torch.device]:
    gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
    backend = backend or ("nccl" if gpus and dist.is_nccl_available() else "gloo")
    if backend not in ("gloo", "nccl"):
        raise ValueError(f"backend is {backend!r}; it is 'nccl' for NVIDIA GPUs or 'gloo' for CPUs")
    if backend == "gloo":
        return backend, torch.device("cpu")
    if gpus < local_world_size:
        raise ValueError(
            f"there are {local_world_size} processes and {gpus} GPUs here; nccl needs a GPU for each process"
        )
    torch.cuda.set_device(local_rank)
    return backend, torch.device("cuda", local_rank)


@contextlib.contextmanager
def _in_one_sentence(who: str, timeout: float) -> Iterator[None]:
    """Turns what the backends say into a ConnectionError; other errors go through."""
    try:
        yield
    except RuntimeError as error:
        said = str(error)
        if not isinstance(error, dist.DistError) and "gloo" not in said:
            raise
        port = os.environ.get("MASTER_PORT")
        if "EADDRINUSE" in said:
            why = f"port {port} is taken; choose another with --master_port, or any with --standalone"
        elif "timed out" in said.lower() or "timeout" in said.lower():
            why = f"the others did not come or answer within {timeout:g} s"
        else:
            why = "another process ended or cannot be reached; see what that one said"
        raise ConnectionError(f"{who} gives up: {why}") from error
