"""InfluxDB set up for a platform: its bucket, and a token for each who uses it that may do no more than it must."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from deploy.first_start.influx_calls import InfluxCalls
from deploy.first_start.secret_files import SecretFiles
from stadspuls.errors import StartError
from stadspuls.settings import Settings

_USER = "stadspuls"


def healthy(settings: Settings) -> bool:
    """Whether InfluxDB answers and is well."""
    try:
        return bool(InfluxCalls(settings).get("/health").get("status") == "pass")
    except StartError:
        return False


@dataclass(frozen=True)
class _Bucket:
    """InfluxDB's own names for the bucket and its organisation."""

    name: str
    organisation: str


def set_up(settings: Settings, files: SecretFiles) -> None:
    """Make what is missing: the set-up itself, the bucket, the tokens of platform and Grafana.

    Raises:
        StartError: when InfluxDB does not answer, refuses, or was set up by somebody else.
    """
    admin = _administrator(settings, files)
    bucket = _bucket(admin, settings)
    for file, user, actions in (
        (files.influx_platform, "platform", ("read", "write")),
        (files.influx_grafana, "Grafana", ("read",)),
    ):
        kept = files.read(file)
        # One that was lost, or belonged to a bucket that is gone, is made anew.
        if not kept or not InfluxCalls(settings, kept).lets_in(f"/api/v2/buckets/{bucket.name}"):
            files.write(file, _new_token(admin, bucket, f"Stadspuls: {user}", actions))


def _administrator(settings: Settings, files: SecretFiles) -> InfluxCalls:
    """InfluxDB, asked with the token that may do everything; a new one is set up with it."""
    admin = InfluxCalls(settings, files.kept(files.influx_admin))
    if InfluxCalls(settings).get("/api/v2/setup").get("allowed"):
        document = {
            "username": _USER,
            # Nobody signs in: programs use tokens, and with the first one a password can be set.
            "password": secrets.token_urlsafe(32),
            "org": settings.influx_org,
            "bucket": settings.influx_bucket,
            # Our own job removes what is too old.
            "retentionPeriodSeconds": 0,
            "token": admin.token,
        }
        InfluxCalls(settings).post("/api/v2/setup", document)
    return admin


def _bucket(admin: InfluxCalls, settings: Settings) -> _Bucket:
    organisation = {"org": settings.influx_org}
    if not admin.lets_in("/api/v2/orgs", **organisation):
        raise StartError(
            f"InfluxDB at {settings.influx_url} has no organisation {settings.influx_org}, or was set up with another "
            "token than that of the secrets folder: give the folder back that belongs to it, or put a token that may "
            "do everything into its `setup/influx-admin-token`"
        )
    owner = str(admin.get("/api/v2/orgs", **organisation)["orgs"][0]["id"])
    name = settings.influx_bucket
    found = admin.get("/api/v2/buckets", name=name, **organisation).get("buckets")
    made = found[0] if found else admin.post("/api/v2/buckets", {"orgID": owner, "name": name, "retentionRules": []})
    return _Bucket(str(made["id"]), owner)


def _new_token(admin: InfluxCalls, bucket: _Bucket, user: str, actions: Iterable[str]) -> str:
    """A token for that bucket alone; an earlier one of the same user opens nothing from then on."""
    for known in admin.get("/api/v2/authorizations", orgID=bucket.organisation)["authorizations"]:
        if known.get("description") == user:
            admin.delete(f"/api/v2/authorizations/{known['id']}")
    resource = {"type": "buckets", "id": bucket.name, "orgID": bucket.organisation}
    document = {
        "orgID": bucket.organisation,
        "description": user,
        "permissions": [{"action": action, "resource": resource} for action in actions],
    }
    return str(admin.post("/api/v2/authorizations", document)["token"])
