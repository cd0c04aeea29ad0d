"""The database itself refuses every row that a constraint of a model says may never be."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, models

from config.tenancy.constraints import TenantForeignKey, TenantValue
from licences.models import LicenceSet, Tenant
from notifications.models import SystemEvent
from tests import factories
from tests.factories import LONG_AGO
from tests.refused_metering import METERING
from tests.refused_requests import REQUESTS
from tests.refused_rows import of_another_tenant, twice

pytestmark = pytest.mark.django_db

REFUSING = (models.CheckConstraint, models.UniqueConstraint, TenantForeignKey, TenantValue)
OURS = ("licences", "metering", "notifications")
TODAY = LONG_AGO.date()
DAY = timedelta(days=1)


def a_second_active_set() -> object:
    first = factories.LicenceSetFactory()
    with factories.scope_of(first):
        return LicenceSet.objects.create(tenant=first.tenant, owner=first.owner, activated_at=LONG_AGO)


def a_second_pending_set() -> object:
    first = factories.LicenceSetFactory(state=LicenceSet.State.PENDING, activated_at=None)
    with factories.scope_of(first):
        return LicenceSet.objects.create(tenant=first.tenant, owner=first.owner, state="pending", issue_number=99)


def a_plan_in_itself() -> object:
    plan = factories.LicenceTypeFactory(plan=True)
    return factories.PlanInclusionFactory(plan=plan, feature=plan)


REFUSED: dict[str, dict[str, Callable[[], object]]] = (
    REQUESTS
    | METERING
    | {
        "licenceowner_one_vendor": {
            "two vendors": lambda: [
                factories.LicenceOwnerFactory(vendor=True),
                factories.LicenceOwnerFactory(is_vendor=True),
            ],
        },
        "licencetype_code_once_per_owner": {"again": twice(factories.LicenceTypeFactory, "owner", "code")},
        "licencetype_sort_order_once_per_owner": {"again": twice(factories.LicenceTypeFactory, "owner", "sort_order")},
        "planinclusion_feature_once": {"again": twice(factories.PlanInclusionFactory, "plan", "tier", "feature")},
        "planinclusion_tier_is_1_or_2": {
            "0": lambda: factories.PlanInclusionFactory(tier=0),
            "3": lambda: factories.PlanInclusionFactory(tier=3),
        },
        "planinclusion_not_itself": {"itself": a_plan_in_itself},
        "planlimit_once_per_plan": {"again": twice(factories.PlanLimitFactory, "suite_plan", "restriction")},
        "licenceset_one_active_per_owner": {"a second": a_second_active_set},
        "licenceset_warning_expiry_grace_in_order": {
            "warning after expiry": lambda: dated(warn_from_on=TODAY + DAY),
            "grace before expiry": lambda: dated(grace_until_on=TODAY - DAY),
            "no warning": lambda: dated(warn_from_on=None),
            "no expiry": lambda: dated(expires_on=None),
            "no grace": lambda: dated(grace_until_on=None),
            "only a warning": lambda: dated(expires_on=None, grace_until_on=None),
            "only an expiry": lambda: dated(warn_from_on=None, grace_until_on=None),
            "only grace": lambda: dated(warn_from_on=None, expires_on=None),
        },
        "licenceset_one_pending_per_owner": {"a second": a_second_pending_set},
        "licenceset_issue_number_once": {
            "again": lambda: [
                factories.LicenceSetFactory(tenant=tenant, state=state, issue_number=7)
                for tenant in [factories.TenantFactory()]
                for state in (LicenceSet.State.ACTIVE, LicenceSet.State.SUPERSEDED)
            ]
        },
        "licenceset_activated_unless_it_waits": {
            "active, never activated": lambda: factories.LicenceSetFactory(activated_at=None),
            "superseded, never activated": lambda: factories.LicenceSetFactory(state="superseded", activated_at=None),
            "removed, never activated": lambda: factories.LicenceSetFactory(state="removed", activated_at=None),
            "pending, activated": lambda: factories.LicenceSetFactory(state="pending"),
            "discarded, activated": lambda: factories.LicenceSetFactory(state="discarded"),
            "some other state": lambda: factories.LicenceSetFactory(state="lost"),
        },
        "licence_set_of_tenant": {
            "another tenant's": of_another_tenant(factories.LicenceFactory, licence_set=factories.LicenceSetFactory)
        },
        "licence_type_once_per_set": {"again": twice(factories.LicenceFactory, "tenant", "licence_set", "type")},
        "licence_total_at_least_one": {"none": lambda: factories.LicenceFactory(total=0)},
        "licence_in_use_within_total": {"one more": lambda: factories.LicenceFactory(total=10, in_use=11)},
        "restriction_once_per_tenant": {"again": twice(factories.RestrictionFactory, "tenant", "type")},
        "restriction_used_within_limit": {
            "more than the limit": lambda: factories.RestrictionFactory(limit=3, used=4, carried=0),
            "more than was carried": lambda: factories.RestrictionFactory(limit=3, used=5, carried=4),
            "any of what the plan has not": lambda: factories.RestrictionFactory(limit=0, used=1, carried=0),
        },
        "limitoverride_restriction_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LimitOverrideFactory, restriction=factories.RestrictionFactory
            )
        },
        "limitoverride_ends_after_it_starts": {
            "before": lambda: factories.LimitOverrideFactory(ends_at=LONG_AGO - DAY),
        },
        "limitoverride_has_a_reason": {"none": lambda: factories.LimitOverrideFactory(reason="")},
        "limitreservation_restriction_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LimitReservationFactory, restriction=factories.RestrictionFactory
            )
        },
        "limitreservation_of_something": {"of nothing": lambda: factories.LimitReservationFactory(quantity=0)},
        "limitreservation_ended_exactly_unless_held": {
            "held, ended": lambda: factories.LimitReservationFactory(ended_at=LONG_AGO),
            "confirmed, never ended": lambda: factories.LimitReservationFactory(state="confirmed"),
        },
        "limitmovement_restriction_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LimitMovementFactory, restriction=factories.RestrictionFactory
            )
        },
        "limitmovement_reservation_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LimitMovementFactory, reservation=factories.LimitReservationFactory
            )
        },
        "limitmovement_goes_its_way": {
            "nothing": lambda: factories.LimitMovementFactory(quantity=0),
            "used, and fewer": lambda: factories.LimitMovementFactory(kind="consumed", quantity=-1),
            "given back, and more": lambda: factories.LimitMovementFactory(kind="released", quantity=1),
            "expired, and more": lambda: factories.LimitMovementFactory(kind="expired", quantity=1),
            "some other kind": lambda: factories.LimitMovementFactory(kind="lost"),
        },
        "limitmovement_gives_back_once": {
            "again": lambda: [
                factories.LimitMovementFactory(
                    tenant=held.tenant, restriction=held.restriction, reservation=held, kind=kind, quantity=-1
                )
                for held in [factories.LimitReservationFactory()]
                for kind in ("expired", "cancelled")
            ]
        },
        "limitcrossing_restriction_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LimitCrossingFactory, restriction=factories.RestrictionFactory
            )
        },
        "limitcrossing_at_85_or_100": {"at 90": lambda: factories.LimitCrossingFactory(threshold=90)},
        "restrictionday_restriction_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.RestrictionDayFactory, restriction=factories.RestrictionFactory
            )
        },
        "restrictionday_once": {"again": twice(factories.RestrictionDayFactory, "tenant", "restriction", "day")},
        "apianswer_once": {"again": twice(factories.ApiAnswerFactory, "tenant", "source", "route", "key")},
        "tenant_serial_number_is_ten_digits": {
            "nine": lambda: factories.TenantFactory(serial_number="123456789"),
            "a letter": lambda: factories.TenantFactory(serial_number="12345678X0"),
            "a line break": lambda: factories.TenantFactory(serial_number="123456789\n"),
        },
        "tenant_plan_exactly_on_suite": {
            "suite without a plan": lambda: factories.TenantFactory(suite=True, suite_plan=None),
            "modules with a plan": lambda: factories.TenantFactory(suite_plan=factories.SuitePlanFactory()),
            "some other subscription": lambda: factories.TenantFactory(subscription="free"),
        },
        "usergroup_name_once_per_tenant": {"again": twice(factories.UserGroupFactory, "tenant", "name")},
        "user_primary_group_of_tenant": {
            "another tenant's": lambda: factories.UserFactory(
                tenant=factories.TenantFactory(), primary_group=factories.UserGroupFactory()
            )
        },
        "user_login_id_lower_case": {"upper case": lambda: factories.UserFactory(login_id="Ask")},
        "user_support_has_no_tenant": {
            "support of a tenant": lambda: factories.UserFactory(support=True, tenant=factories.TenantFactory()),
            "a member of none": lambda: factories.UserFactory(support=True, role="member"),
        },
        "user_who_left_cannot_log_in": {
            "left, lets in": lambda: factories.UserFactory(left_at=LONG_AGO),
        },
        "seat_licence_of_tenant": {
            "another tenant's": of_another_tenant(factories.SeatFactory, licence=factories.LicenceFactory)
        },
        "seat_user_of_tenant": {
            "another tenant's": of_another_tenant(factories.SeatFactory, user=factories.UserFactory)
        },
        "seat_one_per_user_and_licence": {"again": twice(factories.SeatFactory, "tenant", "licence", "user")},
        "seat_released_after_assigned": {
            "a second before": lambda: factories.SeatFactory(released_at=LONG_AGO - timedelta(seconds=1))
        },
        "supportvisit_has_a_reason": {
            "nothing": lambda: factories.SupportVisitFactory(reason=""),
            "blanks": lambda: factories.SupportVisitFactory(reason=" \t "),
        },
        "serveranswer_last_one_per_owner": {"again": twice(factories.ServerAnswerFactory, "tenant", "owner")},
        "historyhead_once_per_tenant": {"again": twice(factories.HistoryHeadFactory, "tenant")},
        "historyentry_number_once": {"again": twice(factories.HistoryEntryFactory, "tenant", "number")},
        "historyentry_by_of_tenant": {
            "another tenant's": of_another_tenant(factories.HistoryEntryFactory, by=factories.UserFactory)
        },
        "historyentry_user_of_tenant": {
            "another tenant's": of_another_tenant(factories.HistoryEntryFactory, user=factories.UserFactory)
        },
        "historyentry_licence_of_tenant": {
            "another tenant's": of_another_tenant(factories.HistoryEntryFactory, licence=factories.LicenceFactory)
        },
        "apitoken_made_by_of_tenant": {
            "another tenant's": of_another_tenant(factories.ApiTokenFactory, made_by=factories.UserFactory)
        },
        "apitoken_has_a_scope": {"none": lambda: factories.ApiTokenFactory(scopes=[])},
        "apitoken_has_a_source": {
            "nothing": lambda: factories.ApiTokenFactory(source=""),
            "blanks": lambda: factories.ApiTokenFactory(source=" \t "),
        },
        "dayofuse_once": {"again": twice(factories.DayOfUseFactory, "tenant", "user", "used_on")},
        "dayofuse_user_of_tenant": {
            "another tenant's": of_another_tenant(factories.DayOfUseFactory, user=factories.UserFactory)
        },
        "hold_key_once": {"again": twice(factories.HoldFactory, "tenant", "user", "source", "key")},
        "hold_user_of_tenant": {
            "another tenant's": of_another_tenant(factories.HoldFactory, user=factories.UserFactory)
        },
        "hold_has_a_reason": {
            "nothing": lambda: factories.HoldFactory(reason=""),
            "blanks": lambda: factories.HoldFactory(reason=" \t "),
        },
        "loginhold_key_once": {"again": twice(factories.LoginHoldFactory, "tenant", "key")},
        "loginhold_names_whom": {
            "everybody, and somebody": lambda: factories.LoginHoldFactory(owner="Sales"),
            "no group": lambda: factories.LoginHoldFactory(scope="group"),
            "no user": lambda: factories.LoginHoldFactory(scope="user"),
        },
        "platformnotice_has_a_text": {
            "nothing": lambda: factories.PlatformNoticeFactory(text=""),
            "blanks": lambda: factories.PlatformNoticeFactory(text=" \t "),
        },
        "licencedatereached_once": {
            "again": twice(factories.LicenceDateReachedFactory, "tenant", "licence_set", "milestone")
        },
        "licencedatereached_set_of_tenant": {
            "another tenant's": of_another_tenant(
                factories.LicenceDateReachedFactory, licence_set=factories.LicenceSetFactory
            )
        },
        "systemevent_activated_by_of_tenant": {
            "another tenant's": of_another_tenant(factories.SystemEventFactory, activated_by=factories.UserFactory)
        },
        "systemevent_run_once": {
            "again": lambda: [
                factories.SystemEventFactory(ended=True, tenant=tenant, key="Recount", run="1")
                for tenant in [factories.TenantFactory()] * 2
            ]
        },
        "systemevent_one_active": {
            "queued and running": lambda: [
                factories.SystemEventFactory(tenant=tenant, key="Recount", run=status, status=status, source=status)
                for tenant in [factories.TenantFactory()]
                for status in ("queued", "running")
            ]
        },
        "systemevent_percent_up_to_100": {"101": lambda: factories.SystemEventFactory(percent=101)},
        "systemevent_done_within_total": {"one more": lambda: factories.SystemEventFactory(done=11, total=10)},
        "systemevent_finished_exactly_when_ended": {
            "running, finished": lambda: factories.SystemEventFactory(finished_at=LONG_AGO),
            "failed, not finished": lambda: factories.SystemEventFactory(status=SystemEvent.Status.FAILED),
        },
        "job_event_of_tenant": {
            "another tenant's": lambda: factories.JobFactory(
                tenant=factories.TenantFactory(), event=factories.SystemEventFactory()
            )
        },
        "import_event_of_tenant": {
            "another tenant's": of_another_tenant(factories.ImportFactory, event=factories.SystemEventFactory)
        },
        "import_created_by_of_tenant": {
            "another tenant's": of_another_tenant(factories.ImportFactory, created_by=factories.UserFactory)
        },
        "importpiece_import_of_tenant": {
            "another tenant's": of_another_tenant(factories.ImportPieceFactory, of_import=factories.ImportFactory)
        },
        "importpiece_once": {"again": twice(factories.ImportPieceFactory, "tenant", "of_import", "number")},
        "importbatch_import_of_tenant": {
            "another tenant's": of_another_tenant(factories.ImportBatchFactory, of_import=factories.ImportFactory)
        },
        "importbatch_once": {"again": twice(factories.ImportBatchFactory, "tenant", "of_import", "number")},
        "importmapping_once": {"again": twice(factories.ImportMappingFactory, "tenant", "kind", "headings")},
        "occurrence_once": {"again": twice(factories.OccurrenceFactory, "tenant", "name", "due_on")},
        "eventchange_event_of_tenant": {
            "another tenant's": of_another_tenant(factories.EventChangeFactory, event=factories.SystemEventFactory)
        },
        "eventchange_by_of_tenant": {
            "another tenant's": of_another_tenant(factories.EventChangeFactory, by=factories.UserFactory)
        },
        "job_once_per_event": {"again": twice(factories.JobFactory, "tenant", "event")},
        "searchdocument_once": {"again": twice(factories.SearchDocumentFactory, "tenant", "kind", "subject")},
        "outboxentry_told_once": {
            "again": twice(factories.OutboxEntryFactory, "tenant", "kind", "about", "recipient", about="licence-date:1")
        },
        "outboxentry_closed_exactly_when_ended": {
            "open, closed": lambda: factories.OutboxEntryFactory(closed_at=LONG_AGO),
            "delivered, never closed": lambda: factories.OutboxEntryFactory(state="delivered"),
        },
    }
)


def dated(**dates: object) -> LicenceSet:
    return factories.LicenceSetFactory(
        **{"warn_from_on": TODAY, "expires_on": TODAY, "grace_until_on": TODAY, "tenant": factories.TenantFactory()}
        | dates
    )


def constraints() -> Iterator[str]:
    """Those that refuse a row: not the policies, and not the keys with an id, which foreign keys lean on."""
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        for constraint in model._meta.constraints:
            if isinstance(constraint, REFUSING) and "id" not in getattr(constraint, "fields", ()):
                yield constraint.name


@pytest.mark.parametrize(("name", "case"), [(name, case) for name, cases in REFUSED.items() for case in cases])
def test_the_database_refuses(name: str, case: str) -> None:
    with pytest.raises(IntegrityError, match=name):
        REFUSED[name][case]()


def test_each_constraint_has_a_row_that_it_refuses() -> None:
    assert set(REFUSED) == set(constraints())


def test_dates_of_a_set_that_follow_one_another_are_accepted() -> None:
    assert dated(warn_from_on=TODAY - DAY, grace_until_on=TODAY + DAY).pk
    assert dated(warn_from_on=None, expires_on=None, grace_until_on=None).pk
    assert Tenant.objects.count() == 0, "without a tenant the test itself sees nothing"
