from __future__ import annotations

import pytest

from tutor.distortions import Distortion, distortion

LOSS = "Damping is the gradual loss of a vibration's energy to its surroundings."
LOWER = "Damping does not lower the frequency of the note."
RINGS = "The string rings for at most 9 seconds."
SOME = "Some bells may ring for almost a minute when they are struck hard."
MYTH = "A common mistake is to think that damping lowers the frequency."
MOVES = "The string moves the bridge of the instrument."
LONGER = "A bass string is longer than a treble string."
KIND = "A violin is a string instrument that is bowed."
IF = "The note falls silent if the felt comes down, and otherwise it rings on."
OPTION = "The option --amend of git commit changes the last commit."
FIRST = "The first string is tuned up and the second string is tuned down."


@pytest.mark.parametrize(
    ("said", "cited"),
    [
        ("Damping is a gradual loss of energy.", LOSS),
        ("A vibration gradually loses its energy to its surroundings: that is damping.", LOSS),
        ("The note's frequency is not lowered by damping.", LOWER),
        ("Damping doesn't lower the note's frequency.", LOWER),
        ("It rings for at most 9 s.", RINGS),
        ("When struck hard, some bells may ring for nearly a minute.", SOME),
        ("It is a mistake to think that damping lowers the frequency.", MYTH),
        ("Damping does not lower the frequency, as many think.", MYTH),
        ("The bridge of the instrument is moved by the string.", MOVES),
        ("The note falls silent when the felt comes down.", IF),
        ("With --amend, git commit changes the last commit.", OPTION),
        ("The second string is tuned down and the first string is tuned up.", FIRST),
    ],
)
def test_what_says_the_same_in_other_words_is_not_seen_as_changed(said: str, cited: str) -> None:
    assert distortion(said, [cited]) is None


@pytest.mark.parametrize(
    ("said", "cited", "kind"),
    [
        ("The string rings for at most 90 seconds.", RINGS, Distortion.NUMBER),
        ("The string rings for at most 9 minutes.", RINGS, Distortion.NUMBER),
        ("The string rings for 9 seconds.", RINGS, Distortion.NUMBER),
        ("The string rings for at least 9 seconds.", RINGS, Distortion.NUMBER),
        ("It is the gradual loss that Newton found.", LOSS, Distortion.NAME),
        ("With --fixup, git commit changes the last commit.", OPTION, Distortion.NAME),
        ("Damping lowers the frequency of the note.", LOWER, Distortion.NEGATION),
        ("Damping is not the gradual loss of energy.", LOSS, Distortion.NEGATION),
        ("Damping is hardly a loss of energy.", LOSS, Distortion.NEGATION),
        ("Damping does not raise the frequency of the note.", LOWER, Distortion.OPPOSITE),
        ("The first string is tuned down and the second string is tuned down.", FIRST, Distortion.OPPOSITE),
        ("The bridge of the instrument moves the string.", MOVES, Distortion.ROLES),
        ("A treble string is longer than a bass string.", LONGER, Distortion.ROLES),
        ("A string instrument is a violin.", KIND, Distortion.ROLES),
        ("All bells may ring for almost a minute when they are struck hard.", SOME, Distortion.QUANTIFIER),
        ("Only some bells may ring for almost a minute.", SOME, Distortion.QUANTIFIER),
        ("Some bells may ring for exactly a minute.", SOME, Distortion.QUANTIFIER),
        ("Bells ring for a minute when they are struck hard.", SOME, Distortion.HEDGE),
        ("Some bells ring for a minute when they are struck hard.", SOME, Distortion.HEDGE),
        ("Damping may be the gradual loss of energy.", LOSS, Distortion.HEDGE),
        ("Damping lowers the frequency.", MYTH, Distortion.MISTAKE),
        ("The string moves the bridge more than the instrument.", MOVES, Distortion.COMPARISON),
        ("A bass string is the longest string.", LONGER, Distortion.COMPARISON),
        ("The note falls silent.", IF, Distortion.CONDITION),
    ],
)
def test_a_change_of_what_is_said_is_named(said: str, cited: str, kind: Distortion) -> None:
    assert distortion(said, [cited]) is kind


def test_of_several_cited_sentences_the_near_ones_count() -> None:
    assert distortion("Damping lowers the frequency of the note.", [LOWER, MOVES]) is Distortion.NEGATION
    assert distortion("The bridge moves the string.", [LOSS, MOVES]) is Distortion.ROLES
    assert distortion("The string moves the bridge.", [LOWER, MOVES]) is None


def test_the_concepts_own_name_may_be_said_though_the_citation_does_not_name_it() -> None:
    said = "The Pythagorean Comma is a gradual loss."
    assert distortion(said, [LOSS]) is Distortion.NAME
    assert distortion(said, [LOSS], names={"pythagorean", "comma"}) is None
