"""Who does what to whom: the relations between the words of a parsed sentence, however it puts them.

"The string moves the bridge", "the bridge is moved by the string" and "the bridge that the string moves" have
the same relations; "the bridge moves the string" has others. Labels of the parse are those of ClearNLP
(`vectorstore.ports.ParsedWord`); the roles made of them are few, since a small parser errs on the finer ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vectorstore.ports import ParsedWord


class Role(StrEnum):
    """What one word is to another.

    `SUBJECT` is the subject of a verb without an object: "the ice melts" may be what "the sun melts the ice"
    says. `EITHER` is said where the form of the verb leaves open which.
    """

    AGENT = "agent"
    SUBJECT = "subject"
    PATIENT = "patient"
    EITHER = "either"
    TO = "to"
    FROM = "from"
    THAN = "than"
    CAUSE = "cause"
    OF = "of"
    AT = "at"
    COUNT = "count"
    QUALITY = "quality"


@dataclass(frozen=True, slots=True)
class Relation:
    """The word at ``dependent`` plays ``role`` to the word at ``governor``: places in the parsed text."""

    governor: int
    role: Role
    dependent: int


_VERBS = frozenset({"VERB", "AUX"})
_RELATIVES = frozenset({"which", "that", "who", "whom", "whose"})
_INTO = frozenset({"into", "to", "towards", "toward", "onto"})
_OUT_OF = frozenset({"from", "off", "out"})
_BECAUSE = frozenset({"because", "since"})
_NAMED = {"nummod": Role.COUNT, "poss": Role.OF, "amod": Role.QUALITY, "compound": Role.QUALITY}
# No further than this is climbed from word to word: a parse may be absurd.
_DEEPEST = 6


def relations(parsed: Sequence[ParsedWord]) -> list[Relation]:
    """Return the relations of all sentences of a text, in the order of its words."""
    reader = _Reader(parsed)
    return [relation for at in range(len(parsed)) for relation in reader.of(at)]


class _Reader:
    """Walks one parse."""

    def __init__(self, parsed: Sequence[ParsedWord]) -> None:
        self._parsed = parsed
        self._below: dict[int, list[int]] = {}
        for at, word in enumerate(parsed):
            if word.head != at:
                self._below.setdefault(word.head, []).append(at)

    def of(self, at: int) -> Iterable[Relation]:
        word = self._parsed[at]
        if word.kind in _VERBS and word.role not in ("aux", "auxpass"):
            yield from self._of_verb(at)
        if word.role in ("prep", "agent", "dative") or (
            word.kind == "ADP" and word.role in ("prt", "advmod")
        ):
            yield from self._of_preposition(at)
        if word.role in _NAMED:
            heads = self._joined(word.head) if word.role == "amod" else [word.head]
            yield from (Relation(head, _NAMED[word.role], self._meant(at)) for head in heads)

    def _of_verb(self, at: int) -> Iterable[Relation]:
        word, objects, subjects = self._parsed[at], self._objects(at), self._subjects(at)
        if word.role == "amod":
            yield Relation(at, Role.PATIENT if word.form == "VBN" else Role.SUBJECT, word.head)
        role = self._role_of_subject(at, has_object=bool(objects))
        yield from (Relation(at, role, subject) for subject in subjects)
        yield from (Relation(at, Role.PATIENT, one) for one in objects)
        for said in self._under(at, "attr", "acomp"):
            for one in self._joined(said):
                yield from (Relation(subject, Role.QUALITY, one) for subject in subjects)
                if self._parsed[one].form in ("JJR", "RBR"):
                    yield from (Relation(one, Role.SUBJECT, subject) for subject in subjects)
        for clause in self._under(at, "advcl"):
            if any(self._parsed[mark].lemma in _BECAUSE for mark in self._under(clause, "mark")):
                yield Relation(at, Role.CAUSE, clause)

    def _role_of_subject(self, at: int, *, has_object: bool) -> Role:
        if self._is_passive(at):
            return Role.PATIENT
        if has_object or self._under(at, "ccomp"):
            return Role.AGENT
        # "The quantity bought" and "the quantity bought much" look alike to a small parser.
        is_open = self._parsed[at].form in ("VBD", "VBN") and not self._under(at, "aux")
        return Role.EITHER if is_open else Role.SUBJECT

    def _of_preposition(self, at: int) -> Iterable[Relation]:
        word, governor = self._parsed[at], self._parsed[at].head
        lemma = word.lemma
        for _ in range(_DEEPEST):
            if self._parsed[governor].kind != "ADP":
                break
            outer = self._parsed[governor].lemma  # "out of", "up to"
            lemma = outer if outer in _OUT_OF | _INTO else lemma
            governor = self._parsed[governor].head
        role = Role.AGENT if word.role == "agent" else _role_of(lemma)
        for one in self._under(at, "pobj", "pcomp"):
            yield from (Relation(governor, role, self._meant(each)) for each in self._joined(one))

    def _subjects(self, at: int, depth: int = 0) -> list[int]:
        """Who or what a verb is said of, also where another clause names it."""
        own = self._under(at, "nsubj", "nsubjpass", "csubj", "csubjpass")
        if own:
            return [self._meant(one) for subject in own for one in self._joined(subject)]
        word = self._parsed[at]
        head = self._parsed[word.head]
        if word.head == at or depth >= _DEEPEST:
            return []
        if word.role == "acl" and word.form in ("VBN", "VBG"):
            return [word.head]
        if word.role == "pcomp":
            above = head.head
            return self._subjects(above, depth + 1) if self._parsed[above].kind in _VERBS else []
        if head.kind not in _VERBS:
            return []
        if word.role == "xcomp":
            return self._under(word.head, "dobj") or self._subjects(word.head, depth + 1)
        is_shared = word.role == "conj" or (word.role == "advcl" and not self._under(at, "mark"))
        return self._subjects(word.head, depth + 1) if is_shared else []

    def _objects(self, at: int) -> list[int]:
        """What a verb is done to, also where that stands before it: "the heat that it takes in"."""
        own = [self._meant(one) for found in self._under(at, "dobj") for one in self._joined(found)]
        if own or self._parsed[at].role != "relcl":
            return own
        subjects = self._under(at, "nsubj")
        is_theirs = any(self._parsed[one].lemma in _RELATIVES for one in subjects)
        is_full = self._is_passive(at) or bool(self._under(at, "acomp", "attr", "xcomp"))
        return [self._parsed[at].head] if subjects and not is_theirs and not is_full else []

    def _is_passive(self, at: int) -> bool:
        word = self._parsed[at]
        return bool(self._under(at, "auxpass", "nsubjpass")) or (
            word.role in ("acl", "amod") and word.form == "VBN"
        )

    def _joined(self, at: int) -> list[int]:
        """A word and those that "and" or "or" puts beside it."""
        found = [at]
        for one in found:
            found += [other for other in self._under(one, "conj") if other not in found]
        return found

    def _meant(self, at: int) -> int:
        """What a relative pronoun stands for; any other word stands for itself."""
        if self._parsed[at].lemma not in _RELATIVES:
            return at
        above = at
        for _ in range(_DEEPEST):
            if self._parsed[above].role == "relcl":
                return self._parsed[above].head
            above = self._parsed[above].head
        return at

    def _under(self, at: int, *roles: str) -> list[int]:
        return [one for one in self._below.get(at, ()) if self._parsed[one].role in roles]


def _role_of(preposition: str) -> Role:
    if preposition in _INTO:
        return Role.TO
    if preposition in _OUT_OF:
        return Role.FROM
    return {"of": Role.OF, "than": Role.THAN}.get(preposition, Role.AT)
