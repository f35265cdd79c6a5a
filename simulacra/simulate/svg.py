"""Figures as SVG text: the same bytes for the same figure, legible on light and on dark pages, several of them in one page.

matplotlib is only there with the extra ``simulate``; it is imported when a picture is made.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from simulacra.faults import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from matplotlib.figure import Figure

INK = "#767676"
"""Text and lines: a contrast of 4.5 to white and to black alike, so that a page may be either."""
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
"""Those of Okabe and Ito's colours (https://jfly.uni-koeln.de/color/) that stand out from white and from black: nobody confuses them."""

_STYLE: Mapping[str, str | float | bool] = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9.0,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 9.0,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "xtick.color": INK,
    "ytick.color": INK,
    "lines.linewidth": 1.3,
}
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def require_matplotlib() -> None:
    """Raises `Usage` where matplotlib is missing."""
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise Usage("pictures are drawn by matplotlib, which isn't there: pip install simulacra[simulate]")


def svg(draw: Callable[[Figure], None], inches: tuple[float, float], name: str) -> str:
    """What ``draw`` makes of an empty figure. ``name`` keeps the figure's marks apart from those of others in the same page.

    Raises `Usage` where matplotlib is missing.
    """
    require_matplotlib()
    from matplotlib import style
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    out = io.StringIO()
    with style.context({**_STYLE, "svg.hashsalt": name}, after_reset=True):  # else somebody's own settings would be in the picture
        figure = Figure(figsize=inches, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure)
        figure.savefig(out, format="svg", metadata=_NO_METADATA)
    return _tidied(out.getvalue(), name)


def _tidied(text: str, name: str) -> str:
    """Without names that nothing refers to, which two pictures of a page would share; those that are left get this picture's own."""
    used = set(re.findall(r'(?:url\(|href=")#([^")]+)', text))
    prefix = re.sub(r"[^a-z0-9]+", "-", name.lower())
    text = re.sub(r' id="([^"]+)"', lambda it: f' id="{prefix}-{it[1]}"' if it[1] in used else "", text)
    text = re.sub(r'(url\(|href=")#', rf"\1#{prefix}-", text)
    text = re.sub(r' (?:d|x|y)="[^"]+"', lambda it: _LONG_NUMBER.sub(_short, it[0]), text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


_LONG_NUMBER = re.compile(r"-?[0-9]+\.[0-9]{3,}")


def _short(number: re.Match[str]) -> str:
    """To a hundredth of a point, which nobody sees."""
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def inline(text: str) -> str:
    """The picture as an element within HTML: what only stands at a file's beginning is left out."""
    return text[text.index("<svg") :]
