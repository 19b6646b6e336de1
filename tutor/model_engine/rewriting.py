"""Asks the model once more for the sentences of its lesson that were refused, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from llm.asking import ask_for_json
from llm.ports import ChatModel
from llm.prompting import fence
from tutor.model_engine.prompts import load_question
from tutor.ports import DraftSentence, RefusedSentence

NUM_PREDICT = 500
MOST_REWRITTEN = 5
_LONGEST_SENTENCE = 400
_LONGEST_SOURCE = 600
_OTHERWISE = "its source does not say this"
_REASONS = {
    "number_not_in_citation": "a number, its unit or its bound is not that of the source",
    "name_not_in_citation": "it has a name that the source does not have",
    "negation_not_in_citation": "a “not” was lost or put in",
    "opposite_of_citation": "it says the opposite of the source",
    "roles_swapped": "it turns round who does what to whom",
    "quantifier_not_in_citation": "it says “all”, “only”, “must” or the like where the source does not",
    "hedge_changed": "it is surer, or less sure, than the source",
    "comparison_not_in_citation": "it compares where the source does not",
    "condition_left_out": "it leaves out the source's condition",
    "mistake_told_as_fact": "the source calls this a mistake",
}


def rewritten(
    chat_model: ChatModel, refused: Sequence[RefusedSentence], *, concept: str
) -> tuple[DraftSentence | None, ...]:
    """Return for each refused sentence another one on the same source, or None where there is none.

    Raises
    ------
    llm.errors.ModelError
        If the model gives no answer of the right form.
    """
    asked = {f"r{place}": each for place, each in enumerate(refused[:MOST_REWRITTEN], start=1)}
    request = load_question("rewrite_sentences", num_predict=NUM_PREDICT).request(
        {
            "concept": concept,
            "refused": fence("\n\n".join(_shown(name, each) for name, each in asked.items()), "refused"),
        },
        ids=list(asked),
        items="replacements",
        key="sentence",
    )
    said = ask_for_json(chat_model, request)
    texts = {each["sentence"]: " ".join(each["text"].split()) for each in said["replacements"]}
    found = [
        replace(each.draft, text=texts[name]) if 0 < len(texts.get(name, "")) <= _LONGEST_SENTENCE else None
        for name, each in asked.items()
    ]
    return (*found, *(None for _ in refused[MOST_REWRITTEN:]))


def _shown(name: str, refused: RefusedSentence) -> str:
    source = " ".join(" ".join(span.quote.split()) for span in refused.draft.spans)
    return (
        f"[{name}] {refused.draft.text}\n"
        f"refused: {_REASONS.get(refused.reason, _OTHERWISE)}\n"
        f"its source: {source[:_LONGEST_SOURCE]}"
    )
