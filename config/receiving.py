"""Receiving large files within bounds: each goes to a nameless temporary file as it comes, and stops at the limit."""

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import IO, Any, Concatenate, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

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


def wait_for_upload(within: timedelta) -> None:
    """Let the running transaction be idle for as long as an upload may take."""
    patience = str(int((within + timedelta(minutes=1)).total_seconds() * 1000))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", [patience])


def takes_files[R: HttpRequest, **P](
    *, most_bytes: int, within: timedelta
) -> Callable[[Callable[Concatenate[R, BoundedFileHandler, P], HttpResponseBase]], Callable[Concatenate[R, P], Any]]:
    """Let a view take files of at most `most_bytes` together; it is told with what handler they came.

    How files are received is said before anything reads the request: the check for a forged one, which comes right
    after, reads all of it.
    """

    def decorate(
        view: Callable[Concatenate[R, BoundedFileHandler, P], HttpResponseBase],
    ) -> Callable[Concatenate[R, P], Any]:
        @csrf_exempt
        @wraps(view)
        def receiving(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            handler = BoundedFileHandler(request, most_bytes=most_bytes, seconds=within.total_seconds())
            if request.method == "POST":
                request.upload_handlers = [handler]
                wait_for_upload(within)
            answer: HttpResponseBase = csrf_protect(view)(request, handler, *args, **kwargs)
            return answer

        return receiving

    return decorate
