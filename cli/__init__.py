"""The `stadspuls` command, and the supervisor that runs the whole platform on one machine.

In: command lines, settings, signals. Out: running processes, answers in the terminal, exit codes.
It may import every other folder, and does so inside the commands; nothing imports it.
"""
