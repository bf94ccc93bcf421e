"""Every exception of Stadspuls, and the one place where error codes are named.

    StadspulsError
    ├── SettingsError            a setting is missing, malformed or impossible
    ├── RegistryError            cities/ or themes/ hold mistakes (carries them all)
    ├── CodecError               nothing of a message can be used (carries the reason)
    ├── FrameError               a record of the log is not a frame
    │   └── FrameVersionError    a frame is newer than this reader
    ├── LogError                 Kafka is not as it should be (topics, partitions)
    ├── StartError               the platform cannot start: a port in use, a child that does not become ready
    ├── InstallError             a server cannot be installed here: a toolchain is missing, a build failed
    ├── StoreError               the store refused or did not answer
    ├── BackupError              a backup cannot be written, is damaged, or is newer than this reader
    ├── ExportError              a folder cannot be exported into
    ├── SpoolError               a spool on disk cannot be used
    ├── KeysError                the file of API keys cannot be used
    ├── ReplayError              rejections cannot be replayed: too many at once, none of that key
    ├── AccountsError            an MQTT account cannot be made, found or used
    ├── BrokerError              the MQTT broker refused or did not answer
    ├── RecordingError           a recording cannot be read or does not fit the registry
    ├── BoardsError              boards cannot be written, or Grafana refuses them or does not answer
    ├── CityFileError            a city's file cannot be made or changed by a command
    ├── TraceError               a sensor to trace is not known, or named in several ways
    └── RequestError             what a client asked cannot be answered
        ├── UnknownCity, UnknownDataset, UnknownSite, UnknownSensor, UnknownProperty
        ├── UnknownPage, UnknownDay, UnknownPath, UnknownRejection
        ├── Unauthorized         there is no key, or none that is known
        ├── Forbidden            the key is for something else
        ├── TooLarge             a body is longer than what is read
        ├── UriTooLong           an address is longer than what is read
        ├── HeadersTooLarge      the headers are more, or longer, than what is read
        ├── UnsupportedMediaType a body is in no form that is read there
        ├── TooManyRequests      a key, or an address, asks oftener than it may
        ├── Gone                 it was published, and is past its retention
        ├── RangeNotSatisfiable  a file has no bytes where they are asked for
        ├── InvalidParameter     a parameter or a body is malformed or contradictory
        ├── NotAcceptable        none of the formats asked for is offered
        ├── OnlyAggregates       the dataset publishes aggregates, not single observations
        ├── MethodNotAllowed     the path exists, the method does not
        ├── Unavailable          a part behind the API does not answer now
        └── InternalError        the fault is ours

Catch by branch:

    try:
        registry = load_registry(settings)
    except RegistryError as error:
        for mistake in error.mistakes:
            print(mistake)

Domain errors know no HTTP: `stadspuls.problems` gives each code its status.
"""

from collections.abc import Sequence
from typing import ClassVar

from stadspuls.model import Reason


class StadspulsError(Exception):
    """Base of every error that Stadspuls raises on purpose."""


class SettingsError(StadspulsError):
    """A setting is missing, malformed, or impossible together with another."""


class RegistryError(StadspulsError):
    """`cities/` or `themes/` hold mistakes; `mistakes` has one `file:line: field: text` each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        """Keep every mistake; the message lists them, one a line."""
        self.mistakes = list(mistakes)
        super().__init__("\n".join(self.mistakes))


class CodecError(StadspulsError):
    """Nothing of a message can be used; `reason` and `detail` become its rejection."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep why, as a word and as a sentence for the sender."""
        self.reason = reason
        self.detail = detail
        super().__init__(detail)


class FrameError(StadspulsError):
    """A record of the log cannot be read as a frame."""


class FrameVersionError(FrameError):
    """A frame was written by a newer Stadspuls than this one reads."""


class LogError(StadspulsError):
    """Kafka is not as this deployment needs it, for instance with another partition count."""


class StartError(StadspulsError):
    """The platform cannot start here; the text says what is in the way and the cure."""


class InstallError(StadspulsError):
    """A server cannot be installed here; the text says what is missing and the cure, or which log tells more."""


class StoreError(StadspulsError):
    """The store refused a call or did not answer; `retry_after`: seconds it asked to be left alone, if it did."""

    def __init__(self, text: str, retry_after: float | None = None) -> None:
        """Keep what to say, and how long to wait."""
        self.retry_after = retry_after
        super().__init__(text)


class SpoolError(StadspulsError):
    """A spool cannot be used: not readable, of another deployment, or in use by another process."""


class BackupError(StadspulsError):
    """A backup cannot be written or read; the message names the file, and what in it is damaged."""


class ExportError(StadspulsError):
    """A folder cannot be exported into: in use, not of an export, or of a newer one; the message names it."""


class KeysError(StadspulsError):
    """The file of API keys cannot be read or written, or is none; the message names it."""


class AccountsError(StadspulsError):
    """An MQTT account cannot be made, found or used; the message says why, and the cure."""


class ReplayError(StadspulsError):
    """Rejections cannot be replayed; the message says which, and how to choose."""


class BrokerError(StadspulsError):
    """The MQTT broker refused the connection or did not answer in time."""


class RecordingError(StadspulsError):
    """A recording is malformed (the message names file and line) or its sensors are not registered."""


class BoardsError(StadspulsError):
    """Boards cannot be written to a folder or sent to Grafana; the message says why, and the cure."""


class CityFileError(StadspulsError):
    """A city's file cannot be made or changed by a command; nothing is changed, and the message says why."""


class TraceError(StadspulsError):
    """A reading cannot be traced: no sensor or several have that name; the message says which there are."""


class RequestError(StadspulsError):
    """A client's request cannot be answered; `code` is its stable name in problem documents."""

    code: ClassVar[str] = "bad-request"
    title: ClassVar[str] = "The request cannot be answered"


class UnknownCity(RequestError):
    """No city with that slug is published here."""

    code = "unknown-city"
    title = "No such city"


class UnknownDataset(RequestError):
    """The city has no public dataset with that theme."""

    code = "unknown-dataset"
    title = "No such dataset"


class UnknownSite(RequestError):
    """The dataset has no such site."""

    code = "unknown-site"
    title = "No such site"


class UnknownSensor(RequestError):
    """The dataset has no such sensor; of a message that was sent for it, nothing is kept."""

    code = "unknown-sensor"
    title = "No such sensor"


class Unauthorized(RequestError):
    """There is no API key (`Authorization: Bearer`), or none that is known and has not expired."""

    code = "unauthorized"
    title = "An API key is needed"


class Forbidden(RequestError):
    """The API key is known, and is for another city or another use."""

    code = "forbidden"
    title = "The API key is not for this"


class TooLarge(RequestError):
    """The body is longer than what is read at this address; the detail says how much that is."""

    code = "too-large"
    title = "The body is too large"


class UriTooLong(RequestError):
    """The address is longer than what is read; the detail says how much that is."""

    code = "uri-too-long"
    title = "The address is too long"


class HeadersTooLarge(RequestError):
    """The request's headers are more, or longer, than what is read."""

    code = "headers-too-large"
    title = "The headers are too large"


class UnsupportedMediaType(RequestError):
    """The body is in no form that is read at this address; the detail names those that are."""

    code = "unsupported-media-type"
    title = "No such form is read here"


class TooManyRequests(RequestError):
    """A key or an address asks oftener than it may, or has too much under way; `Retry-After`: when it may again."""

    code = "too-many-requests"
    title = "Too many requests"

    def __init__(self, text: str, retry_after: float = 1.0) -> None:
        """Keep what to say, and after how many seconds it may be tried again."""
        self.retry_after = retry_after
        super().__init__(text)


class UnknownProperty(RequestError):
    """The dataset's theme has no such property."""

    code = "unknown-property"
    title = "No such property"


class UnknownPage(RequestError):
    """The dataset has no page of that name, nothing was published by that time, or it is past its retention."""

    code = "unknown-page"
    title = "No such page"


class UnknownDay(RequestError):
    """The archive has no such file: nothing was observed then, the day is not closed, or the name is wrong."""

    code = "unknown-day"
    title = "No such file in the archive"


class Gone(RequestError):
    """It was published here, and is past the dataset's retention."""

    code = "gone"
    title = "Past its retention"


class RangeNotSatisfiable(RequestError):
    """The file ends before the bytes asked for; `size` is its length."""

    code = "range-not-satisfiable"
    title = "No such bytes"

    def __init__(self, text: str, size: int = 0) -> None:
        """Keep what to say, and how long the file is."""
        self.size = size
        super().__init__(text)


class UnknownPath(RequestError):
    """Nothing is published at that path."""

    code = "unknown-path"
    title = "Nothing is published here"


class UnknownRejection(RequestError):
    """Nothing is kept back under that key, it is past its retention, or it is another city's."""

    code = "unknown-rejection"
    title = "No such rejection"


class MethodNotAllowed(RequestError):
    """The path exists, but not for that method."""

    code = "method-not-allowed"
    title = "Method not allowed"


class InvalidParameter(RequestError):
    """A parameter, or something in a body, is unknown, malformed, out of range, or contradicts another."""

    code = "invalid-parameter"
    title = "A parameter cannot be used"


class NotAcceptable(RequestError):
    """None of the formats asked for is offered; the detail names those that are."""

    code = "not-acceptable"
    title = "No such format"


class OnlyAggregates(RequestError):
    """The dataset publishes aggregates only; single observations stay with the city."""

    code = "only-aggregates"
    title = "Only aggregates are public"


class Unavailable(RequestError):
    """A part behind the API does not answer at this moment; trying again later may help."""

    code = "unavailable"
    title = "Temporarily unavailable"


class InternalError(RequestError):
    """Something went wrong on this side; the request id finds it in the log."""

    code = "internal-error"
    title = "Something went wrong here"
