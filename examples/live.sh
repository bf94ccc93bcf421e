#!/bin/sh
# Shows a dataset's observations as they are published: sh live.sh [address] [dataset]
# To go on after an event seen before, add ?after=<its id>.
set -eu
exec curl --silent --show-error --fail --no-buffer "${1:-http://127.0.0.1:8080}/${2:-gent/parking}/events"
