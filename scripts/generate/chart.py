"""The chart of figures: how far beyond its target each is, on a scale on which twice and half are equally far."""

from math import log2
from xml.etree import ElementTree as Xml  # nosec B405 - it writes, and parses nothing

from scripts.generate.figures import Goal, goals, kept

ROW, TEXT, BARS, NUMBERS, TOP = 22, 390, 400, 190, 46
LEAST, MOST = 1 / 8, 32.0
REACHED, MISSED, INK, FAINT, PAPER = "#2f7d5d", "#b4452c", "#222222", "#cccccc", "#ffffff"


def page() -> str:
    """Return the chart as SVG."""
    aims = [goal for result in kept().values() for goal in goals(result)]
    width, height = TEXT + BARS + NUMBERS, TOP + ROW * len(aims) + 10
    root = Xml.Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "viewBox": f"0 0 {width} {height}", "role": "img",
        "font-family": "sans-serif", "font-size": "12", "fill": INK,
    })  # fmt: skip
    Xml.SubElement(root, "title").text = "Each figure against its target: right of the line it is reached"
    Xml.SubElement(root, "rect", _box(0, 0, width, height, PAPER))
    for power in range(-3, 6):
        _grid(root, 2.0**power, height)
    for number, goal in enumerate(aims):
        _row(root, goal, TOP + ROW * number)
    Xml.indent(root, " ")
    return Xml.tostring(root, encoding="unicode") + "\n"


def _grid(root: Xml.Element, times: float, height: int) -> None:
    at = _across(times)
    line = {"x1": f"{at:.1f}", "x2": f"{at:.1f}", "y1": str(TOP - 8), "y2": str(height - 6)}
    Xml.SubElement(root, "line", line | {"stroke": INK if times == 1 else FAINT})
    label = "target" if times == 1 else f"{times:g} ×"
    _text(root, label, at, TOP - 14, "middle")


def _row(root: Xml.Element, goal: Goal, top: int) -> None:
    one, end = _across(1.0), _across(goal.times)
    width = max(abs(end - one), 1.5)
    colour = REACHED if goal.reached else MISSED
    Xml.SubElement(root, "rect", _box(min(one, end), top + 4, width, ROW - 8, colour))
    _text(root, f"{goal.bench}: {goal.name.replace('_', ' ')}", TEXT - 10, top + 15, "end")
    sign = "≤" if goal.at_most else "≥"
    _text(root, f"{goal.found:,g} ({sign} {goal.target:,g})", TEXT + BARS + 10, top + 15, "start", colour)


def _across(times: float) -> float:
    share = (log2(min(max(times, LEAST), MOST)) - log2(LEAST)) / (log2(MOST) - log2(LEAST))
    return TEXT + share * BARS


def _box(x: float, y: float, width: float, height: float, fill: str) -> dict[str, str]:
    return {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}", "fill": fill}


def _text(root: Xml.Element, text: str, x: float, y: float, anchor: str, fill: str = INK) -> None:
    at = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": fill}
    Xml.SubElement(root, "text", at).text = text
