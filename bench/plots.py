"""Bar charts as SVG, light enough to live beside the page."""

from collections.abc import Mapping, Sequence
from html import escape

_COLOURS = ("#4c78a8", "#f58518", "#54a24b", "#b279a2", "#e45756", "#72b7b2", "#9d755d", "#bab0ac")
_FONT = 'font-family="sans-serif" font-size="13"'
_LEFT, _WIDTH, _ROW, _TOP = 300, 460, 26, 48


def bars(title: str, rows: Mapping[str, Mapping[str, float]], *, unit: str = "") -> str:
    """Return a chart of one stacked bar a row, with a legend where a bar has parts.

    Args:
        title: above the chart.
        rows: by label, the parts by name.
        unit: put before the sum at the end of each bar.
    """
    names = list(dict.fromkeys(name for parts in rows.values() for name in parts))
    most = max(sum(parts.values()) for parts in rows.values())
    height = _TOP + _ROW * len(rows) + 24 * (1 + len(names) // 4) + 8
    made = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{height}" {_FONT}>',
        f'<rect width="860" height="{height}" fill="#fff"/>',
        f'<text x="12" y="26" font-size="16">{escape(title)}</text>',
    ]
    for place, (label, parts) in enumerate(rows.items()):
        made.extend(_bar(label, [parts.get(name, 0) for name in names], _TOP + place * _ROW, most, unit))
    if len(names) > 1:
        made.extend(_legend(names, _TOP + _ROW * len(rows) + 20))
    return "\n".join([*made, "</svg>"]) + "\n"


def _bar(label: str, parts: Sequence[float], top: float, most: float, unit: str) -> list[str]:
    made = [f'<text x="{_LEFT - 10}" y="{top + 15}" text-anchor="end">{escape(label)}</text>']
    x = float(_LEFT)
    for colour, part in zip(_COLOURS, parts, strict=False):
        width = part / most * _WIDTH
        if width > 0:
            made.append(f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 7}" fill="{colour}"/>')
        x += width
    return [*made, f'<text x="{x + 6:.1f}" y="{top + 15}">{unit}{sum(parts):.2f}</text>']


def _legend(names: Sequence[str], top: float) -> list[str]:
    made = []
    for place, name in enumerate(names):
        x, y = 20 + place % 4 * 200, top + place // 4 * 22
        made.append(f'<rect x="{x}" y="{y - 11}" width="12" height="12" fill="{_COLOURS[place % len(_COLOURS)]}"/>')
        made.append(f'<text x="{x + 18}" y="{y}">{escape(name.replace("_", " "))}</text>')
    return made
