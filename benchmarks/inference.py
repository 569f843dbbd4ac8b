"""Text and next tokens from GPT-2 124M: ours plain and packed against its peers, all with the same weights."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from pairs import in_turn
from peers import PEERS, Contestant, check_same, ours, shared_model, transformers
from text import Row
from torch import Tensor, nn

from reference.fast import Precision, pack, supported
from reference.model import GPTModel

GOALS: dict[Precision, str] = {"fp32": "1.60", "fp16": "3.00", "bf16": "3.00", "int8": "4.50"}
PROMPT, NEW, ROWS, LONG = 16, 64, 8, 1024  # tokens of a prompt, new ones, prompts of a batch, tokens of a long text


@dataclass(frozen=True, slots=True)
class Field:
    """Everybody who takes part, with the same weights: ours plain, ours packed by precision, and the peers."""

    model: GPTModel
    packed: dict[Precision, Contestant]
    peers: list[Contestant]

    @property
    def everyone(self) -> list[Contestant]:
        return [*self.peers, ours(self.model), *self.packed.values()]

    def best_peer(self, seconds: Mapping[str, list[float]]) -> str:
        return min((peer.name for peer in self.peers), key=lambda name: statistics.median(seconds[name]))


def field() -> Field:
    """Ours in every precision that this machine has packed products for; whoever computes other logits is refused."""
    model = shared_model(tied=False)
    peers = [make(model) for make in PEERS.values()]
    packed = {
        precision: ours(pack(model, precision), f"ours, {precision}") for precision in GOALS if supported(precision)
    }
    check_same([*peers, packed["fp32"]] if "fp32" in packed else peers, model)
    return Field(model, packed, peers)


def generation_rows(field: Field, rounds: int) -> list[Row]:
    """Greedy text for one prompt, with a cache."""
    texts: dict[str, Tensor] = {}
    seconds = in_turn(text_jobs(field.everyone, random_ids(1, PROMPT), None, texts), rounds)
    rows = compared("1 prompt", field, seconds, NEW, GOALS)
    if "fp32" in field.packed:
        rate = NEW / statistics.median(seconds["ours, fp32"])
        bound = bandwidth() / matrix_bytes(field.model)
        rows.append(Row("1 prompt, fp32, bound by bandwidth", f"{rate:.1f}/s", f"{bound:.1f}/s", f"{rate / bound:.2f}",
                        "at least 0.70"))  # fmt: skip
    for contestant in field.everyone:
        same = int((texts[contestant.name] == texts["ours"])[0, PROMPT:].sum())
        rows.append(detail(contestant.name, seconds, NEW, f"{same} of {NEW} tokens are those of ours in fp32"))
    return rows


def batch_rows(field: Field, rounds: int) -> list[Row]:
    """Greedy text for eight prompts of 9 to 16 tokens; a peer that knows no padding gets 16 everywhere."""
    prompts = random_ids(ROWS, PROMPT)
    mask = (torch.arange(PROMPT) >= torch.arange(ROWS)[:, None]).long()  # (batch, tokens), padding in front
    texts: dict[str, Tensor] = {}
    seconds = in_turn(text_jobs(field.everyone, prompts, mask, texts), rounds)
    rows = compared(f"{ROWS} prompts, padded", field, seconds, ROWS * NEW, dict.fromkeys(GOALS, "1.30"))
    for contestant in field.everyone:
        same = int((texts[contestant.name] == texts["ours"])[:, PROMPT:].sum())
        note = f"{same} of {ROWS * NEW} tokens are those of ours in fp32" if contestant.pads else "no padding"
        rows.append(detail(contestant.name, seconds, ROWS * NEW, note))
    return rows


def forward_rows(field: Field, rounds: int) -> list[Row]:
    """One pass over a long text, for the token after it."""
    idx = random_ids(1, LONG)
    informed = transformers(field.model, last_only=True)
    everyone = [*field.everyone, informed]

    def job(contestant: Contestant) -> Callable[[], None]:
        def run() -> None:
            with torch.inference_mode():
                contestant.next_logits(idx)

        return run

    seconds = in_turn({contestant.name: job(contestant) for contestant in everyone}, rounds)
    goals = dict.fromkeys(GOALS, "1.50")
    rows = compared(f"forward 1 x {LONG}", field, seconds, 1, goals)
    rows.append(row(f"forward 1 x {LONG}, not packed", seconds, "ours", field.best_peer(seconds), 1, "1.50"))
    rows.append(row(f"forward 1 x {LONG}, not packed", seconds, "ours", informed.name, 1, None))
    return rows + [detail(contestant.name, seconds, 1, "") for contestant in everyone]


def text_jobs(
    everyone: Sequence[Contestant], prompts: Tensor, mask: Tensor | None, texts: dict[str, Tensor]
) -> dict[str, Callable[[], None]]:
    """A job for each; what it makes goes to `texts`."""

    def job(contestant: Contestant) -> Callable[[], None]:
        def run() -> None:
            texts[contestant.name] = contestant.generate(prompts, mask, NEW)

        return run

    return {contestant.name: job(contestant) for contestant in everyone}


def compared(
    job: str, field: Field, seconds: Mapping[str, list[float]], count: int, goals: Mapping[Precision, str]
) -> list[Row]:
    """A line for each precision against the best peer in fp32."""
    best = field.best_peer(seconds)
    return [
        row(f"{job}, {precision}", seconds, contestant.name, best, count, goals[precision])
        for precision, contestant in field.packed.items()
    ]


def row(job: str, seconds: Mapping[str, list[float]], name: str, peer: str, count: int, goal: str | None) -> Row:
    """How many times as fast as the peer: the median of the rounds."""
    ratio = statistics.median(b / a for a, b in zip(seconds[name], seconds[peer], strict=True))
    goal = "-" if goal is None else f"at least {goal}"
    return Row(job, rate(seconds[name], count), f"{rate(seconds[peer], count)} ({peer})", f"{ratio:.2f}", goal)


def detail(name: str, seconds: Mapping[str, list[float]], count: int, note: str) -> Row:
    return Row(f"    {name}", rate(seconds[name], count), note, "", "")


def rate(seconds: Sequence[float], count: int) -> str:
    """Tokens a second, or seconds where there is one token."""
    median = statistics.median(seconds)
    return f"{median:.3f} s" if count == 1 else f"{count / median:.1f}/s"


def random_ids(batch: int, tokens: int) -> Tensor:
    return torch.randint(50257, (batch, tokens), generator=torch.Generator().manual_seed(1))  # (batch, tokens)


def bandwidth(gigabytes: float = 0.5, times: int = 15) -> float:
    """Bytes a second that can be read from memory: the best of several sums of more than any cache holds."""
    numbers = torch.ones(int(gigabytes * 2**28))
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        numbers.sum()
        best = min(best, time.perf_counter() - start)
    return numbers.nbytes / best


def matrix_bytes(model: GPTModel) -> int:
    """What a token has to read in fp32: every matrix once; of the embeddings only a row."""
    return sum(layer.weight.nbytes for layer in model.modules() if isinstance(layer, nn.Linear))
