"""The spam classifier from the command line: trained, measured, and asked. Chapter 6."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from reference.classify import (
    Message,
    SpamLoaders,
    add_classification_head,
    calc_accuracy_loader,
    classify_review,
    create_balanced_dataset,
    create_spam_loaders,
    freeze_all_but_last,
    load_classifier,
    random_split,
    read_csv,
    read_messages,
    save_classifier,
    train_classifier,
)
from reference.jobs.fine_tuning import adapt, merged, sample_length, start
from reference.jobs.inputs import data_file, device_named
from reference.jobs.report import print_result, print_training
from reference.jobs.run_folder import RunFolder, entered
from reference.jobs.settings import Classify
from reference.jobs.training import Course, asked, highest_rate, optimizer_for, recipe_for, summary, take
from reference.lora import trainable_parameters
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer

SMALL_RATE = 5e-4  # highest learning rate of a small new model
SHORT = 64  # tokens of a message for a new model; nearly all are shorter, and what is cut costs no accuracy


def run(settings: Classify) -> int:
    """Trains a classifier, or asks one; the exit code."""
    device = device_named(settings.device)
    if settings.text:
        return _classify(settings, device)
    data = data_file(settings.data)
    train, validation, test = random_split(
        create_balanced_dataset(messages_in(data), settings.seed), 0.7, 0.1, settings.seed
    )
    with entered(settings.out, asked("classify", settings, data), fresh=settings.fresh) as folder:
        if not folder.result.exists():
            model = start(settings)
            length = sample_length(settings, model, default=SHORT if settings.model is None else None)
            length = min(model.cfg.context_length, length or _longest(train))
            loaders = create_spam_loaders(
                train, validation, test, gpt2_tokenizer(), settings.batch_size, length, settings.seed
            )
            _train(settings, prepared(model, settings).to(device), loaders, device, folder)
        print_training(folder, as_json=settings.json)
    return 0


def messages_in(path: Path) -> list[Message]:
    """The messages of a .csv file with the columns Label and Text, or of a file with label, tab, text a line."""
    return read_csv(path) if path.suffix.lower() == ".csv" else read_messages(path)


def prepared(model: GPTModel, settings: Classify) -> GPTModel:
    """A model with a classification head, of which only what is to be trained requires gradients."""
    add_classification_head(model)
    what = settings.train or ("all" if settings.model is None else "last-block")
    if settings.lora_rank is not None and settings.train is not None:
        raise ValueError("--lora-rank trains adapters and nothing else; leave out --train")
    if settings.lora_rank is None and what != "all":
        freeze_all_but_last(model, 1 if what == "last-block" else 0)
    adapt(model, settings)
    return model


def _longest(messages: Sequence[Message]) -> int:
    return max(len(gpt2_tokenizer().encode_ordinary(message.text)) for message in messages)


def _train(settings: Classify, model: GPTModel, loaders: SpamLoaders, device: torch.device, folder: RunFolder) -> None:
    rate = highest_rate(settings, model.cfg.emb_dim, small=SMALL_RATE, pretrained=settings.model is not None)
    course = Course(
        model=model,
        train_loader=loaders.train,
        val_loader=loaders.validation,
        optimizer=optimizer_for(model, rate, settings.weight_decay),
        device=device,
        recipe=recipe_for(settings, loaders.train, rate),
        loop=train_classifier,
        unit="messages",
        per_token=1 / loaders.max_length,
    )
    trained = trainable_parameters(model)
    begun = time.monotonic()

    def accuracy() -> str:
        return f"validation accuracy {calc_accuracy_loader(loaders.validation, model, device):.2%}"

    take(course, folder, save_every=settings.save_every, after_epoch=accuracy)
    seconds = time.monotonic() - begun
    merged(model, settings)
    save_classifier(model, folder.model, loaders.max_length)
    result: dict[str, Any] = {
        **summary(folder, model),
        "trained_parameters": trained,
        "tokens_of_a_message": loaders.max_length,
        "training_accuracy": calc_accuracy_loader(loaders.train, model, device),
        "validation_accuracy": calc_accuracy_loader(loaders.validation, model, device),
        "test_accuracy": calc_accuracy_loader(loaders.test, model, device),
        "seconds_of_last_run": seconds,
    }
    folder.write_json(folder.result, result)


def _classify(settings: Classify, device: torch.device) -> int:
    if settings.model is None:
        raise ValueError("--text needs --model with the file of a classifier, such as runs/classify/model.safetensors")
    path = Path(settings.model).expanduser()
    model, max_length = load_classifier(path / "model.safetensors" if path.is_dir() else path, device)
    verdicts = {text: classify_review(text, model, gpt2_tokenizer(), device, max_length) for text in settings.text}
    if settings.json:
        print_result({"verdicts": [{"text": text, "is": verdict} for text, verdict in verdicts.items()]}, as_json=True)
        return 0
    for text, verdict in verdicts.items():
        print(verdict if len(verdicts) == 1 else f"{verdict:<10}{text}")
    return 0
