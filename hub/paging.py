"""Lists a page at a time, as Haltless's services answer them."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, Field
from quart import Response

LARGEST_PAGE = 100
# Far beyond any list; the store counts places in 64 bits.
_LAST_PAGE = 1_000_000_000


class Paging(BaseModel):
    """Which page."""

    page: Annotated[int, Field(ge=1, le=_LAST_PAGE)] = 1
    page_size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 20

    @property
    def first(self) -> int:
        """Place of the page's first item, from 0."""
        return (self.page - 1) * self.page_size


class PageShown(BaseModel):
    """What stands beside the items of a page."""

    total: int
    page: int
    page_size: int
    total_pages: int


def page_response(items: Sequence[bytes], total: int, paging: Paging) -> Response:
    """A page of items that are ready JSON. A page after the last has none."""
    pages = -(-total // paging.page_size)
    beside = b'"total":%d,"page":%d,"page_size":%d,"total_pages":%d' % (total, paging.page, paging.page_size, pages)
    return Response(b'{"items":[' + b",".join(items) + b"]," + beside + b"}", content_type="application/json")
