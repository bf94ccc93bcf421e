"""Benchmarks: how fast and how much, on this machine; they print figures and judge nothing.

In: nothing. Out: figures on standard output (`make bench`). For stable numbers: no other load on the machine, two runs,
and comparisons only within one run.
"""
