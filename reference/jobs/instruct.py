"""Instruction tuning from the command line: trained, and then asked for its responses to the test set. Chapter 7."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch

from reference.checkpoint import load_model, save_model
from reference.instruct import (
    Answered,
    create_instruction_loader,
    generate_responses,
    read_instructions,
    split_instructions,
    write_responses,
)
from reference.jobs.display import Tick, shown
from reference.jobs.fine_tuning import adapt, merged, sample_length, start
from reference.jobs.inputs import data_file, device_named
from reference.jobs.report import print_training
from reference.jobs.run_folder import RunFolder, entered
from reference.jobs.settings import Instruct
from reference.jobs.training import Course, asked, highest_rate, optimizer_for, recipe_for, summary, take
from reference.model import GPTModel
from reference.pretrain import train_model
from reference.prompts import Entry
from reference.tokenizer import gpt2_tokenizer

SMALL_RATE = 3e-3  # highest learning rate of a small new model
RESPONSES = "responses.json"


def run(settings: Instruct) -> int:
    """Trains, responds, and prints what came out; the exit code."""
    device = device_named(settings.device)
    data = data_file(settings.data)
    train, validation, test = split_instructions(read_instructions(data))
    with entered(settings.out, asked("instruct", settings, data), fresh=settings.fresh) as folder:
        if not folder.result.exists():
            if not folder.model.exists():
                _train(settings, start(settings).to(device), train, validation, device, folder)
            _respond(settings, load_model(folder.model, device), test, folder)
        print_training(folder, as_json=settings.json)
    return 0


def _train(
    settings: Instruct,
    model: GPTModel,
    train: Sequence[Entry],
    validation: Sequence[Entry],
    device: torch.device,
    folder: RunFolder,
) -> None:
    adapt(model, settings)
    length = sample_length(settings, model, default=model.cfg.context_length)
    loaders: list[Any] = [
        create_instruction_loader(
            entries,
            gpt2_tokenizer(),
            settings.batch_size,
            style=settings.style,
            mask_instruction=settings.mask,
            allowed_max_length=length,
            shuffle=is_training,
            drop_last=is_training,
            seed=settings.seed,
        )
        if entries
        else []
        for entries, is_training in ((train, True), (validation, False))
    ]
    rate = highest_rate(settings, model.cfg.emb_dim, small=SMALL_RATE, pretrained=settings.model is not None)
    course = Course(
        model=model,
        train_loader=loaders[0],
        val_loader=loaders[1],
        optimizer=optimizer_for(model, rate, settings.weight_decay),
        device=device,
        recipe=recipe_for(settings, loaders[0], rate),
        loop=train_model,
    )
    take(course, folder, save_every=settings.save_every)
    save_model(merged(model, settings), folder.model)


def _respond(settings: Instruct, model: GPTModel, test: Sequence[Entry], folder: RunFolder) -> None:
    """Writes the responses to the test set, and the result after them."""
    entries = test[: settings.responses]
    begun = time.monotonic()
    with shown("responses", len(entries), "tokens") as display:

        def watch(answered: Answered) -> None:
            display.tick(Tick(answered.done, answered.tokens))

        responses = generate_responses(
            model,
            gpt2_tokenizer(),
            entries,
            style=settings.style,
            max_new_tokens=settings.max_new_tokens,
            on_progress=watch,
        )
    write_responses(responses, folder.path / RESPONSES)
    answers = {"responses": str(folder.path / RESPONSES), "seconds_of_responses": time.monotonic() - begun}
    folder.write_json(folder.result, {**summary(folder, model), **answers})
