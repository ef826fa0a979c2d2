"""A downtime of a machine as a person or the machine itself reported it."""

from enum import StrEnum


class Category(StrEnum):
    """What kind of downtime it was, in Haltless's words."""

    UNPLANNED = "unplanned"
    PLANNED = "planned"
    CHANGEOVER = "changeover"
    MAINTENANCE = "maintenance"
