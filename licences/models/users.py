"""Who may log in: a tenant's users, and support staff, who belong to no tenant."""

from typing import Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantForeignKey, TenantPolicy
from config.tenancy.models import TenantOwned
from licences.models.tenants import Tenant


class UserGroup(TenantOwned):
    """A group of a tenant's users; every user has at most one primary group."""

    name = models.CharField(_("name"), max_length=100)

    class Meta:
        ordering = ["name"]
        verbose_name = _("user group")
        verbose_name_plural = _("user groups")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "id"], name="usergroup_tenant_id"),
            models.UniqueConstraint(fields=["tenant", "name"], name="usergroup_name_once_per_tenant"),
        ]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def of(self, tenant: Tenant) -> Self:
        """The tenant's users. Row-level security says the same; saying it here lets PostgreSQL use the index."""
        return self.filter(tenant=tenant)

    def able_to_log_in(self) -> Self:
        return self.filter(can_log_in=True)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    """Finds a user by login ID, however it was typed."""

    def get_by_natural_key(self, username: str | None) -> "User":
        user: User = self.get(login_id=(username or "").strip().lower())
        return user


class User(AbstractBaseUser):
    """A person who may be let in. The login ID is unique over the whole system: it is how the tenant is found."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("System administrator")
        MEMBER = "member", _("User")
        SUPPORT = "support", _("Support staff")

    tenant = models.ForeignKey(
        Tenant, models.CASCADE, null=True, blank=True, related_name="+", db_index=False, verbose_name=_("tenant")
    )
    login_id = models.CharField(_("user ID"), max_length=100, unique=True)
    full_name = models.CharField(_("full name"), max_length=200)
    email = models.EmailField(_("e-mail"))
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.MEMBER)
    can_log_in = models.BooleanField(_("can log in"), default=True)
    primary_group = models.ForeignKey(
        UserGroup,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("primary group"),
    )
    left_at = models.DateTimeField(_("former employee since"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last use"), null=True, blank=True)
    date_joined = models.DateTimeField(_("added"), default=timezone.now, editable=False)

    USERNAME_FIELD = "login_id"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name", "email"]

    objects = UserManager()

    class Meta:
        ordering = ["full_name", "id"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            TenantPolicy(name="user_tenant_policy", identity="SELECT, UPDATE (password, last_login)"),
            TenantForeignKey(name="user_primary_group_of_tenant", field="primary_group"),
            models.UniqueConstraint(fields=["tenant", "id"], name="user_tenant_id"),
            models.CheckConstraint(
                condition=Q(login_id=Lower("login_id")),
                name="user_login_id_lower_case",
                violation_error_message=_("A user ID is written in lower case."),
            ),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(can_log_in=False),
                name="user_who_left_cannot_log_in",
                violation_error_message=_("A former employee cannot log in."),
            ),
            models.CheckConstraint(
                condition=Q(role="support", tenant__isnull=True, primary_group__isnull=True)
                | (~Q(role="support") & Q(tenant__isnull=False)),
                name="user_support_has_no_tenant",
                violation_error_message=_("Support staff have no tenant; everybody else has one."),
            ),
        ]
        indexes = [
            models.Index(F("tenant"), F("full_name"), F("id"), name="user_by_name"),
            models.Index(Lower("email"), name="user_by_email"),
            models.Index(F("tenant"), F("last_used_at"), name="user_by_last_use"),
            models.Index(fields=["tenant"], condition=Q(role="administrator"), name="user_administrators"),
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.login_id})"

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's is a plain attribute
        """What Django and allauth ask before they let someone in."""
        return self.can_log_in

    @property
    def is_former_employee(self) -> bool:
        """Holds nothing and cannot log in; the history stays."""
        return self.left_at is not None

    @property
    def is_administrator(self) -> bool:
        return self.role == self.Role.ADMINISTRATOR

    @property
    def is_support(self) -> bool:
        return self.role == self.Role.SUPPORT

    @property
    def is_staff(self) -> bool:
        """Django's word for who may enter Django admin."""
        return self.is_support

    @property
    def initials(self) -> str:
        return initials_of(self.full_name, self.login_id)

    def get_full_name(self) -> str:
        return self.full_name

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Support staff may see everything in Django admin; what can be changed there each ModelAdmin says."""
        return self.is_active and self.is_support

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_support


def initials_of(full_name: str, login_id: str) -> str:
    """The portrait of someone who has none: first and last initial."""
    names = full_name.split() or [login_id]
    return (names[0][0] + (names[-1][0] if len(names) > 1 else "")).upper()
