"""One step of an import in the making, and what came of it."""

from dataclasses import dataclass, field

from storage.commit import Commit


@dataclass
class Outcome:
    """How many things were new, replaced by a later version, there already, and kept because they differ; and the first of those."""

    added: int = 0
    replaced: int = 0
    same: int = 0
    kept: int = 0
    first_kept: str = ""

    def add(self, other: "Outcome") -> None:
        """Counts another outcome in."""
        self.added += other.added
        self.replaced += other.replaced
        self.same += other.same
        self.kept += other.kept
        self.first_kept = self.first_kept or other.first_kept

    def keep(self, what: str) -> None:
        """Something of the store stayed though the line says something else."""
        self.kept += 1
        self.first_kept = self.first_kept or what


@dataclass
class Batch:
    """One commit in the making, and what the store will have after it."""

    commit: Commit
    found: dict[tuple[str, str], bytes | None]
    now: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)

    def stands(self, key: str, name: str) -> bytes | None:
        """What is under a field of a hash, or will be."""
        return self.now.get((key, name), self.found.get((key, name)))

    def changes(self, key: str, name: str, value: bytes) -> None:
        """Written only if it is still what was read."""
        if (key, name) not in self.now:
            before = self.found.get((key, name))
            # Nothing is stored as "", so that stands for "not there".
            self.commit.expect_free(key, name, before.decode() if before is not None else "", "changed meanwhile")
        self.now[key, name] = value
