"""The application and the published log of the pages' tests."""

from tests.apis.pages.conftest import always_look, log, registry, settings

__all__ = ["always_look", "log", "registry", "settings"]
