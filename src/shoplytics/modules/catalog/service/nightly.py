"""All that is about nightly imports, for routes and tasks."""

from dataclasses import dataclass

from shoplytics.modules.catalog.service.intake import Intake
from shoplytics.modules.catalog.service.notices import ImportNotices
from shoplytics.modules.catalog.service.sources import ImportSources


@dataclass(frozen=True, kw_only=True)
class NightlyImports:
    sources: ImportSources
    intake: Intake
    notices: ImportNotices
