"""Parses written by hand, one word a line, so that the rules on them need no weights."""

from __future__ import annotations

from vectorstore.ports import ParsedWord


def parse_of(rows: str) -> tuple[ParsedWord, ...]:
    """Return the parse of lines ``word lemma KIND FORM role head``, the head as its place from 0."""
    found, at = [], 0
    for row in rows.strip().splitlines():
        word, lemma, kind, form, role, head = row.split()
        found.append(ParsedWord(at, at + len(word), lemma, kind, form, role, int(head)))
        at += len(word) + 1
    return tuple(found)


STRING_MOVES_BRIDGE = parse_of("""
    The the DET DT det 1
    string string NOUN NN nsubj 2
    moves move VERB VBZ ROOT 2
    the the DET DT det 4
    bridge bridge NOUN NN dobj 2
""")
BRIDGE_MOVES_STRING = parse_of("""
    The the DET DT det 1
    bridge bridge NOUN NN nsubj 2
    moves move VERB VBZ ROOT 2
    the the DET DT det 4
    string string NOUN NN dobj 2
""")
BRIDGE_IS_MOVED_BY_STRING = parse_of("""
    The the DET DT det 1
    bridge bridge NOUN NN nsubjpass 3
    is be AUX VBZ auxpass 3
    moved move VERB VBN ROOT 3
    by by ADP IN agent 3
    the the DET DT det 6
    string string NOUN NN pobj 4
""")
BRIDGE_MOVES = parse_of("""
    The the DET DT det 1
    bridge bridge NOUN NN nsubj 2
    moves move VERB VBZ ROOT 2
""")
TWO_TONES_MAKE_ONE_BEAT = parse_of("""
    Two two NUM CD nummod 1
    tones tone NOUN NNS nsubj 2
    make make VERB VBP ROOT 2
    one one NUM CD nummod 4
    beat beat NOUN NN dobj 2
""")
TONES_MAKE_TWO_BEATS = parse_of("""
    Tones tone NOUN NNS nsubj 1
    make make VERB VBP ROOT 1
    two two NUM CD nummod 3
    beats beat NOUN NNS dobj 1
""")
FROM_HOT_TO_COLD = parse_of("""
    Heat heat NOUN NN nsubj 1
    flows flow VERB VBZ ROOT 1
    from from ADP IN prep 1
    fire fire NOUN NN pobj 2
    to to ADP IN prep 1
    ice ice NOUN NN pobj 4
""")
FROM_COLD_TO_HOT = parse_of("""
    Heat heat NOUN NN nsubj 1
    flows flow VERB VBZ ROOT 1
    from from ADP IN prep 1
    ice ice NOUN NN pobj 2
    to to ADP IN prep 1
    fire fire NOUN NN pobj 4
""")
