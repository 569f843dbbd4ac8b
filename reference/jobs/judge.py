"""Has a judge score a file of responses, one after the other, so that a run that is stopped loses none. Chapter 7."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from statistics import mean
from typing import Any

from reference.checkpoint import write_whole
from reference.checksum import checksum
from reference.jobs.display import Tick, shown
from reference.jobs.inputs import read_json
from reference.jobs.settings import Evaluate
from reference.judge_llm import Judgement, judge_entries, query_model


def scores(settings: Evaluate, responses: Path) -> dict[str, Any]:
    """The mean score of the responses in a JSON file; every judgement goes to a file beside it as soon as it is there.

    Entries that got a score from the same judge in an earlier run are not asked about again.
    Raises FileNotFoundError or ValueError for a file that holds no responses, NoJudge if the server cannot answer.
    """
    entries = _entries(responses)
    file = responses.with_suffix(".scores.json")
    judge = {
        "judge_model": settings.judge_model,
        "url": settings.url,
        "key": settings.key,
        "responses": checksum(responses),
    }
    known = _known(file, judge)
    _ask(settings, entries, known, judge, file)
    scored = [judgement.score for judgement in known.values() if judgement.score is not None]
    return {
        "responses": str(responses),
        "judge": settings.judge_model,
        "entries": len(entries),
        "scored": len(scored),
        "mean_score": float(mean(scored)) if scored else None,
        "judgements": str(file),
    }


def _entries(responses: Path) -> list[dict[str, Any]]:
    if not responses.is_file():
        raise FileNotFoundError(f"there is no file {responses}; instruct writes one")
    entries = read_json(responses)
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{responses} holds no list of entries with responses; instruct writes one")
    return entries


def _known(file: Path, judge: dict[str, str]) -> dict[int, Judgement]:
    """What this judge said about these responses in an earlier run."""
    if not file.exists():
        return {}
    content = read_json(file)
    if not isinstance(content, dict) or {name: content.get(name) for name in judge} != judge:
        return {}
    judgements = [Judgement(**judgement) for judgement in content["judgements"]]
    return {judgement.number: judgement for judgement in judgements if judgement.score is not None}


def _ask(
    settings: Evaluate,
    entries: list[dict[str, Any]],
    known: dict[int, Judgement],
    judge: dict[str, str],
    file: Path,
) -> None:
    """Adds to what is known the judgements of the entries that are not in it."""
    places = [place for place in range(len(entries)) if place not in known]

    def ask(prompt: str) -> str:
        return query_model(prompt, settings.judge_model, settings.url, timeout=settings.timeout)

    with shown("judging", len(entries), "entries", done=len(known), amount=len(known)) as display:
        try:
            for judgement in judge_entries([entries[place] for place in places], settings.key, ask):
                place = places[judgement.number]
                known[place] = replace(judgement, number=place)
                _write(file, judge, known)
                if judgement.problem:
                    display.say(f"entry {place}: {judgement.problem}")
                note = "no score" if judgement.score is None else f"score {judgement.score}"
                display.tick(Tick(len(known), len(known), note))
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"stopped after {len(known)} of {len(entries)} entries; the same command goes on from there"
            ) from None


def _write(file: Path, judge: dict[str, str], known: dict[int, Judgement]) -> None:
    content = {**judge, "judgements": [asdict(known[place]) for place in sorted(known)]}
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    write_whole(file, lambda out: out.write(text.encode()))
