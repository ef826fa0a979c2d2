"""Which passwords operators may have."""

import pytest

from hub.services.password_rules import check_password, common_passwords, fault_of

TRIED_FIRST = [
    "Password-2026!",
    "P@ssw0rd!!2024",
    "!!welcome2025",
    "QWERTZUIOP1",
    "1234567890",
    "1q2w3e4r5t",
    "changeme!!!",
    "W1llk0mm3n",
    "factory12345",
]


@pytest.mark.parametrize("password", TRIED_FIRST)
def test_what_is_tried_first_is_refused_however_it_is_dressed(password: str) -> None:
    assert "tried first" in fault_of(password)


@pytest.mark.parametrize("password", ["aaaaaaaaaaaa", "abababababab", "lampelampe", "abcdefghijk", "9876543210", "1122112211"])
def test_a_pattern_is_refused(password: str) -> None:
    assert "pattern" in fault_of(password)


@pytest.mark.parametrize(
    ("password", "fits"), [("x7!kq-Lm2", False), ("x7!kq-Lm2z", True), ("kq7 " * 3 + "w" * 244, True), ("kq7w" * 65, False)]
)
def test_a_password_has_ten_to_256_characters(password: str, fits: bool) -> None:
    assert (fault_of(password) == "") is fits


@pytest.mark.parametrize("password", ["mueller is here", "I.am.MUELLER", "anne+lamp+oven", "grundmann-likes", "mu3ll3r-1999!"])
def test_the_operator_s_name_in_it_is_refused(password: str) -> None:
    assert "name" in fault_of(password, "Anne-Grundmann Mueller")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "motor-7-lamp", "drei Birnen im Schuh", "ありがとうございますね", "Tr0ub4dor&3x"]
)
def test_a_few_words_are_welcome(password: str) -> None:
    check_password(password, "Anne Li Mueller")


def test_the_list_holds_hundreds_and_only_small_letters() -> None:
    assert len(common_passwords()) > 500
    assert all(word == word.casefold() and "#" not in word for word in common_passwords())
