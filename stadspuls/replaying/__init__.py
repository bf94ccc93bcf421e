"""Replaying: rejections in, their original messages once more in topic `messages`, and what came of them.

Nothing is published twice: `streams` works a message through as if it came now, and drops what is published already.
What was worked through and not rejected again is marked in topic `rejected`, from where the sink stores it.
"""

from stadspuls.replaying.advice import ADVICE, PASSED_OVER
from stadspuls.replaying.replay import Replayer, Result
from stadspuls.replaying.selecting import Replayable, Selection, Skip, select

__all__ = ["ADVICE", "PASSED_OVER", "Replayable", "Replayer", "Result", "Selection", "Skip", "select"]
