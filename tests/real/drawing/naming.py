"""What a series is called, by Grafana's rules.

A legend of Prometheus puts a label's value in place of `{{label}}`; a display name puts it in place of
`${__field.labels.label}` (https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/).
"""

import re
from collections.abc import Mapping
from typing import Any

_LEGEND = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_DISPLAY_NAME = re.compile(r"\$\{__field\.labels\.(\w+)\}")


def name_of(target: Mapping[str, Any], defaults: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    """What Grafana writes beside a series of these labels."""
    display = defaults.get("displayName")
    if display is not None:
        return _DISPLAY_NAME.sub(lambda found: labels.get(found[1], ""), display)
    legend = target.get("legendFormat")
    if legend is not None:
        return _LEGEND.sub(lambda found: labels.get(found[1], ""), legend)
    told = ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    return f"_value {{{told}}}" if told else "_value"
