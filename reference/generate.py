"""Text from a model, token by token: greedy or sampled, one prompt or several, with a cache. Chapters 4 and 5."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from reference.embedding import check_token_ids
from reference.model import GPTModel, all_evaluating


def generate_text_simple(model: nn.Module, idx: Tensor, max_new_tokens: int, context_size: int) -> Tensor:
    """The shortest generation there is: score, take the best token, append it, and start over.

    model: gives logits (batch, tokens, vocab_size) for (batch, tokens) of ids. idx: (batch, tokens), the prompts.
    context_size: most tokens the model sees; of a longer text it sees the end.
    Returns (batch, tokens + max_new_tokens), the prompts in front. Dropout is as the model has it: call model.eval()
    first. Raises what `generate` raises for a prompt or a number that it cannot use.
    """
    _check(idx, max_new_tokens, context_size)
    for _ in range(max_new_tokens):
        with torch.no_grad():
            logits = model(idx[:, -context_size:])  # (batch, tokens, vocab_size)
        best = logits[:, -1].argmax(dim=-1, keepdim=True)  # (batch, 1)
        idx = torch.cat([idx, best], dim=1)  # (batch, tokens + 1)
    return idx


def generate(
    model: nn.Module,
    idx: Tensor,
    max_new_tokens: int,
    context_size: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    eos_id: int | None = None,
    *,
    top_p: float | None = None,
    seed: int | None = None,
    use_cache: bool = True,
    attention_mask: Tensor | None = None,
) -> Tensor:
    """The prompts and what the model adds to them.

    model: ours, or any that gives logits for ids; only ours can use a cache. It runs without dropout.
    idx: (batch, tokens) of token ids. max_new_tokens: at most so many are added.
    context_size: most tokens the model sees, at most its context length; of a longer text it sees the end.
    temperature: 0 takes the most probable token; below 1 sharpens the distribution, above 1 flattens it.
    top_k: sample from the k most probable tokens only, from 1 to vocab_size; ties with the k-th stay in.
    top_p: sample from the fewest tokens that have this share of the probability together, above 0, at most 1.
    eos_id: a row ends with this token, which is not shown; rows that end before others are filled up with it.
    seed: makes the sampling repeatable; by default torch's own generator draws.
    use_cache: whether keys and values of earlier tokens are kept; the text is the same, the time is not.
    attention_mask: (batch, tokens), 1 for a token, 0 for padding in front of or behind a shorter prompt. In what is
    returned all padding stands in front.
    Returns (batch, tokens + new tokens).
    Raises ValueError for a value out of its range, TypeError for one of the wrong kind.
    Source: Holtzman et al. 2019, "The Curious Case of Neural Text Degeneration", for top_p; Fan et al. 2018 for top_k.
    """
    new = generate_stream(
        model,
        idx,
        max_new_tokens,
        context_size,
        temperature,
        top_k,
        eos_id,
        top_p=top_p,
        seed=seed,
        use_cache=use_cache,
        attention_mask=attention_mask,
    )
    if attention_mask is not None:
        idx, _ = pad_in_front(idx, attention_mask)  # (batch, tokens)
    return torch.cat([idx, *new], dim=1)  # (batch, tokens + new tokens)


def generate_stream(
    model: nn.Module,
    idx: Tensor,
    max_new_tokens: int,
    context_size: int,
    temperature: float = 0.0,
    top_k: int | None = None,
    eos_id: int | None = None,
    *,
    top_p: float | None = None,
    seed: int | None = None,
    use_cache: bool = True,
    attention_mask: Tensor | None = None,
) -> Iterator[Tensor]:
    """Each new token of `generate` as soon as it is there: (batch, 1). Arguments and errors are those of `generate`."""
    _check(idx, max_new_tokens, context_size)
    check_sampling(temperature, top_k, top_p)
    longest = idx.shape[1] + max_new_tokens
    if isinstance(model, GPTModel) and min(longest, context_size) > model.cfg.context_length:
        raise ValueError(
            f"context_size is {context_size} and the text can grow to {longest} tokens; "
            f"the model's context length allows at most {model.cfg.context_length}"
        )
    if attention_mask is not None:
        _check_mask(model, idx, attention_mask)
        idx, attention_mask = pad_in_front(idx, attention_mask)  # (batch, tokens) each
    pick = partial(next_token, temperature=temperature, top_k=top_k, top_p=top_p, generator=_generator(seed, idx))
    score = _Scores(model, context_size, longest, use_cache)
    return _tokens(score, pick, idx, attention_mask, max_new_tokens, eos_id)


def _generator(seed: int | None, idx: Tensor) -> torch.Generator | None:
    if seed is None:
        return None
    if not isinstance(seed, numbers.Integral) or not 0 <= seed < 2**64:
        raise ValueError(f"seed is {seed!r}; it is a whole number from 0 to 2**64 - 1, or None")
    return torch.Generator(idx.device).manual_seed(int(seed))


def _tokens(
    score: _Scores,
    pick: Callable[[Tensor], Tensor],
    idx: Tensor,
    attention_mask: Tensor | None,
    max_new_tokens: int,
    eos_id: int | None,
) -> Iterator[Tensor]:
    ended = torch.zeros(len(idx), 1, dtype=torch.bool, device=idx.device)  # (batch, 1)
    for _ in range(max_new_tokens):
        token = pick(score(idx, attention_mask))  # (batch, 1)
        if eos_id is not None:
            token = token.masked_fill(ended, eos_id)  # (batch, 1)
            ended |= token == eos_id
            if ended.all():
                return
        yield token
        idx = torch.cat([idx, token], dim=1)  # (batch, tokens + 1)
        if attention_mask is not None:
            attention_mask = torch.cat([attention_mask, torch.ones_like(attention_mask[:, :1])], dim=1)


class _Scores:
    """The logits that follow a text which grows by a token a call, with a cache as long as all of it is in sight."""

    def __init__(self, model: nn.Module, context_size: int, longest: int, use_cache: bool) -> None:
        self.model, self.context_size = model, context_size
        self.layers = tuple(model.modules())
        self.cache = model.new_cache(min(longest, context_size)) if use_cache and isinstance(model, GPTModel) else None

    def __call__(self, idx: Tensor, attention_mask: Tensor | None) -> Tensor:
        """(batch, tokens) of ids, and of 1 and 0 where there is padding. Returns (batch, vocab_size)."""
        if idx.shape[1] > self.context_size:
            # The window moves on, so every token gets another place: nothing of the cache holds any more.
            self.cache = None
            idx = idx[:, -self.context_size :]  # (batch, context_size)
            if attention_mask is not None:
                attention_mask = attention_mask[:, -self.context_size :]  # (batch, context_size)
        with torch.inference_mode(), all_evaluating(self.layers):
            if isinstance(self.model, GPTModel):
                unseen = idx if self.cache is None else idx[:, self.cache.length :]  # (batch, tokens not in the cache)
                logits: Tensor = self.model(unseen, cache=self.cache, attention_mask=attention_mask, last_only=True)
            else:
                logits = self.model(idx)  # (batch, tokens, vocab_size)
        return logits[:, -1]  # (batch, vocab_size)


def next_token(
    logits: Tensor,
    temperature: float = 0.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """One token for each row: the best for temperature 0, else one drawn from `probabilities`.

    logits: (batch, vocab_size). Returns (batch, 1) of ids.
    Raises ValueError if a row's largest logit is NaN or infinite, and what `probabilities` raises.
    """
    largest = logits.amax(dim=-1)  # (batch,), NaN where any logit is
    if not largest.isfinite().all():
        wrong = largest[~largest.isfinite()][0].item()
        raise ValueError(
            f"the largest logit is {wrong}; the model's weights hold NaN or infinity, or training diverged"
        )
    if temperature == 0:
        check_sampling(temperature, top_k, top_p, logits.shape[-1])
        return logits.argmax(dim=-1, keepdim=True)  # (batch, 1)
    return torch.multinomial(probabilities(logits, temperature, top_k, top_p), 1, generator=generator)  # (batch, 1)


def probabilities(
    logits: Tensor, temperature: float = 1.0, top_k: int | None = None, top_p: float | None = None
) -> Tensor:
    """What is drawn from: the softmax of logits / temperature over the tokens that top_k and top_p leave.

    logits: (..., vocab_size). Returns (..., vocab_size); each row sums to 1.
    Raises ValueError for a temperature of 0 or less, a top_k that is not from 1 to vocab_size, a top_p that is not
    above 0 and at most 1.
    """
    if temperature == 0:
        raise ValueError("a temperature of 0 has no distribution; take the token with the largest logit")
    check_sampling(temperature, top_k, top_p, logits.shape[-1])
    logits = logits.float()
    if top_k is not None:
        least = logits.topk(top_k, dim=-1).values[..., -1:]  # (..., 1)
        logits = logits.masked_fill(logits < least, -torch.inf)  # (..., vocab_size)
    # Where the largest logit is 0, no temperature can make it infinite; the smallest ones would be 0 in 32 bits.
    below = logits - logits.amax(dim=-1, keepdim=True)  # (..., vocab_size)
    probas = torch.softmax(below / max(temperature, torch.finfo(below.dtype).tiny), dim=-1)  # (..., vocab_size)
    if top_p is not None:
        ordered, order = probas.sort(dim=-1, descending=True)  # (..., vocab_size) each
        enough = ordered.cumsum(dim=-1) - ordered >= top_p  # those before it already have the share
        probas = probas.scatter(-1, order, ordered.masked_fill(enough, 0.0))  # (..., vocab_size)
        probas = probas / probas.sum(dim=-1, keepdim=True)  # (..., vocab_size)
    return probas


def pad_in_front(idx: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
    """Moves padding behind a prompt to its front, since the next token follows the last place.

    idx, attention_mask: (batch, tokens). Returns the two in the same shapes; each row keeps the order of its tokens.
    """
    order = attention_mask.bool().long().argsort(dim=1, stable=True)  # (batch, tokens)
    return idx.gather(1, order), attention_mask.gather(1, order)


def sampled_counts(probas: Tensor, draws: int = 1000, seed: int = 123) -> list[int]:
    """How often each token comes up in `draws` single draws.

    probas: (vocab_size,). For the expected counts nothing has to be drawn: they are draws * probas.
    """
    generator = torch.Generator(probas.device).manual_seed(seed)
    counts = [0] * len(probas)
    for _ in range(draws):
        counts[int(torch.multinomial(probas, 1, generator=generator))] += 1
    return counts


def print_sampled_tokens(
    probas: Tensor, names: Sequence[str] | None = None, draws: int = 1000, seed: int = 123
) -> None:
    """Prints `sampled_counts`, a line a token.

    names: what each token is called; its id by default.
    """
    for token, count in enumerate(sampled_counts(probas, draws, seed)):
        print(f"{count} x {token if names is None else names[token]}")


def check_sampling(
    temperature: float, top_k: int | None = None, top_p: float | None = None, vocab_size: int | None = None
) -> None:
    """Raises ValueError for settings that no text can be drawn with, TypeError for settings that are no numbers."""
    if not isinstance(temperature, numbers.Real):
        raise TypeError(f"temperature is {temperature!r}; it is a number, 0 for the most probable token")
    if not isinstance(top_k, numbers.Integral | None):
        raise TypeError(f"top_k is {top_k!r}; it is a whole number, or None for all tokens")
    if not isinstance(top_p, numbers.Real | None):
        raise TypeError(f"top_p is {top_p!r}; it is a number, or None for all tokens")
    if not (0 <= temperature < math.inf):
        raise ValueError(f"temperature is {temperature}; it is 0 for the most probable token, or a number above 0")
    if top_k is not None and (top_k < 1 or (vocab_size is not None and top_k > vocab_size)):
        most = "the size of the vocabulary" if vocab_size is None else f"{vocab_size}, the size of the vocabulary"
        raise ValueError(f"top_k is {top_k}; it is from 1 to {most}, or None for all tokens")
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(f"top_p is {top_p}; it is above 0 and at most 1, or None for all tokens")


def _check(idx: Tensor, max_new_tokens: int, context_size: int) -> None:
    if isinstance(idx, Tensor) and idx.numel() == 0:
        raise ValueError("the prompt is empty; generation continues a text, so give it at least 1 token")
    check_token_ids(idx)
    for name, value, least in (("max_new_tokens", max_new_tokens, 0), ("context_size", context_size, 1)):
        if not isinstance(value, numbers.Integral):
            raise TypeError(f"{name} is {value!r}; it is a whole number")
        if value < least:
            raise ValueError(f"{name} is {value}; it is at least {least}")


def _check_mask(model: nn.Module, idx: Tensor, attention_mask: Tensor) -> None:
    if not isinstance(model, GPTModel):
        raise TypeError(f"only GPTModel copes with padding; the model is a {type(model).__name__}")
    if not isinstance(attention_mask, Tensor):
        raise TypeError(f"attention_mask is a {type(attention_mask).__name__}; it is a tensor of 1 and 0")
    if attention_mask.shape != idx.shape:
        raise ValueError(f"attention_mask has shape {tuple(attention_mask.shape)}; the prompt has {tuple(idx.shape)}")
    if not attention_mask.bool().any(dim=1).all():
        empty = (~attention_mask.bool().any(dim=1)).nonzero()[0]
        raise ValueError(f"prompt {int(empty)} of the batch is empty: its attention_mask is all 0")
