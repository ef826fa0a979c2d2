"""Which records are asked for."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub.api.moments import Moment
from hub.errors import Invalid
from hub.paging import Paging
from hub.services.assembly_records import LISTED
from storage.repositories.assembly_records import RecordFilter


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _or_none(value: object) -> object:
    return None if value == "" else value


Id = Annotated[str | None, Field(max_length=200)]
Status = Annotated[Literal["complete", "cancelled", ""], BeforeValidator(_lower)]
When = Annotated[Moment | None, BeforeValidator(_or_none)]


class RecordQuery(BaseModel):
    """Records whose end lies in [from, to), of an assembly, an operator, with a status. What is left out does not matter."""

    model_config = ConfigDict(populate_by_name=True)

    from_: When = Field(None, alias="from")
    to: When = None
    assembly_id: Id = None
    operator_id: Id = None
    status: Status = ""

    def asked(self, organisation: str, **fixed: str) -> RecordFilter:
        """The filter; `fixed` is what the path says. Raises Invalid where the query contradicts it, or ends before it begins."""
        if self.from_ is not None and self.to is not None and self.to < self.from_:
            raise Invalid("to must not lie before from.", field="to")
        said: dict[str, Any] = {name: getattr(self, name) or "" for name in ("assembly_id", "operator_id")}
        for name, value in fixed.items():
            if said[name] not in ("", value):
                raise Invalid(f"The address names another {name}: leave it out of the query.", field=name)
        return RecordFilter(organisation, **(said | fixed), status=self.status, from_ms=self.from_, to_ms=self.to)


class RecordListQuery(RecordQuery):
    """Without a page: the newest 1,000."""

    page: Annotated[int | None, Field(ge=1, le=1_000_000_000)] = None
    page_size: Annotated[int, Field(ge=1, le=100)] = 20

    @property
    def place(self) -> tuple[int, int]:
        """How many newer ones come before, and how many are wanted."""
        if self.page is None:
            return 0, LISTED
        return (self.page - 1) * self.page_size, self.page_size


class RecordPageQuery(RecordQuery, Paging):
    """A page of records, newest end first."""
