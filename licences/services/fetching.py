"""Ask the vendor's licence server for what is new, and take in what it offers. Source: domain facts §1.5.

Three steps, so that nothing is locked while the server is waited for: what the tenant has, the question, the answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import F, Max, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from config.tenancy.scopes import support_scope, tenant_scope
from licences.catalogue.entries import VENDOR
from licences.licence_server import MAX_MESSAGE, NoAnswer, Reply, ask
from licences.models import LicenceOwner, LicenceSet, ServerAnswer, Tenant
from licences.services.history import By
from licences.services.licence_sets import IssueIsOld, SetRefused
from licences.services.loading import load_licence_file

log = structlog.get_logger(__name__)

Status = ServerAnswer.Status

ASKED_AGAIN_AFTER = timedelta(days=1)
AFTER_NO_ANSWER = timedelta(hours=1)
AT_ONCE = 50
"""Tenants that one sweep asks for, so that a slow server does not keep the worker from everything else."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is to be kept as an owner's last answer."""

    status: Status
    message: str = ""
    url: str = ""


type Issues = Mapping[str, int]
"""The latest issue of each owner that came in, by the owner's code."""


def fetch_licences(tenant: Tenant, *, by: By) -> ServerAnswer:
    """Ask the licence server, take in what it offers, and keep its answer, which is returned: the vendor's.

    A server that cannot be asked gives an answer too: `unknown_error`. Never raises for what the server says.
    """
    issues = _issues(tenant)
    return _keep(tenant, issues, _ask(tenant, issues), by=by)


def due_tenants() -> list[int]:
    """The tenants for whom the licence server is to be asked now, longest waiting first; none without a server."""
    if not settings.LICENCE_SERVER_URL:
        return []
    with support_scope("whose licences to ask for", routine=True):
        answers = ServerAnswer.objects.filter(owner__is_vendor=True).order_by()
        waiting = (
            Tenant.objects.exclude(pk__in=answers.filter(_is_fresh()).values("tenant"))
            .annotate(asked_at=Subquery(answers.filter(tenant=OuterRef("pk")).values("asked_at")))
            .order_by(F("asked_at").asc(nulls_first=True), "pk")
        )
        return list(waiting.values_list("pk", flat=True)[:AT_ONCE])


def fetch_if_due(tenant_id: int) -> ServerAnswer | None:
    """Ask for one tenant by the system itself, in scopes of its own; None when there is nothing to ask now."""
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        asked = ServerAnswer.objects.filter(_is_fresh(), tenant=tenant, owner__is_vendor=True)
        if tenant is None or not settings.LICENCE_SERVER_URL or asked.exists():
            return None
        issues = _issues(tenant)
    reply = _ask(tenant, issues)
    with tenant_scope(tenant_id):
        return _keep(tenant, issues, reply, by=None)


def _is_fresh() -> Q:
    now = timezone.now()
    return Q(asked_at__gt=now - ASKED_AGAIN_AFTER) & (
        ~Q(status=Status.UNKNOWN_ERROR) | Q(asked_at__gt=now - AFTER_NO_ANSWER)
    )


def _issues(tenant: Tenant) -> Issues:
    sets = LicenceSet.objects.filter(tenant=tenant).order_by()
    return dict(sets.values_list("owner__code").annotate(Max("issue_number")))


def _ask(tenant: Tenant, issues: Issues) -> Reply:
    if not settings.LICENCE_SERVER_URL:
        return _no_answer(_("No licence server is set up for this console. Load the licence from a file instead."))
    try:
        return ask(settings.LICENCE_SERVER_URL, serial_number=tenant.serial_number, issues=issues)
    except NoAnswer as reason:
        log.warning("licence_server_not_asked", tenant_id=tenant.pk, reason=str(reason))
        return _no_answer(_("The licence server gives no answer just now. Nothing has changed; try again later."))


def _no_answer(message: str) -> Reply:
    return Reply(status=Status.UNKNOWN_ERROR, message=message)


def _keep(tenant: Tenant, issues: Issues, reply: Reply, *, by: By) -> ServerAnswer:
    received, refusals = _take(tenant, reply.licences, by=by)
    is_answer = reply.status != Status.UNKNOWN_ERROR
    said = dict.fromkeys(issues, Said(Status.OK) if is_answer else Said(reply.status, reply.message))
    # What has been activated is seen from what came in, not from what the server says.
    status = Status.OK if reply.status == Status.ACTIVATED else reply.status
    said[VENDOR] = Said(status, reply.message, reply.url)
    for code in received:
        said[code] = replace(said.get(code, Said(Status.OK)), status=Status.ACTIVATED)
    if is_answer:
        pending = LicenceSet.objects.pending().filter(tenant=tenant).values_list("owner__code", flat=True)
        for code in pending:
            said[code] = replace(said.get(code, Said(Status.OK)), status=Status.NEW_LICENCE)
    if refusals:
        said[VENDOR] = Said(Status.PROBLEM, refusals[0])
    return _write(tenant, said)


def _take(tenant: Tenant, files: Iterable[str], *, by: By) -> tuple[list[str], list[str]]:
    """The owners, by code, of the sets that came in, and why others were refused. What is here already is no news."""
    received, refusals = [], []
    for file in files:
        try:
            came = load_licence_file(tenant, file.encode(), by=by, origin=LicenceSet.Origin.FETCHED)
            received.append(came.owner.code)
        except IssueIsOld:
            continue
        except SetRefused as refusal:
            refusals.append(str(refusal)[:MAX_MESSAGE])
    return received, refusals


def _write(tenant: Tenant, said: Mapping[str, Said]) -> ServerAnswer:
    """Keep what was said of each owner, the vendor's last: that one is returned."""
    now, owners = timezone.now(), LicenceOwner.objects.filter(code__in=said).order_by("is_vendor", "pk")
    for owner in owners:
        of_owner = said[owner.code]
        kept, _is_new = ServerAnswer.objects.update_or_create(
            tenant=tenant,
            owner=owner,
            defaults={"status": of_owner.status, "message": of_owner.message, "url": of_owner.url, "asked_at": now},
        )
    log.info("licence_server_asked", tenant_id=tenant.pk, status=str(kept.status))
    return kept
