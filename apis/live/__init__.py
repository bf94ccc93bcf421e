"""The latest values, and the newest part of the published log, in memory.

In: the published log (all partitions), and the store where the log no longer reaches. Out: the newest observation of
every datastream, the log from where the store ends, how fresh each dataset is, and how far each stage is behind.
"""

from apis.live.feed import Chunk, Feed
from apis.live.lag import Backlog, Lags
from apis.live.latest import Latest
from apis.live.memory import Memory
from apis.live.state import LiveState

__all__ = ["Backlog", "Chunk", "Feed", "Lags", "Latest", "LiveState", "Memory"]
