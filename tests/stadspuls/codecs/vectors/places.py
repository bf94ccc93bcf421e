"""Where published vectors lie: copies here, others in `../shared/conformance` beside the checkout, where that is."""

from pathlib import Path

HERE = Path(__file__).parent
SHARED = Path(__file__).parents[5] / "shared" / "conformance"
