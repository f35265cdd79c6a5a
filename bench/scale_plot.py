"""Costs against size as a picture, both on logarithmic scales: what grows as fast as the grid is a line parallel to the dotted one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

MARKERS = "osD^v<>pP*hX"


def plot(file: Path, sizes: Sequence[int], times: Mapping[str, Sequence[float]], peaks: Mapping[str, Sequence[float]]) -> None:
    """Write the picture, as SVG: milliseconds and MiB. It is the same for the same numbers."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    matplotlib.rcParams["svg.hashsalt"] = "simulacra"
    figure, panels = pyplot.subplots(1, 2, figsize=(15, 6.5), layout="constrained")
    for panel, costs, unit in zip(panels, (times, peaks), ("milliseconds", "MiB beside the values"), strict=True):
        for (name, values), marker in zip(costs.items(), MARKERS, strict=False):
            panel.plot(sizes, [max(value, 0.1) for value in values], marker=marker, label=name)
        lowest = min(value for values in costs.values() for value in values[:1])
        panel.plot(sizes, [lowest * size / sizes[0] for size in sizes], linestyle=":", color="grey", label="as fast as the grid")
        panel.set_xscale("log")
        panel.set_yscale("log")
        panel.xaxis.set_major_locator(FixedLocator(sizes))
        panel.xaxis.set_minor_locator(NullLocator())
        panel.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:,.0f}"))
        panel.set_xlabel("machines")
        panel.set_ylabel(unit)
        panel.grid(alpha=0.3)
        panel.legend(fontsize="small", loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=2)
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
