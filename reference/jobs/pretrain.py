"""Pretraining from the command line: a text, a new model, and as many processes as there are. Chapter 5, appendix D."""

from __future__ import annotations

import contextlib
import math
import time
from dataclasses import replace

from torch import distributed
from torch.utils.data import DataLoader, Subset

from reference.checkpoint import save_model
from reference.data import Sample, TokenFile, encoded
from reference.distributed import Place, deal, process_group, train_together, wrap
from reference.generate import generate
from reference.jobs.inputs import data_file, device_named
from reference.jobs.new_model import new_model, seeded, shape_of
from reference.jobs.report import print_training
from reference.jobs.run_folder import RunFolder, entered
from reference.jobs.settings import Pretrain
from reference.jobs.training import Course, asked, highest_rate, optimizer_for, recipe_for, summary, take
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer, text_to_token_ids, token_ids_to_text

SMALL_RATE = 3e-3  # highest learning rate of a small new model
SAMPLE = 25  # tokens that the model adds to the prompt after each epoch


def run(settings: Pretrain) -> int:
    """Trains to the end, and prints what came out; the exit code."""
    text = data_file(settings.data)
    config = shape_of(settings)
    backend = "gloo" if settings.device == "cpu" else None
    with process_group(backend) as place, contextlib.ExitStack() as stack:
        folder = RunFolder(settings.out)
        if place.is_alone:
            place = replace(place, device=device_named(settings.device))
        if place.is_first:
            wanted = asked("pretrain", settings, text, processes=place.world_size)
            stack.enter_context(entered(settings.out, wanted, fresh=settings.fresh))
            encoded(text, gpt2_tokenizer(), folder.path)
        if not place.is_alone:
            distributed.barrier()  # nobody else looks into the folder before the first has made it
        if not folder.result.exists():
            seeded(settings.seed)
            windows = TokenFile(
                encoded(text, gpt2_tokenizer(), folder.path), config.context_length, config.context_length
            )
            _train(settings, new_model(config), windows, place, folder)
        if place.is_first:
            print_training(folder, as_json=settings.json)
    return 0


def _train(settings: Pretrain, bare: GPTModel, windows: TokenFile, place: Place, folder: RunFolder) -> None:
    rate = highest_rate(settings, bare.cfg.emb_dim, small=SMALL_RATE)
    model = wrap(bare, place)
    train, validation = split_windows(windows, settings.val_share)
    train_loader = deal(train, settings.batch_size, place, seed=settings.seed)
    course = Course(
        model=model,
        train_loader=train_loader,
        val_loader=DataLoader(validation, settings.batch_size) if len(validation) else [],
        optimizer=optimizer_for(model, rate, settings.weight_decay),
        device=place,
        recipe=recipe_for(settings, train_loader, rate),
        loop=train_together,
        per_token=place.world_size,
    )
    begun = time.monotonic()
    take(
        course,
        folder,
        save_every=settings.save_every,
        after_epoch=(lambda: _sample(bare, settings.prompt)) if settings.prompt else None,
        is_first=place.is_first,
    )
    if place.is_first:
        save_model(bare, folder.model)
        result = summary(folder, bare)
        loss = result["validation_loss"]
        result["validation_perplexity"] = None if loss is None else math.exp(loss)
        folder.write_json(folder.result, {**result, "seconds_of_last_run": time.monotonic() - begun})


def split_windows(windows: TokenFile, val_share: float) -> tuple[Subset[Sample], Subset[Sample]]:
    """The windows to train on, and those at the end of the text to validate with, at least one if val_share is not 0.

    Raises ValueError if nothing is left to train on.
    """
    held_back = math.ceil(val_share * len(windows))
    cut = len(windows) - held_back
    if cut < 1:
        raise ValueError(
            f"the text makes {len(windows)} window of {windows.max_length} tokens, which cannot be both trained on and "
            f"validated with; take a shorter --context-length, or --val-share 0"
        )
    return Subset(windows, range(cut)), Subset(windows, range(cut, len(windows)))


def _sample(model: GPTModel, prompt: str) -> str:
    """How the model goes on from the prompt, on one line."""
    tokenizer = gpt2_tokenizer()
    idx = text_to_token_ids(prompt, tokenizer).to(model.tok_emb.weight.device)  # (1, tokens)
    ids = generate(model, idx, SAMPLE, model.cfg.context_length)  # (1, tokens + new)
    return " ".join(token_ids_to_text(ids, tokenizer).split())
