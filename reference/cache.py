"""The keys and values of the tokens so far, so that each new token costs one pass over itself only. Chapter 4."""

from __future__ import annotations

from torch import Tensor


class LayerCache:
    """What the attention of one block remembers: room for `capacity` tokens is taken once, at the first append."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.length = 0
        self._keys: Tensor | None = None
        self._values: Tensor | None = None

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Remembers the keys and values of new tokens; gives those of all tokens, the new ones last.

        keys, values: (batch, heads, tokens, head_dim). Returns two of (batch, heads, all tokens, head_dim), views that
        the next append does not change.
        Raises ValueError if the tokens would not fit, or if the batch is another than before.
        """
        batch, heads, tokens, head_dim = keys.shape
        end = self.length + tokens
        if end > self.capacity:
            raise ValueError(
                f"the cache has room for {self.capacity} tokens, {self.length} are in it, and {tokens} came"
            )
        if self._keys is None or self._values is None:
            self._keys = keys.new_empty(batch, heads, self.capacity, head_dim)
            self._values = values.new_empty(batch, heads, self.capacity, head_dim)
        if len(self._keys) != batch:
            raise ValueError(f"the cache holds a batch of {len(self._keys)}; one of {batch} came")
        self._keys[:, :, self.length : end] = keys
        self._values[:, :, self.length : end] = values
        self.length = end
        return self._keys[:, :, :end], self._values[:, :, :end]


class KVCache:
    """A `LayerCache` for each transformer block. `GPTModel.new_cache` makes one that fits.

    It is for generation: a backward pass cannot run through more than one call that fills it.

    n_layers: transformer blocks. capacity: most tokens, prompt and new ones together.
    Raises ValueError if capacity is less than 1.
    Source: Pope et al. 2022, "Efficiently Scaling Transformer Inference", section 2.
    """

    def __init__(self, n_layers: int, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"capacity is {capacity}; a cache has room for at least 1 token")
        self.layers = tuple(LayerCache(capacity) for _ in range(n_layers))

    @property
    def length(self) -> int:
        """How many tokens are in it."""
        return self.layers[0].length
