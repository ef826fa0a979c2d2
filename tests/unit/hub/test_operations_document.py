"""docs/operations.md says what the code says."""

from hub.operations_document import PATH, describe


def test_the_document_of_the_operations_is_current() -> None:
    assert PATH.read_text() == describe(), "run ./takt docs"
