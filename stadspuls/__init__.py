"""The kernel that every part of Stadspuls shares.

In: settings, `cities/` and `themes/`. Out: the model, the registry, the shape of the log, errors, clocks.
It starts nothing and imports no other folder of the project.
"""

__version__ = "0.1.0"
