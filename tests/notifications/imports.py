"""Imports for tests: uploaded as a person does, with the work done here and now."""

import csv
import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from licences.models import Tenant, User
from notifications.jobs import KINDS
from notifications.models import Import, ImportBatch, ImportPiece, Job
from notifications.services.tracker import claim, work
from tests.conftest import ClientOf
from tests.factories import scope_of
from tests.pages import element, named, text

USERS = "User ID,Full name,E-mail\nask,Ask Berg,ask@nordlys.example\nliv,Liv Dahl,liv@nordlys.example\n"
FAULTY = USERS + 'bad id~,Nobody,x@nordlys.example\n=evil,"=cmd()",not an address\nask,Ask again,ask@nordlys.example\n'
MERGE = {"field_user_id": "0", "field_full_name": "1", "field_email": "2", "match_by": "user_id", "duplicates": "merge"}


def upload(client: Client, data: bytes = USERS.encode(), name: str = "users.csv", kind: str = "users") -> HttpResponse:
    return client.post(reverse("notifications:import_new") + f"?kind={kind}", {"file": SimpleUploadedFile(name, data)})


def work_off(tenant: Tenant) -> None:
    """Do what the tenant's jobs have to do."""
    with scope_of(tenant):
        due = list(Job.objects.due().filter(tenant=tenant).order_by("pk"))
    for job in due:
        lease = claim(job.tenant_id, job.pk)
        assert lease is not None
        work(lease, KINDS[lease.kind]())


def last_import(tenant: Tenant) -> Import:
    with scope_of(tenant):
        return Import.objects.filter(tenant=tenant).select_related("event").latest("pk")


def kept(imported: Import) -> tuple[int, int]:
    """How many pieces of the file there are, and how many batches of its rows."""
    with scope_of(imported):
        return tuple(of.objects.filter(of_import=imported).count() for of in (ImportPiece, ImportBatch))


class Wizard:
    """An administrator at the wizard."""

    def __init__(self, user: User, client_of: ClientOf, kind: str = "users") -> None:
        self.client, self.tenant, self.kind = client_of(user), user.tenant, kind

    @property
    def imported(self) -> Import:
        return last_import(self.tenant)

    @property
    def address(self) -> str:
        return reverse("notifications:import_file", args=[self.imported.pk])

    def upload(self, data: bytes | str = USERS, name: str = "users.csv") -> Import:
        """Upload it and have it read."""
        response = upload(self.client, data.encode() if isinstance(data, str) else data, name, self.kind)
        assert response.status_code == 302, response.content.decode()
        work_off(self.tenant)
        return self.imported

    def look(self, query: str = "") -> HttpResponse:
        return self.client.get(self.address + query)

    def choose(self, **columns: str) -> HttpResponse:
        """Choose the columns and have the file checked."""
        response = self.client.post(self.address, columns if self.kind == "usage" else MERGE | columns)
        work_off(self.tenant)
        return response

    def do(self, what: str) -> HttpResponse:
        """Press a button: run, undo, discard."""
        response = self.client.post(reverse(f"notifications:import_{what}", args=[self.imported.pk]))
        work_off(self.tenant)
        return response


def counts(response: HttpResponse) -> dict[str, str]:
    """What the page tells, by outcome."""
    parts = next(iter(named(element(response, "panel"), "dl")))
    return dict(zip((text(dt) for dt in named(parts, "dt")), (text(dd) for dd in named(parts, "dd")), strict=True))


def step(response: HttpResponse) -> str:
    """The step of the wizard that the page is at."""
    (current,) = [li for li in named(element(response, "panel"), "li") if ("aria-current", "step") in li.attributes]
    return text(current).removesuffix(" (done)").split()[-1]


def downloaded(response: HttpResponse) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))


def chosen(response: HttpResponse) -> dict[str, str]:
    """What stands in the form, by the names of its fields."""
    found = {}
    for select in named(element(response, "columns"), "select"):
        options = [dict(option.attributes) for option in named(select, "option")]
        found[dict(select.attributes)["name"]] = next((each["value"] for each in options if "selected" in each), "")
    for box in named(element(response, "columns"), "input"):
        attributes = dict(box.attributes)
        if "checked" in attributes:
            found[attributes["name"]] = attributes["value"]
    return found
