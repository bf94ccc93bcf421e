"""What catalogues say of a theme's datasets besides what the code knows of them."""

from dataclasses import dataclass

from stadspuls.registry.language import LangMap


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Concept:
    """A concept of a vocabulary that catalogues share."""

    iri: str
    names: LangMap


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Cataloguing:
    """What catalogues say of every dataset of a theme."""

    data_theme: Concept | None = None
    """EU data theme."""
    keywords: tuple[LangMap, ...] = ()
    hvd_categories: tuple[Concept, ...] = ()
    """Categories of high-value datasets; they hold for datasets that are measured."""
    mobility_themes: tuple[Concept, ...] = ()
    """Themes of mobilityDCAT-AP."""
