#!/bin/sh
# Shows what stands in a square of the map, and every change in it: sh square.sh [host] [port] [geohash]
# The shorter the geohash, the larger the square: u14dk is 3 by 5 km of Ghent.
set -eu
levels=$(printf '%s' "${3:-u14dk}" | sed 's|.|&/|g')
exec mosquitto_sub -h "${1:-127.0.0.1}" -p "${2:-1884}" -v -t "open/+/+/${levels}#"
