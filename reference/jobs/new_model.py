"""A new model of the size that a command line asks for, with the start that GPT-2 had."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import nn

from reference.config import GPTConfig, config_named
from reference.jobs.settings import Training
from reference.model import GPTModel

TINY = GPTConfig(context_length=256, emb_dim=64, n_heads=4, n_layers=2)
"""Small enough to be trained on two cores in minutes; 6.5 of its 6.6 million weights are embeddings and head."""
OVERRIDES = ("emb_dim", "n_heads", "n_layers", "context_length", "drop_rate", "qkv_bias", "tie_weights")
SPREAD = 0.02  # standard deviation of the first weights


def shape_of(settings: Training) -> GPTConfig:
    """The configuration that the settings ask for: a size, and what differs from it.

    Raises ValueError for a size that is none, and for numbers that make no model.
    """
    config = TINY if settings.size == "tiny" else _gpt2(settings.size)
    changes = {name: getattr(settings, name) for name in OVERRIDES if getattr(settings, name) is not None}
    return replace(config, **changes)


def new_model(config: GPTConfig) -> GPTModel:
    """A model with small random weights, drawn from torch's generator.

    GPTModel by itself starts as the guide's does, with embeddings of standard deviation 1. From smaller ones a small
    model learns sooner, and on the messages of chapter 6 it ends up better.
    Source: Radford et al. 2018 (GPT), section 4.1: normal with standard deviation 0.02.
    """
    model = GPTModel(config)
    for parameter in model.parameters():
        if parameter.ndim == 2:
            nn.init.normal_(parameter, std=SPREAD)
    for name, parameter in model.named_parameters():
        if name.endswith(".bias"):
            nn.init.zeros_(parameter)
    return model


def seeded(seed: int) -> None:
    """Starts torch's random numbers."""
    torch.manual_seed(seed)


def _gpt2(size: str) -> GPTConfig:
    try:
        return config_named(size)
    except ValueError as error:
        raise ValueError(f"{error}, and 'tiny'") from None
