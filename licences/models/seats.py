"""Who holds which user licence."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey
from config.tenancy.models import TenantOwned
from licences.models.licence_sets import Licence
from licences.models.users import User


class SeatQuerySet(models.QuerySet["Seat"]):
    def active(self) -> Self:
        return self.filter(released_at__isnull=True)


class Seat(TenantOwned):
    """One user holds one of a licence, from `assigned_at` until `released_at` (None: still). On CRM Suite the seat is
    what *can log in* switches on and off."""

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="seats", db_constraint=False, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="seats", db_constraint=False, db_index=False)
    assigned_at = models.DateTimeField(_("assigned"))
    released_at = models.DateTimeField(_("released"), null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            *TenantOwned.Meta.constraints,
            TenantForeignKey(name="seat_licence_of_tenant", field="licence"),
            TenantForeignKey(name="seat_user_of_tenant", field="user"),
            models.UniqueConstraint(
                fields=["tenant", "licence", "user"],
                condition=Q(released_at__isnull=True),
                name="seat_one_per_user_and_licence",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_at__gte=models.F("assigned_at")),
                name="seat_released_after_assigned",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "user"], name="seat_by_user"),
            models.Index(fields=["tenant", "licence"], name="seat_by_licence"),
            models.Index(fields=["tenant", "assigned_at"], name="seat_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.licence}"
