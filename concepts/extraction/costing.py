"""What a run of the model engine will cost, told before its first question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from llm.ports import ChatRequest

CHARACTERS_PER_TOKEN = 4.0
TOKENS_PER_JUDGEMENT = 70.0
# What is assumed of a model that has never been timed here: 7B in four bits on a laptop without a GPU.
PROMPT_TOKENS_PER_S = 40.0
OUTPUT_TOKENS_PER_S = 6.0


@dataclass(frozen=True, slots=True)
class Recorded:
    """What calls for one purpose took so far, in the mean.

    Attributes
    ----------
    output_tokens
        None where the server did not count them.
    """

    calls: int
    seconds: float
    output_tokens: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """Calls, tokens and time of one run; repeats of refused answers come on top.

    Attributes
    ----------
    candidate_pairs, asked_pairs, left_out_pairs
        Pairs that the text connects, those put to the model, and those in doubt that the budget leaves out.
    basis
        Where the minutes come from, in words.
    """

    engine: str
    calls: int = 0
    concept_calls: int = 0
    pair_calls: int = 0
    candidate_pairs: int = 0
    asked_pairs: int = 0
    left_out_pairs: int = 0
    prompt_tokens: int = 0
    output_tokens: int = 0
    minutes: float = 0.0
    basis: str = "no model is asked"

    def as_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return asdict(self)


def time_of(
    requests: Iterable[ChatRequest], *, recorded: Mapping[str, Recorded]
) -> tuple[int, int, float, str]:
    """Return prompt tokens, output tokens, minutes and where the minutes come from.

    Parameters
    ----------
    requests
        Every question of the run; each has a schema that lists what it judges.
    recorded
        What earlier calls took, by purpose.

    Examples
    --------
    >>> time_of([], recorded={})
    (0, 0, 0.0, 'assumed: 40 prompt and 6 output tokens a second, no call of this model is recorded')
    """
    prompt = output = seconds = 0.0
    counted = assumed = 0
    for request in requests:
        asked = sum(len(message.content) for message in request.messages) / CHARACTERS_PER_TOKEN
        known = recorded.get(request.purpose)
        told = (
            known.output_tokens if known and known.output_tokens else _judged(request) * TOKENS_PER_JUDGEMENT
        )
        prompt, output = prompt + asked, output + told
        if known:
            seconds += known.seconds
            counted += 1
        else:
            seconds += asked / PROMPT_TOKENS_PER_S + told / OUTPUT_TOKENS_PER_S
            assumed += 1
    basis = _basis(recorded, counted=counted, assumed=assumed)
    return round(prompt), round(output), round(seconds / 60.0, 1), basis


def _judged(request: ChatRequest) -> int:
    schema = request.schema or {}
    return int(schema.get("properties", {}).get("judgements", {}).get("maxItems", 1))


def _basis(recorded: Mapping[str, Recorded], *, counted: int, assumed: int) -> str:
    rates = f"{PROMPT_TOKENS_PER_S:g} prompt and {OUTPUT_TOKENS_PER_S:g} output tokens a second"
    if not counted:
        return f"assumed: {rates}, no call of this model is recorded"
    calls = sum(one.calls for one in recorded.values())
    part = f"; for {assumed} of the calls assumed: {rates}" if assumed else ""
    return f"from {calls} recorded calls of this model{part}"
