"""What can end a training: StepTrainingStopped > TrainingError (the pictures cannot teach the step), TrainingCancelled (asked for)."""


class StepTrainingStopped(Exception):
    """A training ended without a model."""


class TrainingError(StepTrainingStopped):
    """The pictures cannot teach the step. The message is a sentence for the person who recorded them."""


class TrainingCancelled(StepTrainingStopped):
    """Somebody asked for the end of this training."""
