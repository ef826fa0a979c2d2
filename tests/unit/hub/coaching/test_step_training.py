"""Which steps a model does not know as they are now."""

from hub.coaching.step_training import to_be_trained
from storage.entities.assembly import Assembly
from storage.entities.model_version import ModelVersion, StepModel
from storage.entities.step import Label, LabelType, Step, StepAction


def step(id_: int, *labels: str, action: StepAction = StepAction.ML) -> Step:
    taught = tuple(Label(id=label, type=LabelType.MASTER, recordings=("r",)) for label in (f"m{id_}", *labels))
    return Step(id=id_, action=action, labels=taught)


def assembly(*steps: Step) -> Assembly:
    return Assembly(organisation="o", id="a", revision_id="r", name="A", steps=steps, created_at_ms=1, updated_at_ms=1)


MODEL = ModelVersion(
    organisation="o",
    id="v",
    assembly_id="a",
    number=1,
    steps=tuple(StepModel(step_id=n, ir="", sha256="", labels=("previous", f"m{n}"), threshold=0) for n in (1, 2, 3)),
    seconds=1,
    frames=1,
    created_at_ms=1,
)


def test_a_model_that_was_trained_of_these_steps_knows_them_all() -> None:
    assert to_be_trained(assembly(step(1), step(2), step(3)), MODEL) == frozenset()


def test_without_a_model_all_that_the_camera_watches_is_to_be_trained() -> None:
    assert to_be_trained(assembly(step(1), Step(id=2, action=StepAction.QA), step(3)), None) == {1, 3}


def test_a_new_step_a_new_label_and_a_new_neighbour_are_to_be_trained() -> None:
    assert to_be_trained(assembly(step(1), step(2), step(3), step(4)), MODEL) == {4}
    assert to_be_trained(assembly(step(1), step(2, "other"), step(3)), MODEL) == {2}
    assert to_be_trained(assembly(step(2), step(1), step(3)), MODEL) == {1, 2, 3}
    assert to_be_trained(assembly(step(1), step(3)), MODEL) == {3}
    assert to_be_trained(assembly(step(1), Step(id=9, action=StepAction.QA), step(2), step(3)), MODEL) == frozenset()
