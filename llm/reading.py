"""Reads the one JSON object that a reply holds, or says why it does not; it repairs nothing.

A repaired answer is an invented one: half a name completed, the last of two objects taken. A reply
is read only if it holds exactly one complete object. Prose or a code fence around it is passed over
as long as it holds no brace of its own, for then there is nothing else that could have been meant.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn


class NotOneObject(ValueError):
    """A text is not, and does not hold, exactly one complete JSON object."""


def read_object(text: str) -> dict[str, Any]:
    """Return the JSON object in `text`.

    Refused besides broken JSON: a second object, an array around it, a key given twice, numbers
    that are not finite, NUL and half surrogates (no database stores them), and nesting without end.

    Raises
    ------
    NotOneObject
        With a sentence that a model can act upon.

    Examples
    --------
    >>> read_object('Here you are: {"shown": true}')
    {'shown': True}
    >>> read_object('{"shown": tr')
    Traceback (most recent call last):
        ...
    llm.reading.NotOneObject: the JSON is broken at character 10: Expecting value
    """
    start = text.find("{")
    if start < 0:
        raise NotOneObject("there is no JSON object in it")
    try:
        value, end = _DECODER.raw_decode(text, start)
        _refuse_unstorable(value)
    except json.JSONDecodeError as exc:
        raise NotOneObject(f"the JSON is broken at character {exc.pos}: {exc.msg}") from exc
    except RecursionError as exc:
        raise NotOneObject("the JSON is nested too deeply") from exc
    except NotOneObject:
        raise
    except ValueError as exc:
        # Python's own limit on the digits of a whole number.
        raise NotOneObject("a number in the JSON is too long") from exc
    before, after = text[:start].rstrip(), text[end:]
    if before.endswith(("[", ",")) or any(brace in before + after for brace in "{}"):
        raise NotOneObject("there is more than one JSON object in it, or more braces around it")
    return dict(value)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotOneObject("a key is given twice in one object")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise NotOneObject(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise NotOneObject(f"{digits} is too large a number")
    return number


def _refuse_unstorable(value: Any) -> None:
    if isinstance(value, str):
        if any(char == "\x00" or "\ud800" <= char <= "\udfff" for char in value):
            raise NotOneObject("a string holds a NUL or half a surrogate pair")
    elif isinstance(value, dict):
        for key, inner in value.items():
            _refuse_unstorable(key)
            _refuse_unstorable(inner)
    elif isinstance(value, list):
        for inner in value:
            _refuse_unstorable(inner)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_once_each, parse_constant=_refuse_constant, parse_float=_finite, strict=True
)
