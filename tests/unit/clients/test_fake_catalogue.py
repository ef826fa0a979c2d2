"""The fake catalogue of the browser's tests tells what the hub tells."""

from pydantic import BaseModel

from hub.api.assembly_revisions import RevisionShown
from hub.api.operators import OperatorShown
from hub.api.recipe_shapes import AssemblyShown
from hub.api.record_models import Record, StepVisit
from hub.api.step_answers import StepShown
from tests.support import fake_catalogue


def unknown(shown: dict[str, object], model: type[BaseModel]) -> set[str]:
    """What the fake tells and the hub does not."""
    return set(shown) - set(model.model_fields)


def test_the_fake_catalogue_tells_nothing_that_the_hub_does_not() -> None:
    record = fake_catalogue.record(1, [1.0])
    assert unknown(fake_catalogue.operator(1, "Ada"), OperatorShown) == set()
    assert unknown(fake_catalogue.revision(), RevisionShown) == set()
    assert unknown(fake_catalogue.recipe(1), AssemblyShown) == set()
    assert unknown(fake_catalogue.recipe_steps()[0], StepShown) == set()
    assert unknown(record, Record) == set()
    assert unknown(record["step_results"][0], StepVisit) == set()
    assert AssemblyShown.model_fields["id"].annotation == dict[str, str]
