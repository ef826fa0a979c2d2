"""A catalogue whose finished units were filmed, answered in parts as the hub answers them."""

import time
from pathlib import Path
from typing import Any

from quart import Quart, Response, request

from hub.api.record_models import FilmShown
from tests.support.fake_catalogue import FakeCatalogue, record
from tests.support.fake_rest import _json, _refusal
from tests.support.films import numbered
from vision.film import FILM_FILE, FilmPart, Limits, finish


def make_film(folder: Path, pictures: int) -> bytes:
    """A film of five pictures a second that say their numbers."""
    part = FilmPart(folder, numbered(0), Limits(3_600_000, 10**8))
    now_ms = time.time_ns() // 1_000_000
    for number in range(pictures):
        part.add(numbered(number), now_ms + 200 * number)
    part.close()
    finish(folder)
    return (folder / FILM_FILE).read_bytes()


class FakeFilms(FakeCatalogue):
    """Its first record has the film `film`, whose steps begin at the seconds in `chapters`."""

    def __init__(self, film: bytes, chapters: list[float]) -> None:
        super().__init__()
        self.film = film
        self.chapters = chapters
        self.records = [record(1, [8.0] * len(chapters)) | {"filmed": True}, record(2, [5.0])]

    def shown(self) -> dict[str, Any]:
        """What the hub tells of the film."""
        steps = self.records[0]["step_results"]
        chapters = [
            {"step_id": step["step_id"], "number": step["number"], "name": step["name"], "at_seconds": at}
            for step, at in zip(steps, self.chapters, strict=True)
        ]
        told = {"seconds": 12.0, "bytes": len(self.film), "width": 320, "height": 240, "pictures": 60, "chapters": chapters}
        return FilmShown.model_validate(told).model_dump()

    def application(self) -> Quart:
        """What it serves."""
        app = super().application()

        @app.get("/assembly-record/<record_id>")
        async def one_record(record_id: str) -> Response:
            return _json({"status": "ok", "msg": self.records[0] | {"film": self.shown()}})

        @app.get("/assembly-record/<record_id>/video")
        async def video(record_id: str) -> Response:
            if request.headers.get("Authorization") not in self.bearers:
                return _refusal(401, "not_authenticated", "Sign in first.")
            asked = request.range
            first, end = (asked.range_for_length(len(self.film)) if asked else None) or (0, len(self.film))
            headers = {"Content-Range": f"bytes {first}-{end - 1}/{len(self.film)}"}
            return Response(self.film[first:end], 206, headers, content_type="video/webm")

        return app
