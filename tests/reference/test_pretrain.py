"""The loss, the loops that lower it, and trainings that are stopped and gone on with."""

from __future__ import annotations

import contextlib
import math
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from small_model import TOKENIZER, dataset, loader, model
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, Dataset, DistributedSampler, IterableDataset, RandomSampler

from reference.checkpoint import load_checkpoint, save_checkpoint
from reference.epoch import batches_after
from reference.model import GPTModel
from reference.pretrain import (
    Progress,
    Recipe,
    TrainingState,
    calc_loss_batch,
    calc_loss_loader,
    evaluate_model,
    generate_and_print_sample,
    train_model,
    train_model_simple,
)

RECIPE = Recipe(num_epochs=3, eval_freq=4, eval_iter=2, warmup_steps=3, min_lr=1e-4)


def adam(of: nn.Module, lr: float = 3e-3) -> torch.optim.AdamW:
    return torch.optim.AdamW(of.parameters(), lr=lr, weight_decay=0.1)


def same_weights(one: nn.Module, other: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), other.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def trained(recipe: Recipe = RECIPE, **changes: Any) -> GPTModel:
    net = model()
    train_model(net, loader(**changes), loader(), adam(net), "cpu", recipe)
    return net


# -- the loss ----------------------------------------------------------------------------------------------------------


def test_the_loss_of_a_batch_is_the_mean_negative_log_probability_of_the_targets() -> None:
    net = model().eval()
    inputs, targets = next(iter(loader(shuffle=False)))
    probas = torch.softmax(net(inputs), dim=-1).gather(-1, targets[..., None])
    assert calc_loss_batch(inputs, targets, net, "cpu").item() == pytest.approx(-probas.log().mean().item(), rel=1e-5)


def test_targets_of_minus_100_do_not_count() -> None:
    net = model().eval()
    inputs, targets = next(iter(loader(shuffle=False)))
    masked = targets.clone()
    masked[:, 1:] = -100
    alone = calc_loss_batch(inputs[:, :1], targets[:, :1], net, "cpu")
    assert calc_loss_batch(inputs, masked, net, "cpu").item() == pytest.approx(alone.item(), rel=1e-5)


def test_an_untrained_models_loss_is_about_that_of_guessing() -> None:
    assert calc_loss_loader(loader(), model().eval(), "cpu") == pytest.approx(
        math.log(len(TOKENIZER.str_to_int)), abs=0.5
    )


def test_the_loss_of_a_loader_is_the_mean_of_its_first_batches() -> None:
    net, batches = model().eval(), list(loader(shuffle=False))
    losses = [calc_loss_batch(*batch, net, "cpu").item() for batch in batches]
    assert calc_loss_loader(batches, net, "cpu", 2) == pytest.approx(sum(losses[:2]) / 2)
    assert calc_loss_loader(batches, net, "cpu", 10_000) == pytest.approx(sum(losses) / len(losses))
    assert math.isnan(calc_loss_loader([], net, "cpu"))
    assert math.isnan(calc_loss_loader(batches, net, "cpu", 0))


def test_a_batch_without_a_target_that_counts_has_no_loss_and_spoils_no_mean() -> None:
    net, (one, other, *_) = model().eval(), list(loader(shuffle=False))
    silent = (other[0], torch.full_like(other[1], -100))
    assert calc_loss_batch(*silent, net, "cpu").isnan()
    assert calc_loss_loader([one, silent], net, "cpu") == pytest.approx(calc_loss_batch(*one, net, "cpu").item())


@pytest.mark.parametrize("training", [True, False])
def test_a_look_at_the_losses_leaves_the_mode_and_the_gradients_alone(training: bool) -> None:
    net = model().train(training)
    first = evaluate_model(net, loader(shuffle=False), loader(shuffle=False), "cpu", 2)
    assert first == evaluate_model(net, loader(shuffle=False), loader(shuffle=False), "cpu", 2)  # no dropout
    assert net.training is training
    assert all(parameter.grad is None for parameter in net.parameters())


# -- the simple loop ---------------------------------------------------------------------------------------------------


def test_the_simple_loop_learns_and_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    net = model()
    torch.manual_seed(1)
    train, val, seen = train_model_simple(
        net, loader(), loader(shuffle=False), adam(net), "cpu", 6, 5, 2, "the red cat", TOKENIZER
    )
    assert train[-1] < 0.6 * train[0]
    assert val[-1] < 0.6 * val[0]
    assert seen[:3] == [32, 32 * 6, 32 * 11]  # after steps 0, 5 and 10
    printed = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("the red cat") for line in printed) == 6
    assert sum("validation loss" in line for line in printed) == len(train)


def test_the_simple_loop_stops_at_the_step_whose_loss_is_broken() -> None:
    net = model()
    with pytest.raises(ValueError, match=r"the loss is (nan|inf) at step [1-9]; the weights are broken, or the lear"):
        train_model_simple(net, loader(), [], adam(net, lr=1e30), "cpu", 1, 99, 1, "the", TOKENIZER)
    with pytest.raises(ValueError, match="eval_freq is 0; it is at least 1"):
        train_model_simple(net, loader(), [], adam(net), "cpu", 1, 0, 1, "the", TOKENIZER)


def test_a_sample_is_one_line_and_leaves_the_mode_alone(capsys: pytest.CaptureFixture[str]) -> None:
    net = model().train()
    generate_and_print_sample(net, TOKENIZER, "cpu", "the red cat")
    assert capsys.readouterr().out.count("\n") == 1
    assert net.training


# -- the complete loop -------------------------------------------------------------------------------------------------


def test_the_complete_loop_learns_and_tells_of_each_step() -> None:
    net, heard = model(), list[Progress]()
    state = train_model(net, loader(), loader(), adam(net), "cpu", RECIPE, on_progress=heard.append)
    assert [progress.step for progress in heard] == list(range(1, heard[-1].steps + 1))
    assert heard[-1].loss < 0.7 * heard[0].loss
    assert heard[-1].tokens_seen == state.tokens_seen == state.tokens_at[-1]
    assert [progress.losses for progress in heard if progress.losses] == list(
        zip(state.train_losses, state.val_losses, strict=True)
    )
    assert [progress.learning_rate for progress in heard][:4] == pytest.approx([0, 1e-3, 2e-3, 3e-3])
    assert heard[-1].learning_rate == pytest.approx(1e-4)


@pytest.mark.parametrize("masked", [False, True])
def test_accumulated_batches_are_one_large_batch_also_when_they_are_ragged(masked: bool) -> None:
    samples = [tuple(tensor.clone() for tensor in sample) for sample in dataset()][:6]
    if masked:
        for number, (_, targets) in enumerate(samples):
            targets[: number + 1] = -100
    results = []
    for batch_size, accumulation in ((6, 1), (2, 3), (4, 2)):  # the last: 4 and 2
        net = model(drop_rate=0.0)
        batches: DataLoader[tuple[Tensor, ...]] = DataLoader(samples, batch_size)  # type: ignore[arg-type]
        recipe = replace(RECIPE, num_epochs=1, accumulation=accumulation, max_grad_norm=0.5)
        train_model(net, batches, [], torch.optim.SGD(net.parameters(), lr=0.5), "cpu", recipe)
        results.append(net)
    for net in results[1:]:
        for one, other in zip(results[0].parameters(), net.parameters(), strict=True):
            assert torch.allclose(one, other, atol=1e-6)


def test_gradients_are_cut_to_the_longest_length_that_is_allowed() -> None:
    net = model(drop_rate=0.0)
    before = [parameter.detach().clone() for parameter in net.parameters()]
    recipe = Recipe(num_epochs=1, max_grad_norm=0.01)
    train_model(net, list(loader())[:1], [], torch.optim.SGD(net.parameters(), lr=1.0), "cpu", recipe)
    moved = math.sqrt(sum((a - b).pow(2).sum().item() for a, b in zip(before, net.parameters(), strict=True)))
    assert moved == pytest.approx(0.01, rel=1e-3)


def test_under_autocast_it_learns_too() -> None:
    net, heard = model(), list[Progress]()
    recipe = replace(RECIPE, autocast=torch.bfloat16)
    train_model(net, loader(), loader(), adam(net), "cpu", recipe, on_progress=heard.append)
    assert heard[-1].loss < 0.8 * heard[0].loss
    assert all(parameter.dtype == torch.float32 for parameter in net.parameters())


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_batch_in_which_nothing_counts_adds_nothing_to_a_step(accumulation: int) -> None:
    real = next(iter(loader(shuffle=False)))
    silent = (real[0], torch.full_like(real[1], -100))
    results, heard = [], list[Progress]()
    for batches in ([real], [real, silent], [silent, real]):
        net = model(drop_rate=0.0)
        sgd, recipe = torch.optim.SGD(net.parameters(), lr=0.5), Recipe(accumulation=accumulation)
        train_model(net, batches, [], sgd, "cpu", recipe, on_progress=heard.append)
        results.append(net)
    assert same_weights(results[0], results[1])
    assert same_weights(results[0], results[2])
    assert all(math.isfinite(progress.loss) for progress in heard)


def test_groups_of_parameters_keep_their_share_of_the_learning_rate() -> None:
    net = model()
    groups = [{"params": [net.out_head.weight], "lr": 1e-3}, {"params": net.trf_blocks.parameters(), "lr": 1e-2}]
    optimizer = torch.optim.AdamW(groups)
    rates = []
    train_model(
        net, loader(), [], optimizer, "cpu", replace(RECIPE, num_epochs=1),
        on_progress=lambda progress: rates.append([group["lr"] for group in optimizer.param_groups]),
    )  # fmt: skip
    assert rates[3] == pytest.approx([1e-3, 1e-2])
    assert all(one == pytest.approx(other / 10) for one, other in rates)


def test_another_training_begins_with_the_learning_rate_that_the_optimizer_was_given_since() -> None:
    net = model()
    optimizer, recipe = adam(net), replace(RECIPE, num_epochs=1, warmup_steps=0)
    train_model(net, loader(), [], optimizer, "cpu", recipe)
    optimizer.param_groups[0]["lr"] = 2e-4
    heard = list[Progress]()
    train_model(net, loader(), [], optimizer, "cpu", recipe, on_progress=heard.append)
    assert heard[0].learning_rate == pytest.approx(2e-4)


def test_it_is_silent_unless_somebody_listens(capfd: pytest.CaptureFixture[str]) -> None:
    trained(replace(RECIPE, num_epochs=1))
    assert capfd.readouterr() == ("", "")


def test_nothing_to_train_on_is_said() -> None:
    net = model()
    with pytest.raises(ValueError, match="no batches"):
        train_model(net, [], [], adam(net), "cpu", RECIPE)

    class Stream(IterableDataset[Any]):
        def __iter__(self) -> Iterator[Any]:
            return iter(dataset())

    with pytest.raises(ValueError, match="does not know its length"):
        train_model(net, DataLoader(Stream(), 4), [], adam(net), "cpu", RECIPE)


def test_broken_weights_stop_the_training_at_the_step_and_are_not_saved() -> None:
    net = model()
    with torch.no_grad():
        net.final_norm.scale[0] = math.nan
    saved: list[TrainingState] = []
    with pytest.raises(ValueError, match=r"the loss is nan .* at step 1 of 45"):
        train_model(net, loader(), loader(), adam(net), "cpu", RECIPE, save=saved.append)
    assert not saved


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"num_epochs": 0}, "num_epochs is 0"),
        ({"accumulation": 0}, "accumulation is 0"),
        ({"max_grad_norm": 0.0}, "max_grad_norm is 0"),
        ({"max_grad_norm": -1.0}, "max_grad_norm is -1"),
        ({"eval_freq": 0}, "eval_freq is 0"),
        ({"save_freq": -1}, "save_freq is -1"),
        ({"autocast": torch.float16}, "autocast is torch.float16"),
    ],
)
def test_a_recipe_that_makes_no_sense_is_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(RECIPE, **change)


# -- stopped and gone on with ------------------------------------------------------------------------------------------


Loaders = Callable[[], tuple[Any, Any]]


def shuffled() -> tuple[Any, Any]:
    return loader(), loader()


def with_generators() -> tuple[Any, Any]:
    return loader(generator=torch.Generator().manual_seed(5)), loader(generator=torch.Generator().manual_seed(6))


def with_a_sampler_of_its_own() -> tuple[Any, Any]:
    sampler = RandomSampler(dataset(), generator=torch.Generator().manual_seed(5))
    return DataLoader(dataset(), 4, sampler=sampler), loader()


def with_a_batch_sampler() -> tuple[Any, Any]:
    sampler = RandomSampler(dataset(), generator=torch.Generator().manual_seed(5))
    return DataLoader(dataset(), batch_sampler=BatchSampler(sampler, 4, drop_last=False)), loader()


def dealt_out() -> tuple[Any, Any]:
    return DataLoader(dataset(), 4, sampler=DistributedSampler(dataset(), 2, 1)), loader()


def a_list() -> tuple[Any, Any]:
    return list(loader(shuffle=False)), []


def with_workers() -> tuple[Any, Any]:
    return loader(num_workers=1), loader()


@pytest.mark.parametrize("accumulation", [1, 3])
@pytest.mark.parametrize(
    "loaders",
    [
        shuffled,
        with_generators,
        with_a_sampler_of_its_own,
        with_a_batch_sampler,
        dealt_out,
        a_list,
        pytest.param(with_workers, marks=pytest.mark.slow),
    ],
)
def test_a_resumed_training_equals_an_uninterrupted_one_to_the_bit(
    tmp_path: Path, accumulation: int, loaders: Loaders
) -> None:
    recipe = replace(RECIPE, num_epochs=2, accumulation=accumulation, save_freq=1)
    net = model()
    optimizer = adam(net)
    steps = 0

    def save(state: TrainingState) -> None:
        nonlocal steps
        steps += 1
        save_checkpoint(tmp_path / f"{state.step}.pt", net, optimizer, state)

    whole = train_model(net, *loaders(), optimizer, "cpu", recipe, save=save)
    for step in {1, steps // 2, steps // 2 + 1, steps - 1, steps}:
        again = model(seed=99)
        torch.manual_seed(99)
        other = adam(again, lr=0.5)
        state = load_checkpoint(tmp_path / f"{step}.pt", again, other)
        assert state.step == step
        ended = train_model(again, *loaders(), other, "cpu", recipe, state=state)
        assert same_weights(net, again), step
        assert ended.train_losses == pytest.approx(whole.train_losses, rel=0, abs=0, nan_ok=True)
        assert ended.val_losses == pytest.approx(whole.val_losses, rel=0, abs=0, nan_ok=True)
        assert ended.tokens_at == whole.tokens_at


def test_a_distributed_sampler_deals_in_another_order_each_epoch() -> None:
    seen = list[Tensor]()

    def watched(inputs: Tensor, targets: Tensor, net: nn.Module, device: str) -> Tensor:
        seen.append(inputs)
        return calc_loss_batch(inputs, targets, net, device)

    net, (train, _) = model(), dealt_out()
    train_model(net, train, [], adam(net), "cpu", replace(RECIPE, num_epochs=2), loss_of=watched)
    first, second = seen[: len(train)], seen[len(train) :]
    assert len(first) == len(second)
    assert not all(torch.equal(one, other) for one, other in zip(first, second, strict=True))


def test_an_order_of_batches_that_cannot_be_found_again_is_said(tmp_path: Path) -> None:
    net = model()
    optimizer = adam(net)
    recipe = replace(RECIPE, num_epochs=1, save_freq=1)
    path = tmp_path / "c.pt"
    with contextlib.suppress(InterruptedError):
        train_model(net, *with_generators(), optimizer, "cpu", recipe, save=saving_once(path, net, optimizer))
    state = load_checkpoint(path, net, optimizer)
    with pytest.raises(ValueError, match=r"have 0 random generators of their own, and those .* had 2"):
        train_model(net, *shuffled(), optimizer, "cpu", recipe, state=state)


def saving_once(path: Path, net: GPTModel, optimizer: torch.optim.Optimizer) -> Callable[[TrainingState], None]:
    def save(state: TrainingState) -> None:
        save_checkpoint(path, net, optimizer, state)
        raise InterruptedError

    return save


class Counting(Dataset[int]):
    """Says which of its items were asked for."""

    def __init__(self) -> None:
        self.asked = list[int]()

    def __len__(self) -> int:
        return 1000

    def __getitem__(self, index: int) -> int:
        self.asked.append(index)
        return index


def test_batches_that_were_seen_are_not_loaded_again() -> None:
    counting = Counting()
    batches = DataLoader(counting, 10, shuffle=True, generator=torch.Generator().manual_seed(1))
    every: Any = batches_after(0, batches)
    whole = [batch.tolist() for batch in every]
    assert sorted(index for batch in whole for index in batch) == list(range(1000))
    counting.asked.clear()
    assert batches.generator is not None
    batches.generator.manual_seed(1)
    left: Any = batches_after(98, batches)
    rest = [batch.tolist() for batch in left]
    assert rest == whole[98:]
    assert len(counting.asked) == 20


def test_ctrl_c_waits_for_the_step_saves_and_can_be_gone_on_with(tmp_path: Path) -> None:
    net = model()
    optimizer = adam(net)
    path = tmp_path / "c.pt"

    def interrupt(progress: Progress) -> None:
        if progress.step == 4:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train_model(
            net, loader(), loader(), optimizer, "cpu", RECIPE,
            on_progress=interrupt, save=lambda state: save_checkpoint(path, net, optimizer, state),
        )  # fmt: skip
    again = model(seed=9)
    other = adam(again)
    state = load_checkpoint(path, again, other)
    assert state.step == 4
    train_model(again, loader(), loader(), other, "cpu", RECIPE, state=state)
    assert same_weights(again, trained())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_run_that_was_interrupted_goes_on_in_the_same_process_without_a_file() -> None:
    net, state = model(), TrainingState()
    optimizer = adam(net)

    def interrupt(progress: Progress) -> None:
        if progress.step == 7:
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        train_model(net, loader(), loader(), optimizer, "cpu", RECIPE, state=state, on_progress=interrupt)
    torch.manual_seed(99)
    train_model(net, loader(), loader(), optimizer, "cpu", RECIPE, state=state)
    assert same_weights(net, trained())


def test_a_second_ctrl_c_does_not_wait() -> None:
    net, heard = model(), list[int]()

    def interrupt(progress: Progress) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        heard.append(progress.step)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
        heard.append(progress.step)

    with pytest.raises(KeyboardInterrupt):
        train_model(net, loader(), [], adam(net), "cpu", RECIPE, on_progress=interrupt)
    assert heard == [1]


def test_where_ctrl_c_is_ignored_it_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        net, recipe = model(), replace(RECIPE, num_epochs=1)
        state = train_model(
            net, loader(), [], adam(net), "cpu", recipe, on_progress=lambda _: os.kill(os.getpid(), signal.SIGINT)
        )
    finally:
        signal.signal(signal.SIGINT, before)
    assert state.step == len(loader())


def test_it_trains_in_a_thread_where_no_signal_can_be_caught() -> None:
    results: list[GPTModel] = []
    thread = threading.Thread(target=lambda: results.append(trained(replace(RECIPE, num_epochs=1))))
    thread.start()
    thread.join()
    assert len(results) == 1


KILLED = """
import sys, torch
sys.path.insert(0, {here!r})
from pathlib import Path
from small_model import loader, model
from reference.checkpoint import load_checkpoint, save_checkpoint, save_model
from reference.pretrain import Recipe, train_model
torch.set_num_threads(1)
path, final = Path("c.pt"), Path("final.safetensors")
net = model()
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)
state = load_checkpoint(path, net, optimizer) if path.exists() else None
recipe = Recipe(num_epochs=8, eval_freq=9, eval_iter=1, save_freq=1, accumulation=2)
train_model(net, loader(), loader(), optimizer, "cpu", recipe, state=state,
            on_progress=lambda progress: print(progress.step, flush=True),
            save=lambda state: save_checkpoint(path, net, optimizer, state))
save_model(net, final)
"""


@pytest.mark.slow
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_weights(tmp_path: Path) -> None:
    program = [sys.executable, "-c", KILLED.format(here=str(Path(__file__).parent))]
    killed, alone = tmp_path / "killed", tmp_path / "alone"
    for folder in (killed, alone):
        folder.mkdir()
    subprocess.run(program, cwd=alone, check=True, stdout=subprocess.DEVNULL)
    kills = []
    for _ in range(4):
        with subprocess.Popen(program, cwd=killed, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            for _ in range(random.randint(1, 10)):
                step = process.stdout.readline()
            time.sleep(random.uniform(0, 0.02))  # in the step, in the write, or between the two
            process.kill()
            if process.wait() == -signal.SIGKILL:
                kills.append(int(step))
    assert len(kills) >= 3, kills
    subprocess.run(program, cwd=killed, check=True, stdout=subprocess.DEVNULL)
    assert (killed / "final.safetensors").read_bytes() == (alone / "final.safetensors").read_bytes(), kills
    assert not list(killed.glob(".*part"))
