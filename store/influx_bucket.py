"""The bucket that the store lives in: made where it is missing, marked with the version of its layout."""

from typing import Any

from influxdb_client import BucketRetentionRules
from influxdb_client.rest import ApiException

from stadspuls.errors import StoreError
from store.influx_connection import InfluxConnection
from store.influx_flux import keep, range_us, source

LAYOUT_VERSION = 1
"""Kept in the bucket as measurement `layout`; a bucket with a higher one is refused."""

_NOT_FOUND = 404
_MARK = "layout"


def prepare(connection: InfluxConnection) -> None:
    """Make the bucket and its mark where they are missing.

    Raises:
        StoreError: when the server does not answer, when the bucket lets go of data by itself, or when its layout is of
            a newer Stadspuls.
    """
    with connection.errors("opening the bucket"):
        _make(connection)
    version = _version(connection)
    if version == 0:
        connection.write(f"{_MARK} version={LAYOUT_VERSION}i 0\n".encode())
    elif version > LAYOUT_VERSION:
        raise StoreError(
            f"bucket {connection.bucket} has layout version {version}; this Stadspuls knows up to {LAYOUT_VERSION}: "
            "upgrade it first"
        )


def _make(connection: InfluxConnection) -> None:
    api = connection.client.buckets_api()
    bucket = _found(connection)
    if bucket is None:
        forever = BucketRetentionRules(type="expire", every_seconds=0)
        try:
            api.create_bucket(bucket_name=connection.bucket, org=connection.org, retention_rules=forever)
        except ApiException:
            # Another process may have been first.
            if _found(connection) is None:
                raise
    elif any(rule.every_seconds for rule in bucket.retention_rules):
        raise StoreError(
            f"bucket {connection.bucket} has a retention of its own, by the time of observation: it would refuse old "
            "recordings. Take it off; Stadspuls deletes by the time of publication"
        )


def _found(connection: InfluxConnection) -> Any:
    try:
        return connection.client.buckets_api().find_bucket_by_name(connection.bucket)
    except ApiException as error:
        if error.status == _NOT_FOUND:
            return None
        raise


def _version(connection: InfluxConnection) -> int:
    flux = f"{source(connection.bucket, range_us(0, 1), _MARK, 'version', {})} {keep('_time', '_value')}"
    return max((int(version) for _, version in connection.ask(flux, ("_time", "_value"))), default=0)
