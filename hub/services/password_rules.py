"""Which passwords operators may have: long enough, not one that everybody tries first, and without the name."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hub.errors import Invalid
from hub.services.passwords import MAX_LENGTH, MIN_LENGTH

_LIST = Path(__file__).parent / "common_passwords.txt"
# How letters are disguised.
_PLAIN = str.maketrans("@48301!$57", "aabeoiisst")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
# With fewer it is a pattern, however long.
LEAST_CHARACTERS = 5
# Shorter parts of a name stand in many words.
LEAST_NAME = 3


def check_password(password: str, name: str = "") -> None:
    """Raises Invalid with what is wrong, naming the field `password`; `name` is the operator's where it is known."""
    fault = fault_of(password, name)
    if fault:
        raise Invalid(fault, code="weak_password", field="password")


def fault_of(password: str, name: str = "") -> str:
    """Why a password cannot be used, as a sentence; empty when it can."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters."
    small = password.casefold()
    if len(set(small)) < LEAST_CHARACTERS or _repeats(small) or _counts(small):
        return "This password is a pattern that is guessed at once: use different characters, or a few words."
    if any(form in common_passwords() for form in _forms(small)):
        return "This password is one of those that are tried first: use a few words that do not belong together."
    if any(part in small or part in small.translate(_PLAIN) for part in _parts(name)):
        return "The password must not hold the operator's name."
    return ""


@cache
def common_passwords() -> frozenset[str]:
    """The list, read once."""
    lines = _LIST.read_text().splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _forms(small: str) -> Iterable[str]:
    core = _ENDS.sub("", small)
    return small, core, core.translate(_PLAIN), small.translate(_PLAIN)


def _repeats(text: str) -> bool:
    """Whether the text is a shorter one, several times."""
    return text in (text + text)[1:-1]


def _counts(text: str) -> bool:
    """Whether every character is the next, or the one before, of the one in front of it."""
    return {ord(after) - ord(before) for before, after in zip(text, text[1:], strict=False)} in ({1}, {-1})


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[\s'-]+", name.casefold()) if len(part) >= LEAST_NAME]
