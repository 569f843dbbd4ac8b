"""What a GPT is made of, in numbers: one frozen type, and the four sizes of GPT-2. Chapters 4 and 5."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

REQUIRED = ("vocab_size", "context_length", "emb_dim", "n_heads", "n_layers", "drop_rate")
ALWAYS_THERE = (*REQUIRED, "qkv_bias")  # the keys of the guide's dictionary


@dataclass(frozen=True, slots=True)
class GPTConfig(Mapping[str, Any]):
    """The shape of a GPT. It reads like the guide's dictionary too: `cfg["emb_dim"]`, `{**cfg, "qkv_bias": True}`.

    vocab_size: how many tokens there are. context_length: most tokens the model looks at.
    emb_dim: size of an embedding. n_layers: transformer blocks. n_heads: attention heads of each, must divide emb_dim.
    drop_rate: probability of dropout while training; drop_rate_emb, drop_rate_attn and drop_rate_shortcut set it apart
    for the embeddings, the attention weights and the outputs that a shortcut adds to.
    qkv_bias: whether query, key and value layers have a bias; OpenAI's weights need it.
    tie_weights: whether the output head is the token embedding itself, as in GPT-2, or has weights of its own.
    Raises ValueError for a value outside its range, TypeError for one of the wrong type.
    """

    vocab_size: int = 50257
    context_length: int = 1024
    emb_dim: int = 768
    n_heads: int = 12
    n_layers: int = 12
    drop_rate: float = 0.1
    qkv_bias: bool = False
    tie_weights: bool = False
    drop_rate_emb: float | None = None
    drop_rate_attn: float | None = None
    drop_rate_shortcut: float | None = None

    def __post_init__(self) -> None:
        for name in ("vocab_size", "context_length", "emb_dim", "n_heads", "n_layers"):
            _check_count(name, getattr(self, name))
        for name in ("qkv_bias", "tie_weights"):
            if not isinstance(getattr(self, name), bool):
                raise TypeError(f"{name} is {getattr(self, name)!r}; it is True or False")
        _check_rate("drop_rate", self.drop_rate)
        for name in ("drop_rate_emb", "drop_rate_attn", "drop_rate_shortcut"):
            if getattr(self, name) is not None:
                _check_rate(name, getattr(self, name))
        if self.emb_dim % self.n_heads:
            raise ValueError(
                f"emb_dim is {self.emb_dim} and n_heads is {self.n_heads}; n_heads must divide emb_dim, "
                "so that every head gets the same share"
            )

    @classmethod
    def of(cls, cfg: GPTConfig | Mapping[str, Any]) -> GPTConfig:
        """The configuration that a dictionary like the guide's describes; ours comes back as it is.

        drop_rate may be left out when all three separate rates are there.
        Raises ValueError for a key that is missing or unknown, and what GPTConfig raises.
        """
        if isinstance(cfg, GPTConfig):
            return cfg
        if not isinstance(cfg, Mapping):
            raise TypeError(f"the configuration is a {type(cfg).__name__}; it is a dictionary like GPT_CONFIG_124M")
        known = [field.name for field in fields(cls)]
        if unknown := [key for key in cfg if key not in known]:
            raise ValueError(f"the configuration has unknown keys: {_listed(unknown)}; known are {_listed(known)}")
        given = dict(cfg)
        if all(given.get(name) is not None for name in ("drop_rate_emb", "drop_rate_attn", "drop_rate_shortcut")):
            given.setdefault("drop_rate", 0.0)
        if missing := [name for name in REQUIRED if name not in given]:
            raise ValueError(f"the configuration lacks {_listed(missing)}")
        return cls(**given)

    def rate(self, place: str) -> float:
        """The dropout rate at a place: "emb", "attn" or "shortcut"."""
        own: float | None = getattr(self, f"drop_rate_{place}")
        return self.drop_rate if own is None else own

    def copy(self) -> dict[str, Any]:
        """A plain dictionary of the same values, to be changed and handed in again."""
        return dict(self)

    def __getitem__(self, key: str) -> Any:
        if key not in tuple(self):
            raise KeyError(key)
        return getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        """The keys of the guide's dictionary, and the others where they were set."""
        for field in fields(self):
            if field.name in ALWAYS_THERE or getattr(self, field.name) != field.default:
                yield field.name

    def __len__(self) -> int:
        return sum(1 for _ in self)


def config_named(name: str) -> GPTConfig:
    """The configuration of one of GPT-2's four sizes, without biases in the query, key and value layers.

    name: "gpt2-small (124M)", "gpt2-small" or "124M", and so on.
    Raises ValueError for any other name. Source: Radford et al. 2019, table 2.
    """
    for full, config in model_configs.items():
        if name in (full, *full.rstrip(")").split(" (")):
            return config
    raise ValueError(f"there is no size {name!r}; there are {_listed(model_configs)}")


def _check_count(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} is {value!r}; it is a whole number")
    if value < 1:
        raise ValueError(f"{name} is {value}; it is at least 1")


def _check_rate(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is {value!r}; it is a probability, from 0 to 1")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} is {value}; it is a probability, from 0 to 1")


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))


GPT_CONFIG_124M = GPTConfig()

model_configs: dict[str, GPTConfig] = {
    "gpt2-small (124M)": GPT_CONFIG_124M,
    "gpt2-medium (355M)": replace(GPT_CONFIG_124M, emb_dim=1024, n_layers=24, n_heads=16),
    "gpt2-large (774M)": replace(GPT_CONFIG_124M, emb_dim=1280, n_layers=36, n_heads=20),
    "gpt2-xl (1558M)": replace(GPT_CONFIG_124M, emb_dim=1600, n_layers=48, n_heads=25),
}
