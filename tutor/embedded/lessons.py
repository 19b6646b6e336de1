"""Arranges a lesson from the best sentences of the sources; every sentence is a quotation or says nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from research.parsing.structure import BlockKind
from tutor.context import labelled, leans_back, points_away
from tutor.embedded.candidates import Candidate, Candidates, gather
from tutor.ports import (
    ANGLES,
    ANOTHER_WAY,
    DraftSentence,
    LessonDraft,
    LessonTask,
    Level,
    RefusedSentence,
    Section,
)
from tutor.support import fold
from vectorstore.ports import Embedder

ENGINE = "embedded"
VERSION = "2"
_Test = Callable[[Candidate], bool]
# Of relevance against novelty (Carbonell and Goldstein 1998, maximal marginal relevance).
RELEVANCE_SHARE = 0.7
LEAST_RELEVANCE = 0.35
EXPLANATION_SENTENCES = {Level.LOW: 4, Level.MEDIUM: 4, Level.HIGH: 5}
RUN_SENTENCES = 4
# With fewer sentences left that the learner has not read, a lesson repeats itself, and says so.
FEWEST_FRESH = 3
MOST_RECAPS = 3

_ORDERS: dict[str, tuple[Section, ...]] = {
    ANOTHER_WAY: (Section.RECAP, Section.EXPLANATION, Section.WHY, Section.EXAMPLE, Section.PITFALL),
    ANGLES[0]: (Section.RECAP, Section.EXPLANATION, Section.WHY, Section.EXAMPLE, Section.PITFALL),
    ANGLES[1]: (Section.RECAP, Section.EXAMPLE, Section.EXPLANATION, Section.WHY, Section.PITFALL),
    ANGLES[2]: (Section.RECAP, Section.WHY, Section.EXPLANATION, Section.EXAMPLE, Section.PITFALL),
    ANGLES[3]: (Section.RECAP, Section.PITFALL, Section.EXPLANATION, Section.EXAMPLE, Section.WHY),
}
_FIRST_SECTION = {
    ANOTHER_WAY: Section.EXPLANATION,
    ANGLES[0]: Section.EXPLANATION,
    ANGLES[1]: Section.EXAMPLE,
    ANGLES[2]: Section.WHY,
    ANGLES[3]: Section.PITFALL,
}
_STARTS_FROM = {
    ANOTHER_WAY: "what else the sources say",
    ANGLES[0]: "the definition",
    ANGLES[1]: "an example",
    ANGLES[2]: "the reasons",
    ANGLES[3]: "the common mistakes",
}
_NEW = {True: "every sentence but the definition", False: "every sentence"}
_LEADS = {
    (Section.EXAMPLE, True): "This time, let us start with an example.",
    (Section.EXAMPLE, False): "Let us start with an example.",
    (Section.WHY, True): "This time, let us start with the reasons.",
    (Section.PITFALL, True): "This time, let us start with a common mistake.",
    (Section.EXPLANATION, True): "This time, let us look at it another way.",
}
ANOTHER_WAY_LEAD = _LEADS[Section.EXPLANATION, True]
# What names a concept that comes later is taken where nothing else is nearly as good.
AHEAD_COSTS = 0.1
# How much the ease of a sentence counts beside its relevance: beginners get the easy ones.
EASE_SHARE = {Level.LOW: 0.3, Level.MEDIUM: 0.0, Level.HIGH: -0.1}
EXACT_SHARE = {Level.LOW: -0.1, Level.MEDIUM: 0.0, Level.HIGH: 0.1}


class EmbeddedLessonWriter:
    """Chooses by relevance, coverage and cue words; orders by the angle; never writes a claim of its own."""

    engine = ENGINE
    prompt_hash = ""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.version = f"lessons {VERSION}, {embedder.name}"[:80]

    def write(self, task: LessonTask) -> LessonDraft:
        """Return a lesson of quotations; sentences seen before are taken only when nothing else is left."""
        pool = gather(task, embedder=self._embedder)
        seen = {fold(text) for text in task.seen}
        fresh = [row for row in pool.rows if fold(row.text) not in seen]
        chosen = _Choice(task, pool, fresh).sections()
        repeats = False
        if seen and not task.must_differ and sum(map(len, chosen.values())) < FEWEST_FRESH:
            chosen, repeats = _Choice(task, pool, list(pool.rows)).sections(), True
        parts = {section: [_drafted(section, row) for row in rows] for section, rows in chosen.items()}
        parts[Section.RECAP] = _recap(task, seen=set() if repeats else seen)
        angle = _angle_that_holds(parts, task)
        if repeats or task.may_repeat or not seen:
            _put_definition(parts, task, is_first=angle != ANOTHER_WAY)
        sentences: list[DraftSentence] = []
        order = [section for section in _order(angle, task.level) if parts[section]]
        for section in order:
            is_start = section == next((one for one in order if one != Section.RECAP), None)
            if is_start and (section, task.number > 1) in _LEADS and angle != ANGLES[0]:
                lead = ANOTHER_WAY_LEAD if angle == ANOTHER_WAY else _LEADS[section, task.number > 1]
                sentences.append(DraftSentence(section, lead, is_connective=True))
            sentences += parts[section]
        note = _note(task, sentences, angle=angle, seen=seen)
        return LessonDraft(tuple(sentences), angle=angle, angle_note=note)

    def rewrite(
        self, task: LessonTask, refused: Sequence[RefusedSentence]
    ) -> tuple[DraftSentence | None, ...]:
        """Return nothing in their place: a quotation that is refused cannot be said better."""
        return tuple(None for _ in refused)


class _Choice:
    """Fills the sections one after the other; a sentence is used once."""

    def __init__(self, task: LessonTask, pool: Candidates, rows: Sequence[Candidate]) -> None:
        self._task = task
        self._pool = pool
        self._rows = rows
        self._used: list[Candidate] = []
        self._defining = fold(task.definition.quote) if task.definition else ""

    def sections(self) -> dict[Section, list[Candidate]]:
        """Return the candidates of each section, in reading order."""
        first = [row for row in self._rows if self._defining and self._is_definition(row)]
        self._used += first[:1]
        pitfall = self._run(lambda row: row.is_pitfall and not row.is_example, most=2)
        # Half of an example is none: it is told from where its paragraph, or the example itself, begins.
        example = self._run(
            lambda row: row.is_code or (row.is_example and (row.opens_block or row.opens_with_example)),
            most=RUN_SENTENCES,
        )
        why = self._diverse(
            lambda row: row.is_why and not (row.is_example or row.is_pitfall or row.is_code or row.instructs),
            most=2,
        )
        most = EXPLANATION_SENTENCES[self._task.level] - len(first[:1])
        rest = self._diverse(
            lambda row: not (row.is_example or row.is_pitfall or row.is_code or row.instructs),
            most=most,
            floor=0.35,
        )
        return {
            Section.EXPLANATION: first[:1] + self._in_order(rest),
            Section.WHY: self._in_order(why),
            Section.EXAMPLE: self._in_order(example),
            Section.PITFALL: self._in_order(pitfall),
        }

    def _is_definition(self, row: Candidate) -> bool:
        text = fold(row.text)
        return self._defining in text or text in self._defining

    def _open(self) -> list[Candidate]:
        return [row for row in self._rows if row not in self._used]

    def _run(self, wanted: _Test, *, most: int) -> list[Candidate]:
        """The best cue sentence and what follows it in its block (and a code block right after that)."""
        heads = [row for row in self._open() if wanted(row) and self._stands_alone(row)]
        heads = [row for row in heads if row.is_home or row.names_concept]
        heads = [row for row in heads if row.relevance >= LEAST_RELEVANCE]
        if not heads:
            return []
        head = max(heads, key=lambda row: (row.relevance + 0.15 * row.opens_block, -row.order))
        before = self._before(head) if head.leans_back else None
        run = [before, head] if before and before not in self._used else [head]
        for row in self._open():
            follows = row.order == run[-1].order + 1 and row.span.passage_id == head.span.passage_id
            if follows and len(run) < most and (row.block == head.block or row.is_code):
                run.append(row)
        self._used += run
        return run

    def _diverse(self, wanted: _Test, *, most: int, floor: float = LEAST_RELEVANCE) -> list[Candidate]:
        """Maximal marginal relevance; a sentence that leans back brings the one before it or stays out."""
        taken: list[Candidate] = []
        while len(taken) < most:
            rows = [
                row
                for row in self._open()
                if wanted(row)
                and row.relevance >= floor
                and (row.is_home or row.names_concept)
                and self._stands_alone(row)
            ]
            if not rows:
                break
            best = max(rows, key=lambda row: (self._marginal(row), -row.order))
            before = self._before(best)
            if best.leans_back and before is not None and before not in self._used:
                if len(taken) + 2 > most:
                    self._rows = [row for row in self._rows if row is not best]
                    continue
                taken.append(before)
                self._used.append(before)
            taken.append(best)
            self._used.append(best)
        return taken

    def _marginal(self, row: Candidate) -> float:
        nearest = max(
            (self._pool.similarity(row, other) for other in self._used if not other.is_code), default=0.0
        )
        fit = EASE_SHARE[self._task.level] * row.ease + EXACT_SHARE[self._task.level] * row.is_exact
        fit -= AHEAD_COSTS * row.is_ahead
        return RELEVANCE_SHARE * row.relevance - (1 - RELEVANCE_SHARE) * nearest + fit

    def _before(self, row: Candidate) -> Candidate | None:
        """The sentence right before ``row`` in its block."""
        for other in self._pool.rows:
            if other.order == row.order - 1 and other.block == row.block and not other.is_code:
                return other
        return None

    def _stands_alone(self, row: Candidate) -> bool:
        """Whether a sentence is understood by itself, or with the one before it that is there to be had."""
        if not row.leans_back:
            return True
        before = self._before(row)
        if before is None or before.leans_back:
            return False
        return before in self._used or (before in self._rows and not before.is_example)

    def _in_order(self, rows: Iterable[Candidate]) -> list[Candidate]:
        return sorted(rows, key=lambda row: row.order)


def _drafted(section: Section, row: Candidate) -> DraftSentence:
    is_code = row.kind in (BlockKind.CODE, BlockKind.TABLE)
    return DraftSentence(section, row.text, (row.span,), is_code=is_code)


def _recap(task: LessonTask, *, seen: set[str]) -> list[DraftSentence]:
    """What the concept rests on, in the sources' own definitions; the shaky ones first."""
    notes = sorted(task.prerequisites, key=lambda note: note.is_mastered)
    most = 1 if task.level == Level.HIGH else MOST_RECAPS
    rows: dict[str, DraftSentence] = {}
    for note in notes:
        text = " ".join(note.definition.quote.split()) if note.definition else ""
        # A definition that leans on what stood before it in the source reminds of nothing.
        if not note.definition or leans_back(text) or points_away(text) or text.endswith(":"):
            continue
        told = labelled(text, (note.name,))
        if fold(text) not in seen and fold(told) not in seen:
            rows.setdefault(fold(text), DraftSentence(Section.RECAP, told, (note.definition,)))
    return list(rows.values())[:most]


def _order(angle: str, level: Level) -> list[Section]:
    """The sections by angle; a beginner meets the example before the abstraction."""
    order = list(_ORDERS[angle])
    if level == Level.LOW:
        order.remove(Section.EXAMPLE)
        order.insert(order.index(Section.EXPLANATION), Section.EXAMPLE)
    return order


def _angle_that_holds(parts: dict[Section, list[DraftSentence]], task: LessonTask) -> str:
    """The angle that was asked for, if there is something to start from; else the next that has it.

    A later lesson does not start where the last one did, and never from a definition that was read already.
    """
    at = ANGLES.index(task.angle)
    turned = [*ANGLES[at:], *ANGLES[:at]]
    if task.number > 1:
        turned = [one for one in turned if one not in (task.last_angle, ANGLES[0])]
    elif task.level == Level.LOW:
        turned.sort(key=lambda one: one != ANGLES[1])
    fallback = ANOTHER_WAY if task.number > 1 else ANGLES[0]
    return next((one for one in turned if parts[_FIRST_SECTION[one]]), fallback)


def _put_definition(
    parts: dict[Section, list[DraftSentence]], task: LessonTask, *, is_first: bool = True
) -> None:
    """Every lesson says what the thing is, a second one too where it may, for that is asked first.

    The definition may stand in a passage as a heading's or a list's text: it is quoted all the same.
    """
    if task.definition is None:
        return
    text = " ".join(task.definition.quote.split())
    have = [fold(sentence.text) for rows in parts.values() for sentence in rows]
    if any(fold(text) in other or other in fold(text) for other in have):
        return
    rows = parts[Section.EXPLANATION]
    told = DraftSentence(Section.EXPLANATION, labelled(text, task.names), (task.definition,))
    rows.insert(0 if is_first else len(rows), told)


def _note(task: LessonTask, sentences: Sequence[DraftSentence], *, angle: str, seen: set[str]) -> str:
    if task.number == 1:
        return ""
    defining = fold(task.definition.quote) if task.definition else ""
    claims = [
        sentence for sentence in sentences if not sentence.is_connective and fold(sentence.text) != defining
    ]
    repeated = sum(fold(sentence.text) in seen for sentence in claims)
    said = f"Your lesson {task.number} on this: it starts from {_STARTS_FROM[angle]}"
    if claims and repeated == 0:
        return f"{said}, and {_NEW[bool(defining)]} is new to you."
    if repeated == len(claims):
        return f"{said}. The sources hold no further sentences on it, so these are the ones you know."
    return f"{said}; {len(claims) - repeated} of its {len(claims)} sentences are new to you."
