"""What an honest and rather dull model answers to each prompt, read from the prompt alone.

It is asked over HTTP as any model is: it quotes what is in front of it and judges by shared words.
"""

from __future__ import annotations

import json
import re
from typing import Any

from llm.ports import ChatRequest, Message
from research.sentences import sentences
from tests.concepts.extraction.models import RuleChat, honest_concept, honest_pair
from tests.fakes.misbehaviours import Body
from vectorstore.words import stems

_SENTENCE = re.compile(r"^\[([sl]\d+)\] (.+)$", re.MULTILINE)
_POINT = re.compile(r"^(P\d+): (.+)$", re.MULTILINE)
_ENOUGH_SHARED = 0.5


def honest_model(body: Body) -> str:
    """Return the answer to the body of a chat request."""
    asked = body["format"]["properties"]
    prompt = body["messages"][-1]["content"]
    if "sentences" in asked:
        return json.dumps(_lesson(prompt))
    if "points" in asked:
        return json.dumps(_rubric(prompt))
    if "point" in asked["judgements"]["items"]["properties"]:
        return json.dumps(_grades(prompt))
    judge = RuleChat(honest_concept, honest_pair)
    return judge.chat(ChatRequest(purpose="judge", messages=(Message("user", prompt),))).text


def _lesson(prompt: str) -> dict[str, Any]:
    rows = [
        {"section": "explanation", "sources": [name], "text": text}
        for name, text in _SENTENCE.findall(prompt)
    ]
    return {"plan": "as the source has it", "sentences": rows[:8]}


def _rubric(prompt: str) -> dict[str, Any]:
    concept = _between(prompt, "“", "”")
    told = [row for row in _SENTENCE.findall(prompt) if concept.casefold() in row[1].casefold()]
    points = [
        {
            "source": name,
            "idea": text,
            "asks": f"what part {_last_word(text)} plays",
            "hint": "What else?",
        }
        for name, text in told[:3]
    ]
    points[0]["asks"] = f"what {concept} is"
    return {"points": points}


def _last_word(text: str) -> str:
    return text.split()[-1].strip(".,;:!?")


def _grades(prompt: str) -> dict[str, Any]:
    said = sentences(_between(prompt, "<learner>\n", "\n</learner>"))
    rows = []
    for name, point in _POINT.findall(_between(prompt, "<points>\n", "\n</points>")):
        wanted = set(stems(point))
        best = max(said, key=lambda sentence: len(wanted & set(stems(sentence))))
        shown = len(wanted & set(stems(best))) >= _ENOUGH_SHARED * len(wanted)
        rows.append(
            {
                "point": name,
                "quote": best if shown else "",
                "reason": "It shares the words of the point." if shown else "No words come near.",
                "verdict": "shown" if shown else "missing",
            }
        )
    return {"judgements": rows}


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].split(after, 1)[0]
