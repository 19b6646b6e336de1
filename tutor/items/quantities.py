"""Numbers with units as people write them: "1,000", "1e3", "1.5 kHz", "three notes"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tutor.items.matching import singular

_NUMBER = re.compile(
    r"(?P<sign>[-−–+]?)\s?(?P<digits>\d{1,3}(?:[,\u00a0\u202f' ]\d{3})+(?!\d)(?:\.\d+)?"
    r"|\d+(?:[.,]\d+)?|\.\d+)"
    r"(?:\s?(?:e(?P<e>[-+]?\d+)(?![a-z])|[×x*]\s?10(?:\^|\*\*)?\s?(?P<ten>[-−]?\d+|[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)))?",
    re.I,
)
_FRACTION = re.compile(r"\s*/\s*(\d+(?:\.\d+)?)(?!\w)")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
NUMBER_WORDS = {
    word: float(value)
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty".split()
    )
} | {"hundred": 100.0, "thousand": 1000.0, "million": 1e6}

_PREFIXES = {"n": 1e-9, "µ": 1e-6, "u": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIX_NAMES = {
    "nano": 1e-9,
    "micro": 1e-6,
    "milli": 1e-3,
    "centi": 1e-2,
    "kilo": 1e3,
    "mega": 1e6,
    "giga": 1e9,
}
# symbol -> names; the first name is what two ways of writing a unit meet in
_WITH_PREFIXES = {
    "m": "metre meter",
    "g": "gram gramme",
    "s": "second sec",
    "Hz": "hertz",
    "N": "newton",
    "W": "watt",
    "Pa": "pascal",
    "J": "joule",
    "V": "volt",
    "A": "ampere amp",
    "B": "byte",
    "L": "litre liter",
    "l": "litre liter",
}
_PLAIN = {
    "min": ("second", 60.0),
    "minute": ("second", 60.0),
    "h": ("second", 3600.0),
    "hour": ("second", 3600.0),
    "day": ("second", 86400.0),
    "bit": ("bit", 1.0),
    "dB": ("decibel", 1.0),
    "decibel": ("decibel", 1.0),
    "%": ("percent", 1.0),
    "percent": ("percent", 1.0),
    "°": ("degree", 1.0),
    "°C": ("degree celsius", 1.0),
    "K": ("kelvin", 1.0),
}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the base unit of its kind, and what that unit is ("" for a bare number)."""

    value: float
    unit: str = ""


def read_quantity(text: str, *, unit: str = "") -> Quantity | None:
    """Return the one quantity that ``text`` is, or None; a bare number is taken to be in ``unit``.

    Examples
    --------
    >>> read_quantity("1.5 kHz") == read_quantity("1,500 hertz") == read_quantity("1.5e3", unit="Hz")
    True
    >>> read_quantity("three", unit="notes")
    Quantity(value=3.0, unit='note')
    >>> read_quantity("about 3 or 4") is None
    True
    """
    said = " ".join(text.split()).rstrip(" .;,!")
    said = re.sub(r"^(?:about|around|approximately|roughly|ca\.?|~|≈|=)\s*", "", said, flags=re.I)
    found = _read_number(said)
    if found is None:
        return None
    value, rest = found
    # A second number is a second answer; the power of a unit is none.
    if re.search(r"(?<!\^)(?<!\^-)[0-9]", rest) or set(rest.casefold().split()) & NUMBER_WORDS.keys():
        return None
    factor, base = _read_unit(rest or unit)
    return Quantity(value * factor, base)


def is_within(given: Quantity, wanted: Quantity, *, tolerance: float) -> bool:
    """Say whether two quantities are of one kind and at most ``tolerance`` (a share of the wanted) apart."""
    slack = abs(wanted.value) * tolerance + 1e-9 * max(1.0, abs(wanted.value))
    return given.unit == wanted.unit and abs(given.value - wanted.value) <= slack


def is_unit(text: str) -> bool:
    """Say whether ``text`` is a unit of measurement, in symbols or in words.

    Examples
    --------
    >>> is_unit("kHz"), is_unit("metres per second"), is_unit("notes")
    (True, True, False)
    """
    parts = _parts(text)
    return bool(parts) and all(_known(part) is not None for part in parts)


def _read_number(text: str) -> tuple[float, str] | None:
    word, _, rest = text.partition(" ")
    if word.casefold() in NUMBER_WORDS:
        return NUMBER_WORDS[word.casefold()], rest.strip()
    found = _NUMBER.match(text)
    if found is None:
        return None
    value = float(_plain_digits(found["digits"]))
    power = found["e"] or (found["ten"] or "").translate(_RAISED)
    try:
        value *= 10.0 ** int(power) if power else 1.0
    except OverflowError:  # 1e400: no quantity of a source
        return None
    value = -value if found["sign"] in ("-", "−", "–") else value
    rest = text[found.end() :]
    over = _FRACTION.match(rest)
    if over and float(over[1]):
        value, rest = value / float(over[1]), rest[over.end() :]
    return value, rest.strip()


def _plain_digits(digits: str) -> str:
    grouped = re.sub(r"[,\u00a0\u202f' ](?=\d{3}(?!\d))", "", digits)
    return grouped.replace(",", ".")


def _read_unit(text: str) -> tuple[float, str]:
    factor, names = 1.0, []
    for number, part in enumerate(_parts(text)):
        scale, name = _known(part) or (1.0, " ".join(singular(word) for word in part.casefold().split()))
        factor = factor / scale if number else factor * scale
        names.append(name)
    return factor, "/".join(names)


def _parts(text: str) -> list[str]:
    """The unit and what it is taken per: "metres per second" and "m/s" are both two parts."""
    said = re.sub(r"\bper\s?cent\b", "percent", text.strip(" .-"), flags=re.I)
    return [part.strip() for part in re.split(r"\s*/\s*|\s+per\s+|\s+a\s+", said) if part.strip()]


@lru_cache(maxsize=1024)
def _known(part: str) -> tuple[float, str] | None:
    raised = re.fullmatch(r"(?:(square|cubic)\s+)?(.+?)(?:\^?([23²³]))?", part.strip())
    if raised is None:
        return None
    word, power = raised[2], raised[3] or {"square": "2", "cubic": "3"}.get(raised[1] or "", "")
    found = _symbol(word) or _name(singular(word.casefold()))
    if found is None or not power:
        return found
    times = int(power.translate(_RAISED))
    return found[0] ** times, f"{found[1]}^{times}"


def _symbol(word: str) -> tuple[float, str] | None:
    if word in _PLAIN:
        name, factor = _PLAIN[word]
        return factor, name
    if word in _WITH_PREFIXES:
        return 1.0, _WITH_PREFIXES[word].split()[0]
    prefix, rest = word[:1], word[1:]
    if prefix in _PREFIXES and rest in _WITH_PREFIXES:
        return _PREFIXES[prefix], _WITH_PREFIXES[rest].split()[0]
    return None


def _name(word: str) -> tuple[float, str] | None:
    if word in _PLAIN and len(word) > 1:
        name, factor = _PLAIN[word]
        return factor, name
    for names in _WITH_PREFIXES.values():
        for name in names.split():
            if word == name:
                return 1.0, names.split()[0]
            for prefix, factor in _PREFIX_NAMES.items():
                if word == prefix + name:
                    return factor, names.split()[0]
    return None
