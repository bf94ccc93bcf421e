"""City and theme files: without mistakes, and in force as they are."""

from collections.abc import Iterator

from cli.doctor.check import Check, Subject
from cli.doctor.finding import Finding, good, warning, wrong
from stadspuls.errors import RegistryError
from stadspuls.registry import load_registry
from stadspuls.registry.in_force import applied_version, read_in_force
from stadspuls.registry.snapshots import folder_of

_MOST = 10
"""Mistakes that are told; one can be the cause of a hundred."""


def _look_at_files(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    try:
        registry = load_registry(settings.cities_dir, settings.themes_dir)
    except RegistryError as error:
        for mistake in error.mistakes[:_MOST]:
            where, _, seen = mistake.partition(": ")
            yield wrong(seen or mistake, where, "mend the line; `stadspuls registry check` says when all is right")
        if (more := len(error.mistakes) - _MOST) > 0:
            yield wrong(f"{more} more mistakes", str(settings.cities_dir), "see them all", "stadspuls registry check")
        return
    seen = f"{len(registry.cities)} cities, {len(registry.themes)} themes, {len(registry.datasets)} datasets"
    yield good(seen, f"{settings.cities_dir}, {settings.themes_dir}")


def _look_at_what_is_in_force(subject: Subject) -> Iterator[Finding]:
    settings = subject.settings
    folder = folder_of(settings)
    version = applied_version(settings)
    if version is None:
        yield good("nothing is in force yet: the first `stadspuls up` does that", str(folder))
        return
    try:
        in_force = read_in_force(settings)
    except RegistryError as error:
        cure = "put the files in force anew"
        yield wrong(
            f"what is in force cannot be read: {error.mistakes[0]}", str(folder), cure, "stadspuls registry apply"
        )
        return
    files = load_registry(settings.cities_dir, settings.themes_dir)
    if in_force.version == files.version == version:
        yield good(f"the files are in force as they are, version {version}", str(folder))
    elif in_force.version == files.version:
        seen = f"version {version} is said to be in force, and is not there"
        yield wrong(seen, str(folder), "put the files in force anew", "stadspuls registry apply")
    else:
        seen = f"the files have changed since they were put in force (version {version}, now {files.version})"
        yield warning(
            seen,
            str(settings.cities_dir),
            "put them in force; `stadspuls registry diff` says what changes",
            "stadspuls registry apply",
        )


FILES = Check("registry", "city and theme files, without mistakes", _look_at_files)
IN_FORCE = Check(
    "registry-in-force", "the files are in force as they are", _look_at_what_is_in_force, needs=("registry",)
)
