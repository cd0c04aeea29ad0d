"""Receiving a large file within bounds: it goes to a nameless temporary file as it comes, and stops at the limit."""

import tempfile
import time
from typing import IO, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

PATIENCE: Final = 4
"""So many times the most bytes are read and thrown away before the line is cut."""


class BoundedFileHandler(FileUploadHandler):
    """Takes files of at most `most_bytes` together, for at most `seconds`; `is_too_large` and `is_too_slow` say what
    went wrong. What follows is read and thrown away, so that the browser hears the answer. The temporary file has no
    name: it is gone with the request, and even with a process that is killed."""

    def __init__(self, request: HttpRequest, *, most_bytes: int, seconds: float) -> None:
        super().__init__(request)
        self.most_bytes, self._until = most_bytes, time.monotonic() + seconds
        self.is_too_large = self.is_too_slow = False
        self._taken = 0
        self._file: IO[bytes] | None = None

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]  # handed on as they came
        self._file = tempfile.TemporaryFile(prefix="upload")  # noqa: SIM115 - closed with the request

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._taken += len(raw_data)
        self.is_too_large = self._taken > self.most_bytes
        self.is_too_slow = time.monotonic() > self._until
        if self.is_too_large or self.is_too_slow:
            self.upload_interrupted()
        if self.is_too_slow or self._taken > PATIENCE * self.most_bytes:
            raise StopUpload(connection_reset=True)
        if self._file is not None:
            self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes] | None":
        if self._file is None:
            return None
        file, self._file = self._file, None
        file.seek(0)
        return UploadedFile(
            file=file,
            name=self.file_name,
            content_type=self.content_type,
            size=file_size,
            charset=self.charset,
            content_type_extra=self.content_type_extra,
        )

    def upload_interrupted(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
