"""Photos and documents: kept in the folder, found again by file_id, served by path."""

from __future__ import annotations

import asyncio
import hashlib
import io
import mimetypes
import re
import secrets
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from sandbox.telegram.errors import bad
from sandbox.telegram.params import Upload
from sandbox.telegram.store import Json, Store, dumped, loaded

LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_DOWNLOAD = 20 * 1024 * 1024
SMALLER = (90, 320, 800)  # longest sides of a photo's smaller sizes, as Telegram's s, m and x
KINDS = {"photo": "Photo", "document": "Document"}


class Files:
    """Every file. A file_id is random and lasts; the unique id depends on the content alone."""

    def __init__(self, store: Store, folder: Path) -> None:
        self._store = store
        self._folder = folder

    async def photo(self, upload: Upload) -> list[Json]:
        """Keep a photo; its sizes, ascending, the last one the original. Raises 400 for what is no photo."""
        if len(upload.data) > LARGEST_PHOTO:
            raise bad("file is too big")
        drawn = await asyncio.to_thread(_sizes, upload.data)
        sizes = [self._keep("photo", Upload(name, data), {"width": w, "height": h}) for name, data, w, h in drawn]
        self._store.run(
            "UPDATE files SET sizes = :sizes WHERE id IN (SELECT value ->> 'file_id' FROM json_each(:sizes))",
            sizes=dumped(sizes),
        )
        return sizes

    def document(self, upload: Upload) -> Json:
        """Keep a document. Raises 400 where it is empty."""
        if not upload.data:
            raise bad("file must be non-empty")
        kept = self._keep("document", upload, {})
        return {"file_name": upload.name, "mime_type": _mime(upload.name), **kept}

    def _keep(self, kind: str, upload: Upload, more: Json) -> Json:
        number = self._store.count("files", -1)
        path = f"{kind}s/file_{number}{_suffix(upload.name)}"
        place = self._folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(upload.data)
        unique = "AQAD" + hashlib.sha256(kind.encode() + upload.data).hexdigest()[:12]
        prefix = "AgACAgUAAxkBAAI" if kind == "photo" else "BQACAgUAAxkBAAI"
        kept = {"file_id": prefix + secrets.token_urlsafe(30), "file_unique_id": unique}
        self._store.run(
            """
            INSERT INTO files (id, unique_id, kind, path, name, mime, size)
            VALUES (:file_id, :file_unique_id, :kind, :path, :name, :mime, :size)
            """,
            **kept,
            kind=kind,
            path=path,
            name=upload.name,
            mime=_mime(upload.name),
            size=len(upload.data),
        )
        return kept | more | {"file_size": len(upload.data)}

    def again(self, kind: str, file_id: str) -> Json | list[Json]:
        """A file sent before, to be sent again. Raises 400 where the id is unknown or of another kind."""
        row = self.row(file_id)
        if row is None:
            text = "failed to get HTTP URL content" if "://" in file_id else "wrong file identifier/HTTP URL specified"
            raise bad(text)
        if row["kind"] != kind:
            raise bad(f"can't use file of type {KINDS[row['kind']]} as {KINDS[kind]}")
        if kind == "photo":
            sizes: list[Json] = loaded(row["sizes"])
            return sizes
        names = {"file_name": row["name"], "mime_type": row["mime"]}
        return {**names, "file_id": file_id, "file_unique_id": row["unique_id"], "file_size": row["size"]}

    def row(self, file_id: str) -> Json | None:
        """A file's row."""
        return self._store.one("SELECT * FROM files WHERE id = :id", id=file_id)

    def described(self, file_id: str) -> Json:
        """What getFile answers. Raises 400."""
        row = self.row(file_id)
        if row is None:
            raise bad("wrong file_id or the file is temporarily unavailable")
        if row["size"] > LARGEST_DOWNLOAD:
            raise bad("file is too big")
        size, path = row["size"], row["path"]
        return {"file_id": file_id, "file_unique_id": row["unique_id"], "file_size": size, "file_path": path}

    def place(self, path: str) -> Path | None:
        """Where a served path lies on disk, if it is one of ours."""
        known = self._store.value("SELECT path FROM files WHERE path = :path", path=path)
        return self._folder / str(known) if known else None


def _mime(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def _suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""


def _sizes(data: bytes) -> list[tuple[str, bytes, int, int]]:
    """Name, bytes, width and height of each size. Raises 400."""
    try:
        image = Image.open(io.BytesIO(data))
        kind = (image.format or "").lower()
        width, height = image.size
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        sizes: list[tuple[str, bytes, int, int]] = []
        whole = image.convert("RGB")
        for side in (side for side in SMALLER if side < max(width, height)):
            small = whole.copy()
            small.thumbnail((side, side))
            written = io.BytesIO()
            small.save(written, "JPEG", quality=82)
            sizes.append((f"{side}.jpg", written.getvalue(), *small.size))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
    return [*sizes, (f"photo.{'jpg' if kind == 'jpeg' else kind}", data, width, height)]
