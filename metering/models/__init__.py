"""What a tenant did, against what it may."""

from metering.models.services import MeteredService

__all__ = ["MeteredService"]
