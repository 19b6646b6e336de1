"""A judge of stated accuracy: it knows the labels, and errs and contradicts itself as often as it is told to.

What a judge of that accuracy would make of the text's score can so be measured without a model. The quotes
are real sentences of the texts, and a yes without one is lost as it would be otherwise. What is not
simulated: which pairs are hard for a real model, and that it finds the better sentence.
"""

from __future__ import annotations

import json
import random
from typing import Any

from concepts.extraction.believing import REPEATED
from concepts.extraction.excerpts import Excerpt
from concepts.extraction.judging import verified_quote
from concepts.extraction.labelled import LabelledGraph
from llm.ports import ChatReply, ChatRequest
from research.sentences import sentence_spans


class SimulatedJudge:
    """Answers questions about the pairs of one labelled graph.

    Parameters
    ----------
    accuracy
        Share of single yes-or-no answers that are right.
    repeated
        Share of its errors that it makes again when the pair is put the other way round.
    seed
        The same seed gives the same errors.
    longest_text
        How much of each concept's text the questions show.
    """

    def __init__(
        self,
        graph: LabelledGraph,
        *,
        accuracy: float,
        longest_text: int,
        repeated: float = REPEATED,
        seed: int = 20,
    ) -> None:
        self.name = self.version = f"simulated:{accuracy:g}"
        self._graph, self._longest_text, self._seed = graph, longest_text, seed
        labelled = {(first, last): bool(label) for first, last, label in graph.pairs}
        self._truth = dict.fromkeys(graph.edges, True) | labelled
        error = 1.0 - accuracy
        self._stubborn = error * repeated
        self._chance = (error - self._stubborn) / (1.0 - self._stubborn)
        self._quotes: dict[tuple[int, int], str] = {}

    def chat(self, request: ChatRequest) -> ChatReply:
        """Return one judgement of each pair that the request's schema lists."""
        assert request.schema is not None, "only questions with a schema are put to a judge"
        ids = request.schema["properties"]["judgements"]["items"]["properties"]["id"]["enum"]
        return ChatReply(
            text=json.dumps({"judgements": [self._judged(name) for name in ids]}), model=self.name
        )

    def _judged(self, name: str) -> dict[str, Any]:
        first, second = map(int, name[1:].split("-"))
        ahead, back = self.says(first, second, name), self.says(second, first, name)
        if ahead and back:
            # The form allows one yes; it keeps the likelier mistake out by a throw.
            ahead = self._chance_of(f"{name} which") < 0.5
            back = not ahead
        return {
            "id": name,
            "quote": self._quote(min(first, second), max(first, second)),
            "reason": "simulated",
            "a_needed_for_b": ahead,
            "b_needed_for_a": back,
        }

    def says(self, first: int, last: int, question: str) -> bool:
        """Return what it answers in ``question`` to "``last`` requires ``first``"."""
        ids = self._graph.ids
        truth = self._truth.get((ids[first], ids[last]), False)
        errs = (
            self._chance_of(f"{first} {last}") < self._stubborn
            or self._chance_of(f"{first} {last} {question}") < self._chance
        )
        return truth != errs

    def _chance_of(self, about: str) -> float:
        return random.Random(f"{self._seed} {self._graph.name} {about}").random()  # noqa: S311 - no secret

    def _quote(self, first: int, second: int) -> str:
        """Return a sentence of either text that names one of the two, both if there is one."""
        if (first, second) not in self._quotes:
            self._quotes[first, second] = self._best_sentence(first, second)
        return self._quotes[first, second]

    def _best_sentence(self, first: int, second: int) -> str:
        graph = self._graph
        names = [(graph.names[end], *graph.aliases[end]) for end in (first, second)]
        found = ""
        for end in (second, first):
            shown = Excerpt(graph.ids[end], 0, graph.texts[end][: self._longest_text])
            for start, stop in sentence_spans(shown.text):
                sentence = shown.text[start:stop]
                if verified_quote(sentence, [shown], names=names)[0] is None:
                    continue
                if all(verified_quote(sentence, [shown], names=[one])[0] for one in names):
                    return sentence
                found = found or sentence
        return found
