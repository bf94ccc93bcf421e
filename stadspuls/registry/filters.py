"""MQTT filters (MQTT 3.1.1, section 4.7): whether they are well formed and whether two can match one topic."""


def filter_mistake(text: str) -> str | None:
    """What is wrong with an MQTT filter; None when it is well formed."""
    levels = text.split("/")
    if not text or "\0" in text:
        return "an MQTT filter has at least one character, and none is the null character"
    for i, level in enumerate(levels):
        if "#" in level and (level != "#" or i < len(levels) - 1):
            return "'#' stands alone in the last level of an MQTT filter"
        if "+" in level and level != "+":
            return "'+' stands alone in its level of an MQTT filter"
    return None


def overlap(one: str, other: str) -> bool:
    """Whether some topic matches both filters; `a/#` also matches `a` itself."""
    levels, others = one.split("/"), other.split("/")
    for level, other_level in zip(levels, others, strict=False):
        if "#" in (level, other_level):
            return True
        if "+" not in (level, other_level) and level != other_level:
            return False
    # One goes on where the other ends: only '#' can stand for nothing.
    longer = max(levels, others, key=len)
    rest = longer[min(len(levels), len(others)) :]
    return rest in ([], ["#"])
