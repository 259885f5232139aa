"""How much one uploaded file may hold: what is over is not kept, on disk or in memory."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

BYTES_AT_MOST = 16 * 1024 * 1024


class BoundedUpload(FileUploadHandler):
    """First of the handlers: it lets pieces through until there are too many.

    The form then has no file, and its door says why (`was_too_large`).
    """

    def new_file(self, *arguments: Any, **given: Any) -> None:
        super().new_file(*arguments, **given)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > BYTES_AT_MOST:
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def was_too_large(content_length: str) -> bool:
    """Whether a request says of itself that its file cannot have been kept."""
    is_number = content_length.isascii() and content_length.isdigit() and len(content_length) < 20
    return is_number and int(content_length) > BYTES_AT_MOST
