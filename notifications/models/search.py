"""What can be found, as it was last written: kept current by triggers, read by the search (docs/adr/0013)."""

from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from config.tenancy.constraints import TenantPolicy
from config.tenancy.models import TenantOwned


class SearchDocument(TenantOwned):
    """One thing that can be found: `subject` is its id among those of its kind (notifications/search_kinds.py).

    `language` names the configuration of PostgreSQL whose stems are in `vector`. Words of the title weigh A and their
    stems B, words of the text C and their stems D.
    """

    kind = models.CharField(_("kind"), max_length=20)
    subject = models.BigIntegerField(_("subject"))
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("text"), blank=True)
    admins_only = models.BooleanField(_("for administrators only"), default=True)
    language = models.CharField(_("language"), max_length=20, default="simple")
    vector = SearchVectorField(_("words"))

    class Meta:
        verbose_name = _("search document")
        verbose_name_plural = _("search documents")
        constraints = [
            *TenantOwned.Meta.constraints,
            models.UniqueConstraint(fields=["tenant", "kind", "subject"], name="searchdocument_once"),
        ]

    def __str__(self) -> str:
        return self.title


class SearchWord(models.Model):
    """A word of a document, folded; made from its vector by a trigger, in the order in which the search reads.

    Row-level security keeps PostgreSQL from asking a GIN index for a word; comparing text in a B-tree it allows.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kind", "in_body", "word", "subject")
    tenant_id = models.BigIntegerField()
    kind = models.CharField(_("kind"), max_length=20)
    in_body = models.BooleanField(_("not in the title"))
    word = models.TextField(_("word"), db_collation="C")
    subject = models.BigIntegerField(_("subject"))

    class Meta:
        verbose_name = _("search word")
        verbose_name_plural = _("search words")
        constraints = [TenantPolicy(name="searchword_tenant_policy", rights="SELECT, INSERT, DELETE")]

    def __str__(self) -> str:
        return self.word
