#!/bin/sh
# Says in one line what is missing before a virtual environment can be made.
python=$1
if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python is missing: install it (Debian: apt-get install python3 python3-venv), or name it: make PYTHON=python3.12 up" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; then
    echo "Stadspuls runs on Python 3.11, 3.12 and 3.13; $python is $("$python" -V 2>&1): name another, for instance make PYTHON=python3.12 up" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is missing: install it (Debian: apt-get install python3-venv)" >&2
    exit 1
fi
