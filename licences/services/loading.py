"""A signed licence file comes in: read by the rules of licences/licence_file.py, compared with the tenant, received."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from joserfc.jwk import OKPKey

from licences.licence_file import FileRefused, LicenceFile, read_licence_file
from licences.models import LicenceOwner, LicenceSet, LicenceType, PlanInclusion, SuitePlan, Tenant
from licences.services.history import By
from licences.services.licence_sets import Issue, LicenceDates, LicenceLine, SetRefused, receive_set
from licences.signing import derived_key, public_key

log = structlog.get_logger(__name__)


class FileNotTaken(SetRefused):
    """The file itself is no good: altered, expired, not signed by who may. `__cause__` says which."""


class NoVendorKey(SetRefused):
    """This console has not been told the vendor's key, so nobody's signature can be believed."""


class OtherTenant(SetRefused):
    """The file is for another serial number or company name."""


class UnknownToThisVersion(SetRefused):
    """The file names an owner, a licence or a plan that this version's catalogue does not have."""


class NumbersDoNotAddUp(SetRefused):
    """The number of a feature is not the sum of the seats of the plans that contain it."""


def load_licence_file(
    tenant: Tenant, content: bytes, *, by: By, origin: LicenceSet.Origin = LicenceSet.Origin.FILE
) -> LicenceSet:
    """Take the set in a signed file in. Raises SetRefused with the reason to read, and then nothing has changed."""
    try:
        received = receive_set(tenant, _issue_in(content, tenant), by=by, origin=origin)
    except SetRefused as refusal:
        what = refusal.__cause__ or refusal
        log.info("licence_file_refused", tenant_id=tenant.pk, origin=str(origin), refusal=type(what).__name__)
        raise
    log.info("licence_file_loaded", tenant_id=tenant.pk, origin=str(origin), licence_set_id=received.pk)
    return received


def vendor_key() -> OKPKey:
    """The public key that everything hangs on; raises NoVendorKey. In development it is the demo's."""
    if settings.LICENCE_VENDOR_KEY:
        return public_key(settings.LICENCE_VENDOR_KEY)
    if settings.LICENCE_DEMO_KEY:
        return demo_key(settings.LICENCE_DEMO_KEY)
    raise NoVendorKey(_("This console does not know the vendor's key yet. Whoever runs it can set it."))


@cache
def demo_key(secret: str) -> OKPKey:
    """The private key that stands for the vendor's in development."""
    return derived_key(secret)


def _issue_in(content: bytes, tenant: Tenant) -> Issue:
    try:
        contents = read_licence_file(content, vendor_key=vendor_key(), now=timezone.now())
    except FileRefused as refusal:
        raise FileNotTaken(str(refusal)) from refusal
    _check_tenant(contents, tenant)
    owner = LicenceOwner.objects.filter(code=contents.owner).first()
    if owner is None:
        raise UnknownToThisVersion(_("This console does not know the owner “%s”.") % contents.owner)
    lines = _lines(contents, owner)
    _check_numbers(lines)
    return Issue(
        owner,
        contents.issue_number,
        lines,
        version=contents.version,
        dates=LicenceDates(
            warn_from_on=contents.warn_from_on,
            expires_on=contents.expires_on,
            grace_until_on=contents.grace_until_on,
            maintenance_until_on=contents.maintenance_until_on,
        ),
        suite_plan=_plan(contents.suite_plan),
    )


def _check_tenant(contents: LicenceFile, tenant: Tenant) -> None:
    if contents.serial_number != tenant.serial_number:
        raise OtherTenant(_("This licence file is for another serial number: %s.") % contents.serial_number)
    names = (unicodedata.normalize("NFC", name) for name in (contents.company_name, tenant.company_name))
    if len(set(names)) > 1:
        raise OtherTenant(_("This licence file is for another company: %s.") % contents.company_name)


def _lines(contents: LicenceFile, owner: LicenceOwner) -> list[LicenceLine]:
    types = {kind.code: kind for kind in LicenceType.objects.filter(owner=owner)}
    if unknown := sorted(licence.code for licence in contents.licences if licence.code not in types):
        raise UnknownToThisVersion(_("This version of the console does not know: %s.") % ", ".join(unknown[:5]))
    return [
        LicenceLine(types[licence.code], licence.total, licence.name, licence.tier) for licence in contents.licences
    ]


def _plan(code: str | None) -> SuitePlan | None:
    if code is None:
        return None
    plan = SuitePlan.objects.filter(code=code).first()
    if plan is None:
        raise UnknownToThisVersion(_("This version of the console does not know the plan “%s”.") % code)
    return plan


def _check_numbers(lines: Sequence[LicenceLine]) -> None:
    """The rule behind every set of the vendor's, see licences/plan_features.py."""
    plans = {line.type.pk: line for line in lines if line.type.role == LicenceType.Role.PLAN}
    inclusions = list(PlanInclusion.objects.filter(plan__in=list(plans)))
    contained: Counter[int] = Counter()
    for inclusion in inclusions:
        if inclusion.tier == plans[inclusion.plan_id].tier:
            contained[inclusion.feature_id] += plans[inclusion.plan_id].total
    totals = {line.type.pk: line.total for line in lines}
    has_no_tier = any(plans[inclusion.plan_id].tier is None for inclusion in inclusions)
    if has_no_tier or any(totals.get(feature) != seats for feature, seats in contained.items()):
        raise NumbersDoNotAddUp(_("The numbers in this licence file do not add up: ask its owner for a new one."))
