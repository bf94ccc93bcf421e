"""The latest values in memory.

In: the published log (all partitions), and the store where the log no longer reaches. Out: the newest observation of
every datastream, how fresh each dataset is, and how far each stage of the platform is behind the one before it.
"""

from apis.live.lag import Backlog, Lags
from apis.live.latest import Latest
from apis.live.state import LiveState

__all__ = ["Backlog", "Lags", "Latest", "LiveState"]
