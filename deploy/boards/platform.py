"""The board of the platform itself: what comes in, what waits, how long it takes, what is lost."""

from deploy.boards.board import Folder, Plan, uid_of
from deploy.boards.language import Text
from deploy.boards.panels import CALM, GREEN, ORANGE, RED, Metric, Panel, Steps
from deploy.boards.parts import ages, lines, shares_of_age, stale_count

FOLDER = Folder(uid_of(""), "Stadspuls")
NAME = "the_platform"
"""No city is called so: slugs have no underscore."""
_RATE = "[$__rate_interval]"
_BRIDGES = 'stadspuls_process_start_timestamp_seconds{process=~"bridge.*"}'
"""Every process has every metric without labels; those of bridges are their own."""
_OLDEST = f"topk(10, {shares_of_age()})"
_ZERO: Steps = ((None, GREEN), (1, RED))
_NONE = Text("geen", "none")
_NOTHING = Text("Niets gebeurd", "Nothing happened")


def _same(text: str) -> Text:
    return Text(text, text)


def platform_plan() -> Plan:
    """How the platform is."""
    return Plan(
        name=NAME,
        folder=FOLDER,
        title=Text("Stadspuls: het platform", "Stadspuls: the platform"),
        description=Text(
            "Debiet, achterstand, wachttijd, weigeringen, spool, geheugen, API.",
            "Rates, lag, latency, rejections, spool, memory, API.",
        ),
        since="now-6h",
        panels=[*_at_a_glance(), *_flow(), *_trouble(), *_machine(), *_api()],
    )


def _at_a_glance() -> list[Panel]:
    return [
        _stat(
            Text("Brug heeft MQTT", "Bridge has MQTT"),
            Text("Of elke brug haar MQTT-sessie heeft.", "Whether every bridge has its MQTT session."),
            f"min(stadspuls_bridge_connected and on (instance) {_BRIDGES})",
            "short",
            ((None, RED), (1, GREEN)),
            Text("nee", "no"),
            Text("ja", "yes"),
        ),
        _stat(
            Text("Laatste bericht", "Last message"),
            Text("Tijd sinds de brug een bericht kreeg.", "Time since the bridge received a message."),
            "time() - max(stadspuls_last_message_timestamp_seconds)",
            "s",
            ((None, GREEN), (120, ORANGE), (600, RED)),
        ),
        stale_count("", width=4),
        _stat(
            Text("Verloren stukken", "Pieces lost"),
            Text(
                "Gaten in het gepubliceerde log en beschadigde stukken van spools; moet 0 blijven.",
                "Holes in the published log and damaged pieces of spools; must stay 0.",
            ),
            "(sum(stadspuls_log_gap_frames_total) or vector(0)) + (sum(stadspuls_spool_damaged_total) or vector(0))",
            "short",
            _ZERO,
            _NONE,
        ),
        _stat(
            Text("Volle spools", "Full spools"),
            Text(
                "Spools die niets meer aannemen: hun grens is bereikt, of de schijf is vol.",
                "Spools that take nothing more: their limit is reached, or the disk is full.",
            ),
            "sum(stadspuls_spool_blocked)",
            "short",
            _ZERO,
            _NONE,
        ),
        _stat(
            Text("Wachtende frames", "Frames that wait"),
            Text("De langste rij: voor streams of voor de opslag.", "The longest queue: for streams or for the sink."),
            "max(stadspuls_lag_frames)",
            "short",
            ((None, GREEN), (100, ORANGE), (1000, RED)),
        ),
    ]


def _flow() -> list[Panel]:
    return [
        lines(
            Text("Debiet", "Rates"),
            Text(
                "Berichten en waarden per seconde, van ontvangst tot opslag.",
                "Messages and values a second, from receipt to store.",
            ),
            "ops",
            CALM,
            (f"sum(rate(stadspuls_messages_received_total{_RATE}))", Text("ontvangen berichten", "messages received")),
            (
                f"sum(rate(stadspuls_messages_acknowledged_total{_RATE}))",
                Text("bevestigde berichten", "messages acknowledged"),
            ),
            (
                f'sum(rate(stadspuls_readings_total{{outcome="published"}}{_RATE}))',
                Text("gepubliceerde waarden", "values published"),
            ),
            (f"sum(rate(stadspuls_stored_observations_total{_RATE}))", Text("bewaarde waarden", "values stored")),
        ),
        lines(
            Text("Achterstand", "Lag"),
            Text(
                "Frames die wachten op streams (berichten) en op de opslag (waarnemingen).",
                "Frames that wait for streams (messages) and for the sink (observations).",
            ),
            "short",
            ((None, GREEN), (100, ORANGE), (1000, RED)),
            ("max by (stage) (stadspuls_lag_frames)", _same("{{stage}}")),
            ("sum(stadspuls_messages_in_flight)", Text("onderweg in de brug", "in flight in the bridge")),
        ),
        lines(
            Text("Wachttijd per stap, 95 % binnen", "Latency by stage, 95 % within"),
            Text(
                "Van ontvangst tot publicatie, een opslag, een antwoord van de API, een bericht door de deur.",
                "From receipt to publication, one store, one answer of the API, one message by the door.",
            ),
            "s",
            ((None, GREEN), (1, ORANGE), (5, RED)),
            (_within("publish_delay"), Text("ontvangen tot gepubliceerd", "received to published")),
            (_within("store_write"), Text("opslag van een lading", "storing a batch")),
            (_within("http_request"), Text("antwoord van de API", "answer of the API")),
            (_within("door_request"), Text("door de deur", "by the door")),
        ),
        lines(
            Text("Geweigerd per minuut, naar reden", "Rejected a minute, by reason"),
            Text(
                "Berichten of waarden die niet konden worden gepubliceerd.",
                "Messages or values that could not be published.",
            ),
            "short",
            ((None, GREEN), (10, ORANGE), (100, RED)),
            (f"sum by (reason) (rate(stadspuls_rejected_total{_RATE})) * 60", _same("{{reason}}")),
            no_data=Text("Niets geweigerd", "Nothing rejected"),
        ),
    ]


def _within(histogram: str, *by: str) -> str:
    labels = ", ".join(("le", *by))
    return f"histogram_quantile(0.95, sum by ({labels}) (rate(stadspuls_{histogram}_seconds_bucket{_RATE})))"


def _trouble() -> list[Panel]:
    return [
        lines(
            Text("Spool op schijf", "Spool on disk"),
            Text("Bytes die de spools innemen.", "Bytes that the spools take."),
            "bytes",
            ((None, GREEN), (512 * 1024**2, ORANGE), (1024**3, RED)),
            ("stadspuls_spool_bytes", _same("{{spool}}")),
        ),
        lines(
            Text("Oudste frame in de spool", "Oldest frame in the spool"),
            Text(
                "Hoe lang het oudste frame wacht dat nog nodig is.",
                "How long the oldest frame has waited that is needed still.",
            ),
            "s",
            ((None, GREEN), (60, ORANGE), (300, RED)),
            ("stadspuls_spool_age_seconds", _same("{{spool}}")),
        ),
        lines(
            Text("Mislukte opslag", "Failed stores"),
            Text(
                "Ladingen die de opslag in vijf minuten weigerde of niet beantwoordde; elke wordt opnieuw geprobeerd.",
                "Batches that the store refused or did not answer in five minutes; each is tried again.",
            ),
            "short",
            _ZERO,
            ("sum(increase(stadspuls_store_failures_total[5m]))", Text("mislukt", "failed")),
            no_data=_NOTHING,
        ),
        lines(
            Text("Starts van processen", "Starts of processes"),
            Text(
                "Hoe vaak elk proces in een half uur opnieuw begon.",
                "How often each process began anew within half an hour.",
            ),
            "short",
            ((None, GREEN), (1, ORANGE), (3, RED)),
            ("changes(stadspuls_process_start_timestamp_seconds[30m])", _same("{{process}}")),
        ),
    ]


def _machine() -> list[Panel]:
    return [
        lines(
            Text("Geheugen per proces", "Memory by process"),
            Text("Werkgeheugen dat elk proces inneemt.", "Memory that each process takes."),
            "bytes",
            ((None, GREEN), (1024**3, ORANGE), (2 * 1024**3, RED)),
            ("stadspuls_process_resident_bytes", _same("{{process}}")),
            width=6,
        ),
        lines(
            Text("Vrije schijf", "Free disk"),
            Text("Welk deel van de schijf met de data vrij is.", "Which part of the disk of the data folder is free."),
            "percentunit",
            ((None, RED), (0.05, ORANGE), (0.15, GREEN)),
            ("min(stadspuls_disk_free_bytes / (stadspuls_disk_size_bytes > 0))", Text("vrij", "free")),
            high=1,
            width=6,
        ),
        lines(
            Text("Sinds een teken van leven", "Since a sign of life"),
            Text(
                "Hoe lang geleden men elk proces zag werken; het kijkt elke tien seconden.",
                "How long ago each process was seen to work; it looks every ten seconds.",
            ),
            "s",
            ((None, GREEN), (30, ORANGE), (120, RED)),
            # One that no longer answers is kept in sight for a while.
            (
                "time() - max by (process) (max_over_time(stadspuls_process_worked_timestamp_seconds[15m]))",
                _same("{{process}}"),
            ),
            width=6,
        ),
        _good_for_days(),
    ]


def _good_for_days() -> Panel:
    """What ends first has the shortest bar; a quarter of a year is a whole one."""
    return Panel(
        kind="bargauge",
        title=Text("Certificaten en sleutels: nog geldig", "Certificates and keys: good for"),
        description=Text(
            "Hoelang certificaten, en API-sleutels met een einde, nog geldig zijn; de kortste eerst.",
            "How long certificates, and API keys with an end, are good for still; the shortest first.",
        ),
        unit="d",
        decimals=1,
        low=0,
        high=90,
        steps=((None, RED), (2, ORANGE), (21, GREEN)),
        asks=(
            Metric(f"bottomk(4, min by (file) ({_good_for('certificate')}))", _same("{{file}}")),
            Metric(f"bottomk(4, min by (city, key) ({_good_for('key')} > -7))", _same("{{city}} {{key}}")),
        ),
        no_data=Text("Geen die verlopen", "None that expire"),
        width=6,
    )


def _good_for(what: str) -> str:
    return f"(stadspuls_{what}_expiry_timestamp_seconds - time()) / 86400"


def _api() -> list[Panel]:
    return [
        lines(
            Text("Antwoorden van de API", "Answers of the API"),
            Text("Per seconde, naar status.", "A second, by status."),
            "reqps",
            CALM,
            (f"sum by (status) (rate(stadspuls_http_requests_total{_RATE}))", _same("{{status}}")),
        ),
        lines(
            Text("Traagste routes van de API, 95 % binnen", "Slowest routes of the API, 95 % within"),
            Text("De tien traagste.", "The ten slowest."),
            "s",
            ((None, GREEN), (0.5, ORANGE), (2, RED)),
            (
                f"topk(10, {_within('http_request', 'route')})",
                _same("{{route}}"),
            ),
        ),
        lines(
            Text("Live abonnees", "Live subscribers"),
            Text("Wie nu meeluistert, naar soort.", "Who listens now, by kind."),
            "short",
            CALM,
            ("sum by (kind) (stadspuls_subscribers)", _same("{{kind}}")),
            no_data=Text("Niemand luistert", "Nobody listens"),
        ),
        ages(Text("Oudste datasets; 100 % is stil", "Oldest datasets; 100 % is stale"), _OLDEST),
    ]


def _stat(title: Text, description: Text, expr: str, unit: str, steps: Steps, *words: Text) -> Panel:
    return Panel(
        kind="stat",
        title=title,
        description=description,
        unit=unit,
        steps=steps,
        words=words,
        loud=True,
        asks=(Metric(expr, title),),
        no_data=Text("Onbekend", "Unknown"),
        width=4,
        height=4,
    )
