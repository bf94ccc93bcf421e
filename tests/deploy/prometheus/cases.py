"""For each rule: series on which it must fire, and how they look when it must not."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """Series in promtool's notation, one value a minute, and the labels with which the rule fires after `minutes`."""

    alert: str
    series: dict[str, str]
    labels: dict[str, str]
    minutes: int
    quiet: dict[str, str]
    """The same series when all is well; so is every moment before `minutes` less the rule's patience."""


DAY = 86_400

CASES = (
    Case(
        "StadspulsMetricsMissing",
        {'stadspuls_other{stage="sink"}': "0x30"},
        {},
        10,
        {'stadspuls_lag_frames{stage="sink"}': "0x30"},
    ),
    Case(
        "StadspulsBridgeAway",
        {
            'stadspuls_bridge_connected{instance="bridge:9100"}': "0x30",
            'stadspuls_process_start_timestamp_seconds{instance="bridge:9100", process="bridge"}': "1x30",
            'stadspuls_bridge_connected{instance="sink:9100"}': "0x30",
            'stadspuls_process_start_timestamp_seconds{instance="sink:9100", process="sink"}': "1x30",
        },
        {"instance": "bridge:9100"},
        10,
        {
            'stadspuls_bridge_connected{instance="bridge:9100"}': "1x30",
            'stadspuls_process_start_timestamp_seconds{instance="bridge:9100", process="bridge"}': "1x30",
            'stadspuls_bridge_connected{instance="sink:9100"}': "0x30",
            'stadspuls_process_start_timestamp_seconds{instance="sink:9100", process="sink"}': "1x30",
        },
    ),
    Case(
        "StadspulsDatasetStale",
        {
            'stadspuls_dataset_age_seconds{dataset="gent/parking", instance="api-1"}': "900+60x60",
            'stadspuls_dataset_due_seconds{dataset="gent/parking", instance="api-1"}': "900x60",
            'stadspuls_dataset_age_seconds{dataset="gent/parking", instance="api-2"}': "901+60x60",
            'stadspuls_dataset_due_seconds{dataset="gent/parking", instance="api-2"}': "900x60",
            'stadspuls_dataset_age_seconds{dataset="gent/air-quality"}': "4000x60",
            'stadspuls_dataset_due_seconds{dataset="gent/air-quality"}': "10800x60",
        },
        {"dataset": "gent/parking"},
        30,
        {
            'stadspuls_dataset_age_seconds{dataset="gent/parking"}': "30x60",
            'stadspuls_dataset_due_seconds{dataset="gent/parking"}': "900x60",
        },
    ),
    Case(
        "StadspulsEveryDatasetStale",
        {
            'stadspuls_dataset_age_seconds{dataset="gent/parking"}': "1000+60x60",
            'stadspuls_dataset_due_seconds{dataset="gent/parking"}': "900x60",
            'stadspuls_dataset_age_seconds{dataset="genk/parking"}': "5000x60",
            'stadspuls_dataset_due_seconds{dataset="genk/parking"}': "900x60",
        },
        {},
        20,
        {
            'stadspuls_dataset_age_seconds{dataset="gent/parking"}': "1000+60x60",
            'stadspuls_dataset_due_seconds{dataset="gent/parking"}': "900x60",
            'stadspuls_dataset_age_seconds{dataset="genk/parking"}': "20x60",
            'stadspuls_dataset_due_seconds{dataset="genk/parking"}': "900x60",
        },
    ),
    Case(
        "StadspulsLag",
        {'stadspuls_lag_frames{stage="sink"}': "1500x30", 'stadspuls_lag_frames{stage="streams"}': "3x30"},
        {"stage": "sink"},
        15,
        {'stadspuls_lag_frames{stage="sink"}': "5000 3x30"},
    ),
    Case(
        "StadspulsRejectedShare",
        {
            'stadspuls_rejected_total{city="gent", reason="undecodable"}': "0+10x90",
            'stadspuls_readings_total{dataset="gent/parking", outcome="published"}': "0+30x90",
            'stadspuls_rejected_total{city="genk", reason="future"}': "0+1x90",
            'stadspuls_readings_total{dataset="genk/parking", outcome="published"}': "0+90x90",
        },
        {"city": "gent"},
        80,
        {
            'stadspuls_rejected_total{city="gent", reason="undecodable"}': "0+1x90",
            'stadspuls_readings_total{dataset="gent/parking", outcome="published"}': "0+300x90",
        },
    ),
    Case(
        "StadspulsStoreFailing",
        {"stadspuls_store_failures_total": "0+1x30"},
        {},
        20,
        {"stadspuls_store_failures_total": "0x10 1x30"},
    ),
    Case(
        "StadspulsPublishedLogHasGaps",
        {"stadspuls_log_gap_frames_total": "0x10 1x30"},
        {},
        15,
        {"stadspuls_log_gap_frames_total": "0x40"},
    ),
    Case(
        # Found by a process at its start, before anybody asked it: the first answer says so already.
        "StadspulsPublishedLogHasGaps",
        {'stadspuls_spool_damaged_total{instance="bridge:9464"}': "_x10 1x30"},
        {"instance": "bridge:9464"},
        15,
        {'stadspuls_spool_damaged_total{instance="bridge:9464"}': "_x10 0x30"},
    ),
    Case(
        "StadspulsSpoolGrowing",
        {
            'stadspuls_spool_age_seconds{spool="bridge"}': "0+60x30",
            'stadspuls_spool_bytes{spool="bridge"}': "1e6+1e6x30",
        },
        {"spool": "bridge"},
        20,
        {
            'stadspuls_spool_age_seconds{spool="bridge"}': "600x30",
            'stadspuls_spool_bytes{spool="bridge"}': "9e9-1e6x30",
        },
    ),
    Case(
        "StadspulsSpoolBlocked",
        {'stadspuls_spool_blocked{spool="door"}': "0x5 1x30"},
        {"spool": "door"},
        15,
        {'stadspuls_spool_blocked{spool="door"}': "0x30"},
    ),
    Case(
        "StadspulsDiskFilling",
        {"stadspuls_disk_free_bytes": "14e9x60", "stadspuls_disk_size_bytes": "100e9x60"},
        {},
        45,
        {"stadspuls_disk_free_bytes": "40e9x60", "stadspuls_disk_size_bytes": "100e9x60"},
    ),
    Case(
        "StadspulsDiskFilling",
        {"stadspuls_disk_free_bytes": "40e9-10e6x500", "stadspuls_disk_size_bytes": "100e9x500"},
        {},
        450,
        {"stadspuls_disk_free_bytes": "40e9-1e6x500", "stadspuls_disk_size_bytes": "100e9x500"},
    ),
    Case(
        "StadspulsDiskFull",
        {"stadspuls_disk_free_bytes": "4e9x30", "stadspuls_disk_size_bytes": "100e9x30"},
        {},
        10,
        {"stadspuls_disk_free_bytes": "6e9x30", "stadspuls_disk_size_bytes": "100e9x30"},
    ),
    Case(
        "StadspulsCertificateExpires",
        {'stadspuls_certificate_expiry_timestamp_seconds{file="server.pem"}': f"{20 * DAY}x30"},
        {"file": "server.pem"},
        20,
        {'stadspuls_certificate_expiry_timestamp_seconds{file="server.pem"}': f"{22 * DAY}x30"},
    ),
    Case(
        "StadspulsCertificateExpiresNow",
        {'stadspuls_certificate_expiry_timestamp_seconds{file="server.pem"}': f"{DAY}x30"},
        {"file": "server.pem"},
        20,
        {'stadspuls_certificate_expiry_timestamp_seconds{file="server.pem"}': f"{3 * DAY}x30"},
    ),
    Case(
        "StadspulsKeyExpires",
        {'stadspuls_key_expiry_timestamp_seconds{city="gent", key="ab12"}': f"{13 * DAY}x30"},
        {"city": "gent", "key": "ab12"},
        20,
        {
            'stadspuls_key_expiry_timestamp_seconds{city="gent", key="ab12"}': f"{15 * DAY}x30",
            'stadspuls_key_expiry_timestamp_seconds{city="gent", key="revoked"}': " ".join(["NaN"] * 30),
        },
    ),
    Case(
        "StadspulsSensorClockAhead",
        {'stadspuls_clock_ahead_seconds{dataset="gent/parking"}': "45x30"},
        {"dataset": "gent/parking"},
        20,
        {'stadspuls_clock_ahead_seconds{dataset="gent/parking"}': "2x30"},
    ),
    Case(
        "StadspulsSensorFuture",
        {'stadspuls_rejected_total{city="gent", reason="future"}': "0+1x60"},
        {"city": "gent"},
        40,
        {'stadspuls_rejected_total{city="gent", reason="undecodable"}': "0+1x60"},
    ),
    Case(
        "StadspulsProcessRestarts",
        {'stadspuls_process_start_timestamp_seconds{process="sink"}': "1+60x40"},
        {"process": "sink"},
        20,
        {'stadspuls_process_start_timestamp_seconds{process="sink"}': "1x20 900x20"},
    ),
    Case(
        "StadspulsProcessSilent",
        {
            'stadspuls_process_worked_timestamp_seconds{process="sink"}': "0x30",
            'stadspuls_process_worked_timestamp_seconds{process="api"}': "0+60x30",
        },
        {"process": "sink"},
        10,
        {'stadspuls_process_worked_timestamp_seconds{process="sink"}': "0+60x30"},
    ),
    Case(
        "StadspulsProcessSilent",
        {'up{job="stadspuls", service="streams"}': "0x30", 'up{job="influxdb"}': "0x30"},
        {"job": "stadspuls", "service": "streams"},
        10,
        {'up{job="stadspuls", service="streams"}': "1x30"},
    ),
)
