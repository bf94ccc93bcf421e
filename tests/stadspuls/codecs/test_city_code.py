"""A city's own codec: loaded from its folder, and held to what a codec may give."""

from pathlib import Path

import pytest

from stadspuls.clock import parse_rfc3339
from stadspuls.codecs import CodecContext, Decoded
from stadspuls.codecs.city_code import CityCodec
from stadspuls.errors import CodecError
from stadspuls.model import Reason

NOW = parse_rfc3339("2026-01-05T08:00:05Z")
CONTEXT = CodecContext("gent/old/gateway", NOW)
HEAD = """\
from stadspuls.codecs import CodecContext, Decoded, Decoding
from stadspuls.errors import CodecError
from stadspuls.model import Reason

def decode(payload: bytes, context: CodecContext) -> Decoding:
"""


def codec(folder: Path, body: str, function: str = "decode") -> CityCodec:
    (folder / "gateway.py").write_text(f"{HEAD}    {body}\n")
    return CityCodec(folder / "gateway.py", function)


def test_the_function_of_a_file_reads_the_messages(tmp_path: Path) -> None:
    body = "return Decoding([Decoded(None, context.received_at, 'no2', int(payload))], [])"
    assert codec(tmp_path, body)(b"41", CONTEXT).values == [Decoded(None, NOW, "no2", 41.0)]


def test_a_module_that_is_installed_may_hold_it() -> None:
    read = CityCodec("stadspuls.codecs.plain_json", "decode_plain_json")
    assert read(b'{"time": 1767600000, "no2": 1}', CONTEXT).values[0].name == "no2"


def test_its_own_refusal_is_kept(tmp_path: Path) -> None:
    read = codec(tmp_path, "raise CodecError(Reason.UNDECODABLE, 'byte 3 is no checksum')")
    with pytest.raises(CodecError, match="byte 3 is no checksum"):
        read(b"", CONTEXT)


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("return None", "gives a NoneType, not a Decoding"),
        ("return Decoding([Decoded(None, 1.5, 'no2', 1.0)], [])", "no proper Decoding"),
        ("return Decoding([Decoded(None, context.received_at, 'no2', None)], [])", "no proper Decoding"),
        ("return Decoding([Decoded(None, context.received_at, 'no2', object())], [])", "no proper Decoding"),
        ("return Decoding(['no2'], [])", "no proper Decoding"),
        ("return Decoding([Decoded(None, 10**30, 'no2', 1.0)], [])", "no proper Decoding"),
        ("return Decoding([Decoded('\\ud800', context.received_at, 'no2', 1.0)], [])", "no proper Decoding"),
        ("return Decoding([Decoded(None, 0, 'no2', 1.0)], [])", "a time before 1980 or after 9999"),
    ],
)
def test_what_is_no_decoding_is_refused(tmp_path: Path, body: str, told: str) -> None:
    with pytest.raises(CodecError) as raised:
        codec(tmp_path, body)(b"", CONTEXT)
    assert raised.value.reason is Reason.UNDECODABLE
    assert told in raised.value.detail


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("import no_such_module", "cannot be loaded: ModuleNotFoundError"),
        ("1 / 0", "cannot be loaded: ZeroDivisionError"),
        ("def decode(:", "cannot be loaded: SyntaxError"),
        ("", "cannot be loaded: AttributeError"),
    ],
)
def test_code_that_cannot_be_loaded_says_why_and_is_tried_once(tmp_path: Path, code: str, told: str) -> None:
    (tmp_path / "gateway.py").write_text(code)
    read = CityCodec(tmp_path / "gateway.py", "decode")
    with pytest.raises(CodecError, match=told):
        read(b"", CONTEXT)
    (tmp_path / "gateway.py").unlink()
    with pytest.raises(CodecError, match=told):
        read(b"", CONTEXT)


def test_two_cities_may_have_files_of_one_name(tmp_path: Path) -> None:
    codecs = []
    for number, city in enumerate(("gent", "aalst")):
        (tmp_path / city).mkdir()
        body = f"return Decoding([Decoded(None, context.received_at, 'no2', {number})], [])"
        codecs.append(codec(tmp_path / city, body))
    assert [read(b"", CONTEXT).values[0].value for read in codecs] == [0.0, 1.0]
