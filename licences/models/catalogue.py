"""The vendor's price list, the same for every tenant: loaded from licences/catalogue/ by `load_catalogue`."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class LicenceOwner(models.Model):
    """Who issues a licence: the vendor, or a third party whose add-on is installed. Each has its own tab."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    is_vendor = models.BooleanField(_("is the vendor"), default=False)
    shop_url = models.URLField(_("shop"), blank=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        ordering = ["-is_vendor", "name"]
        verbose_name = _("licence owner")
        verbose_name_plural = _("licence owners")
        constraints = [
            models.UniqueConstraint("is_vendor", condition=Q(is_vendor=True), name="licenceowner_one_vendor"),
        ]

    def __str__(self) -> str:
        return self.name

    def full_code(self, code: str) -> str:
        """How addresses, forms and the API write the code of one of the owner's licences: a third party's begins with
        its owner's, because each owner has codes of its own."""
        return code if self.is_vendor else f"{self.code}.{code}"


class LicenceType(models.Model):
    """One thing that can be licensed. Code asks for features, never for plans."""

    class Kind(models.TextChoices):
        SYSTEM = "system", _("System licence")
        SITE = "site", _("Site licence")
        USER = "user", _("User licence")

    class Role(models.TextChoices):
        FEATURE = "feature", _("Feature")
        PLAN = "plan", _("Plan")
        TIER_MARKER = "tier_marker", _("Tier marker")

    owner = models.ForeignKey(LicenceOwner, models.PROTECT, related_name="types", verbose_name=_("owner"))
    code = models.SlugField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.FEATURE)
    tooltip = models.CharField(_("in short"), max_length=300)
    enables = models.TextField(_("what it enables"))
    sort_order = models.PositiveIntegerField(_("sort order"))
    hidden = models.BooleanField(_("hidden"), default=False)
    unrestricted = models.BooleanField(_("unrestricted"), default=False)
    prerequisite = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("needs")
    )
    features = models.ManyToManyField(
        "self", through="PlanInclusion", symmetrical=False, related_name="plans", verbose_name=_("features")
    )

    class Meta:
        ordering = ["owner", "sort_order"]
        verbose_name = _("licence type")
        verbose_name_plural = _("licence types")
        constraints = [
            models.UniqueConstraint(fields=["owner", "code"], name="licencetype_code_once_per_owner"),
            models.UniqueConstraint(fields=["owner", "sort_order"], name="licencetype_sort_order_once_per_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class PlanInclusion(models.Model):
    """A plan at a tier (1 Essentials, 2 Premium) brings a hidden feature licence with it."""

    plan = models.ForeignKey(LicenceType, models.CASCADE, related_name="inclusions")
    tier = models.PositiveSmallIntegerField(_("tier"))
    feature = models.ForeignKey(LicenceType, models.CASCADE, related_name="included_in")

    class Meta:
        verbose_name = _("plan inclusion")
        verbose_name_plural = _("plan inclusions")
        constraints = [
            models.UniqueConstraint(fields=["plan", "tier", "feature"], name="planinclusion_feature_once"),
            models.CheckConstraint(condition=Q(tier__in=[1, 2]), name="planinclusion_tier_is_1_or_2"),
            models.CheckConstraint(condition=~Q(plan=F("feature")), name="planinclusion_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.plan}, tier {self.tier}: {self.feature}"


class AddOn(models.Model):
    """A subscription for the whole tenant, beside the plans; it brings licences."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"))
    brings = models.ManyToManyField(LicenceType, related_name="add_ons", verbose_name=_("brings"))

    class Meta:
        ordering = ["name"]
        verbose_name = _("add-on")
        verbose_name_plural = _("add-ons")

    def __str__(self) -> str:
        return self.name


class SuitePlan(models.Model):
    """One of the CRM Suite plans. A tenant has one for everybody; a higher rank has all that a lower one has."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)
    description = models.TextField(_("description"))
    system_licence = models.ForeignKey(LicenceType, models.PROTECT, related_name="+")
    seat_licence = models.ForeignKey(LicenceType, models.PROTECT, related_name="+")
    brings = models.ManyToManyField(LicenceType, related_name="suite_plans", verbose_name=_("brings"))

    class Meta:
        ordering = ["rank"]
        verbose_name = _("CRM Suite plan")
        verbose_name_plural = _("CRM Suite plans")

    def __str__(self) -> str:
        return self.name


class RestrictionType(models.Model):
    """Something that a plan may limit, and exactly what is counted."""

    code = models.SlugField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=100)
    unit_singular = models.CharField(_("unit, one"), max_length=100)
    unit_plural = models.CharField(_("unit, many"), max_length=100)
    counts = models.TextField(_("what is counted"))
    free_capacity = models.TextField(_("how to free capacity"))
    sort_order = models.PositiveSmallIntegerField(_("sort order"), unique=True)

    class Meta:
        ordering = ["sort_order"]
        verbose_name = _("restriction type")
        verbose_name_plural = _("restriction types")

    def __str__(self) -> str:
        return self.name


class PlanLimit(models.Model):
    """How many a plan allows. No limit is None; 0 means that it is not in the plan."""

    suite_plan = models.ForeignKey(SuitePlan, models.CASCADE, related_name="limits")
    restriction = models.ForeignKey(RestrictionType, models.CASCADE, related_name="limits")
    limit = models.PositiveIntegerField(_("limit"), null=True, blank=True)

    class Meta:
        verbose_name = _("plan limit")
        verbose_name_plural = _("plan limits")
        constraints = [
            models.UniqueConstraint(fields=["suite_plan", "restriction"], name="planlimit_once_per_plan"),
        ]

    def __str__(self) -> str:
        return f"{self.suite_plan}: {self.restriction}"
