"""The commands of `stadspuls`, one module for each group.

In: flags and arguments. Out: what the command says, and calls into the folder that does the work.
A command imports that folder when it runs, so that every process loads only its own part.
"""
