"""Decoders of the bytes that LoRaWAN devices send: one module a maker.

In: the port and the bytes of an uplink. Out: fields as the maker's own decoder names them, and which are results.
"""

from stadspuls.codecs.payloads.atomsenses import AS_202
from stadspuls.codecs.payloads.bosch import TPS110
from stadspuls.codecs.payloads.decentlab import DL_PM
from stadspuls.codecs.payloads.frames import Fields, PayloadDecoder
from stadspuls.codecs.payloads.libelium import SMART_PARKING
from stadspuls.codecs.payloads.nwave import NPS310SM, NPS405

DECODERS: dict[str, PayloadDecoder] = {
    "atomsenses-as-202": AS_202,
    "bosch-tps110": TPS110,
    "decentlab-dl-pm": DL_PM,
    "libelium-parking": SMART_PARKING,
    "nwave-nps310sm": NPS310SM,
    "nwave-nps405": NPS405,
}
"""Every decoder by the name that city files use."""

__all__ = ["DECODERS", "Fields", "PayloadDecoder"]
