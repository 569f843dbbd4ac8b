"""The batches of an epoch, in an order that is found again after a stop. Chapter 5."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from reference.training_state import TrainingState, random_states, set_random_states

Batch = tuple[Tensor, Tensor]  # inputs and targets
Loader = Any  # a DataLoader of batches, or anything that is iterated and measured like one


def steps_in_epoch(loader: Loader, accumulation: int) -> int:
    """How many steps an epoch has, of `accumulation` batches each; the last may have fewer.

    Raises ValueError for a loader without batches, or one that does not know how many it has.
    """
    try:
        batches = len(loader)
    except TypeError:
        raise ValueError(
            "the training loader does not know its length, which the schedule and a resumed run need; "
            "put its data into a Dataset with __len__, such as TokenFile for a text of any size"
        ) from None
    if batches == 0:
        raise ValueError("the training loader has no batches: the text is too short, or the batch too large")
    return -(-batches // accumulation)


def steps_of_epoch(
    loader: Loader, val_loader: Loader, accumulation: int, state: TrainingState
) -> Iterator[list[Batch]]:
    """The batches of each step that is left of an epoch, in the order that the epoch began with.

    A shuffled order hangs on the random generators alone, so their states at the start of the epoch stand for it:
    a resumed run draws the order once more, and then goes on with the random numbers of the moment of the stop.
    """
    if hasattr(getattr(loader, "sampler", None), "set_epoch"):  # DistributedSampler's order hangs on the epoch alone
        loader.sampler.set_epoch(state.epoch)
    if state.epoch_start is None:
        state.epoch_start = random_states(loader, val_loader)
    else:
        set_random_states(state.epoch_start, loader, val_loader)
    batches = batches_after(state.batches, loader)
    if state.now is not None:
        set_random_states(state.now, loader, val_loader)
        state.now = None
    while step := list(islice(batches, accumulation)):
        yield step


def batches_after(seen: int, loader: Loader) -> Iterator[Batch]:
    """The batches of an epoch without the first `seen`; torch's own loader does not even load those.

    All random numbers of the order are drawn at once, here, and not when a batch is asked for.
    """
    if type(loader) is not DataLoader or loader.batch_sampler is None or isinstance(loader.dataset, IterableDataset):
        batches: Iterator[Batch] = iter(loader)
        for _ in islice(batches, seen):
            pass
        return batches
    rest = DataLoader(
        loader.dataset,
        batch_sampler=list(loader.batch_sampler)[seen:],
        num_workers=loader.num_workers,
        collate_fn=loader.collate_fn,
        pin_memory=loader.pin_memory,
        timeout=loader.timeout,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        generator=loader.generator,
        prefetch_factor=loader.prefetch_factor,
    )
    return iter(rest)
