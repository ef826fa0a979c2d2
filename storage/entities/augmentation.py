"""How far training varies the pictures of an assembly."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# Twice the usual is a lamp moved across the bench; more teaches the network pictures that no camera will show.
MOST = 2.0
Strength = Annotated[float, Field(ge=0, le=MOST, allow_inf_nan=False)]


class Augmentation(BaseModel):
    """Strengths, each 0..MOST times what training does by itself: 0 = not at all, 1 = as usual."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    lighting_aug: Strength = 1.0
    """Brightness, contrast, and light that falls from one side."""
    placement_aug: Strength = 1.0
    """A camera or a fixture that sits a little elsewhere, turned or nearer."""
    color_aug: Strength = 1.0
    """The colour of the light."""
