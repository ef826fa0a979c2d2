"""The screens: static files of clients/hmi, with their types, an ETag, and nothing from anywhere else."""

import asyncio
from pathlib import Path

from quart import Blueprint, Response, request

from hub.errors import NotFound
from hub.operation import Limit, operation

blueprint = Blueprint("screens", __name__)

FOLDER = Path(__file__).resolve().parents[2] / "clients" / "hmi"
# A screen is about fifty modules; a dozen screens behind one address may start at once after a power cut.
FILES = Limit(6000, shared=False)

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
}


@blueprint.get("/")
@operation("screens.operator", role=None, limit=FILES, answers={200: "text/html"})
async def operator_screen() -> Response:
    """The operator's screen; it signs in by itself."""
    return await send_screen("index.html")


@blueprint.get("/train")
@operation("screens.train", role=None, limit=FILES, answers={200: "text/html"})
async def train_screen() -> Response:
    """The training studio."""
    return await send_screen("train.html")


@blueprint.get("/admin")
@operation("screens.admin", role=None, limit=FILES, answers={200: "text/html"})
async def admin_screen() -> Response:
    """Operators, assemblies and steps, for those who keep them."""
    return await send_screen("admin.html")


@blueprint.get("/sign-in")
@operation("screens.sign_in", role=None, limit=FILES, answers={200: "text/html"})
async def sign_in_screen() -> Response:
    """Where a person signs in."""
    return await send_screen("sign-in.html")


@blueprint.get("/static/hmi/<path:name>")
@operation("screens.file", role=None, limit=FILES, answers={200: "application/octet-stream"})
async def screen_file(name: str) -> Response:
    """One file of the screens."""
    return await send_screen(name)


async def send_screen(name: str, folder: Path = FOLDER) -> Response:
    """A file of a folder of screens, with its type and an ETag. Raises NotFound."""
    try:
        path = (folder / name).resolve()
        content_type = TYPES.get(path.suffix)
        if content_type is None or not path.is_relative_to(folder):
            raise NotFound("There is nothing at this address.")
        content = await asyncio.to_thread(path.read_bytes)
    except (OSError, ValueError) as error:
        # No such file, a folder, or a name that no file can have.
        raise NotFound("There is nothing at this address.") from error
    response = Response(content, content_type=content_type)
    await response.add_etag()
    response.headers["Cache-Control"] = "no-cache"
    await response.make_conditional(request)
    return response
