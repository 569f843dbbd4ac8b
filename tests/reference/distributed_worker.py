"""What the processes of the tests of reference.distributed run: `python distributed_worker.py FOLDER JOB ...`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from reference.config import GPTConfig
from reference.distributed import Place, deal, mean_over_processes, process_group, train_together, unwrap, wrap
from reference.model import GPTModel, evaluating
from reference.pretrain import Progress, Recipe, calc_loss_batch, train_model

CONFIG = GPTConfig(vocab_size=40, context_length=8, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0)
WINDOWS = 36  # whose last batch is smaller than the others


def dataset() -> TensorDataset:
    """Windows whose first token is their number."""
    tokens = torch.randint(0, 40, (WINDOWS, 9), generator=torch.Generator().manual_seed(5))
    tokens[:, 0] = torch.arange(WINDOWS)
    return TensorDataset(tokens[:, :-1], tokens[:, 1:])


def train(place: Place, folder: Path, batch_size: int, accumulation: int, optimizer_name: str) -> None:
    torch.manual_seed(place.rank)  # wrap gives all processes the weights of the first
    bare = GPTModel(CONFIG)
    bare.register_buffer("mask", torch.ones(3), persistent=False)  # as the guide's attention has one
    model = wrap(bare, place)
    bare.mask.fill_(place.rank)
    optimizer = (
        torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        if optimizer_name == "sgd"
        else torch.optim.AdamW(model.parameters(), lr=1e-3)
    )
    loaders = (
        deal(dataset(), batch_size, place, drop_last=False),
        deal(dataset(), batch_size, place, drop_last=False, shuffle=False),
    )
    recipe = Recipe(num_epochs=2, eval_freq=3, eval_iter=100, warmup_steps=2, accumulation=accumulation)
    seen: list[list[int]] = []
    heard: list[Progress] = []
    saved: list[int] = []

    def loss_of(inputs: Tensor, targets: Tensor, model: nn.Module, device: torch.device) -> Tensor:
        seen.append(inputs[:, 0].tolist())
        return calc_loss_batch(inputs, targets, model, device)

    # Alone, the loop of one process, so that nothing of what is tested has a part in what it is compared with.
    loop, where = (train_model, place.device) if place.is_alone else (train_together, place)
    state = loop(
        model,
        *loaders,
        optimizer,
        where,  # type: ignore[arg-type]
        recipe,
        on_progress=heard.append,
        save=lambda state: saved.append(state.step),
        loss_of=loss_of,
    )
    if place.is_first:
        # Only the first evaluates and saves; the others must not be needed for it.
        with evaluating(model), torch.no_grad():
            model(dataset()[:][0])
        save_file(unwrap(model).state_dict(), folder / "weights")
    report(
        place,
        folder,
        seen=seen,
        losses=[progress.loss for progress in heard],
        tokens=[progress.tokens_seen for progress in heard],
        evaluated=[state.train_losses, state.val_losses],
        saved=saved,
        mask=bare.mask.tolist(),
        names=list(model.state_dict()),
        vocab_size=model.cfg.vocab_size,
    )


def train_on_and_on(place: Place, folder: Path) -> None:
    model = wrap(GPTModel(CONFIG), place)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def slow_loss(inputs: Tensor, targets: Tensor, model: nn.Module, device: torch.device) -> Tensor:
        time.sleep(0.05)
        return calc_loss_batch(inputs, targets, model, device)

    def show(progress: Progress) -> None:
        (folder / "step").write_text(str(progress.step))

    train_together(
        model,
        deal(dataset(), 4, place),
        [],
        optimizer,
        place,
        Recipe(num_epochs=1000, eval_freq=10_000),
        on_progress=show,
        save=lambda state: report(place, folder, step=state.step),
        loss_of=slow_loss,
    )


def report(place: Place, folder: Path, **facts: object) -> None:
    (folder / f"{place.rank}.json").write_text(json.dumps(facts))


def means(place: Place, folder: Path) -> None:
    report(
        place,
        folder,
        ragged=mean_over_processes(2.0, 30, place) if place.is_first else mean_over_processes(5.0, 10, place),
        empty=mean_over_processes(2.0, 30, place) if place.is_first else mean_over_processes(float("nan"), 0, place),
        nothing=str(mean_over_processes(1.0, 0, place)),
    )


def end_early(place: Place, how: str) -> None:
    mean_over_processes(1.0, 1, place)
    if not place.is_first:
        if how == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "raises":
            raise FileNotFoundError("there is no file text.txt")
        if how == "hangs":
            time.sleep(60)
    mean_over_processes(1.0, 1, place)


def main(folder: Path, job: str, *rest: str) -> None:
    timeout = 3.0 if rest == ("hangs",) or job == "meet" else 60.0
    with process_group("gloo", timeout) as place:
        if job == "train":
            train(place, folder, int(rest[0]), int(rest[1]), rest[2])
        elif job == "train-on":
            train_on_and_on(place, folder)
        elif job == "means":
            means(place, folder)
        elif job == "end":
            end_early(place, rest[0])


if __name__ == "__main__":
    torch.set_num_threads(1)
    try:
        main(Path(sys.argv[1]), *sys.argv[2:])
    except (OSError, ValueError) as error:
        sys.exit(str(error))
