"""One factory per kind of thing. Row-level security binds tests too, so each makes its row as somebody who may.

A tenant's things are made in the tenant's own scope, tenants and support staff in support's, the catalogue as the owner
of the schema. Whatever is made for a tenant's thing (`SeatFactory(user=…)`) belongs to the same tenant.
"""

from tests.factories.catalogue import (
    AddOnFactory,
    CatalogueFactory,
    LicenceOwnerFactory,
    LicenceTypeFactory,
    MeteredServiceFactory,
    PlanInclusionFactory,
    PlanLimitFactory,
    RestrictionTypeFactory,
    SuitePlanFactory,
)
from tests.factories.history import HistoryEntryFactory, HistoryHeadFactory
from tests.factories.imports import ImportBatchFactory, ImportFactory, ImportMappingFactory, ImportPieceFactory
from tests.factories.licence_sets import (
    CounterDifferenceFactory,
    LicenceDateReachedFactory,
    LicenceFactory,
    LicenceSetFactory,
    RestrictionFactory,
    SeatFactory,
    ServerAnswerFactory,
)
from tests.factories.mail import OutboxEntryFactory
from tests.factories.notices import NoticeFactory, PlatformNoticeFactory
from tests.factories.requests import (
    CustomerRequestFactory,
    RequestEventFactory,
    RequestFileFactory,
    SupportContactFactory,
)
from tests.factories.restrictions import (
    ApiAnswerFactory,
    LimitCrossingFactory,
    LimitMovementFactory,
    LimitOverrideFactory,
    LimitReservationFactory,
    RestrictionDayFactory,
)
from tests.factories.scopes import as_owner, behind_the_policies, scope_of
from tests.factories.search import SearchDocumentFactory, SearchWordFactory
from tests.factories.service_level import (
    BusinessCalendarFactory,
    CalendarDayFactory,
    DeadlineFactFactory,
    ServiceClockFactory,
    ServicePolicyFactory,
    ServiceTargetFactory,
    SupportBudgetFactory,
    SupportTimeFactory,
    desk_policy,
)
from tests.factories.system_events import EventChangeFactory, JobFactory, OccurrenceFactory, SystemEventFactory
from tests.factories.tenants import LONG_AGO, SupportVisitFactory, TenantFactory, TenantOwnedFactory
from tests.factories.users import (
    PASSWORD,
    ApiTokenFactory,
    DayOfUseFactory,
    HoldFactory,
    LoginHoldFactory,
    UserFactory,
    UserGroupFactory,
)

__all__ = [
    "LONG_AGO",
    "PASSWORD",
    "AddOnFactory",
    "ApiAnswerFactory",
    "ApiTokenFactory",
    "BusinessCalendarFactory",
    "CalendarDayFactory",
    "CatalogueFactory",
    "CounterDifferenceFactory",
    "CustomerRequestFactory",
    "DayOfUseFactory",
    "DeadlineFactFactory",
    "EventChangeFactory",
    "HistoryEntryFactory",
    "HistoryHeadFactory",
    "HoldFactory",
    "ImportBatchFactory",
    "ImportFactory",
    "ImportMappingFactory",
    "ImportPieceFactory",
    "JobFactory",
    "LicenceDateReachedFactory",
    "LicenceFactory",
    "LicenceOwnerFactory",
    "LicenceSetFactory",
    "LicenceTypeFactory",
    "LimitCrossingFactory",
    "LimitMovementFactory",
    "LimitOverrideFactory",
    "LimitReservationFactory",
    "LoginHoldFactory",
    "MeteredServiceFactory",
    "NoticeFactory",
    "OccurrenceFactory",
    "OutboxEntryFactory",
    "PlanInclusionFactory",
    "PlanLimitFactory",
    "PlatformNoticeFactory",
    "RequestEventFactory",
    "RequestFileFactory",
    "RestrictionDayFactory",
    "RestrictionFactory",
    "RestrictionTypeFactory",
    "SearchDocumentFactory",
    "SearchWordFactory",
    "SeatFactory",
    "ServerAnswerFactory",
    "ServiceClockFactory",
    "ServicePolicyFactory",
    "ServiceTargetFactory",
    "SuitePlanFactory",
    "SupportBudgetFactory",
    "SupportContactFactory",
    "SupportTimeFactory",
    "SupportVisitFactory",
    "SystemEventFactory",
    "TenantFactory",
    "TenantOwnedFactory",
    "UserFactory",
    "UserGroupFactory",
    "as_owner",
    "behind_the_policies",
    "desk_policy",
    "scope_of",
]
