"""The table, the file and the picture."""

import json
import math
from pathlib import Path

from .network import CELLS
from .scores import mean

COLUMNS = {  # heading: path and figure
    "echo": ("echo", ""), "record": ("record", ""), "room": ("room", ""), "room, others": ("room", "other_"),
    "spandsp": ("echo", "spandsp_"),
}


def cells(calls: list[dict]) -> dict[str, dict[str, dict]]:
    """cell -> column -> figures with their intervals."""
    result: dict[str, dict[str, dict]] = {}
    for cell in CELLS:
        for heading, (path, prefix) in COLUMNS.items():
            own = [call for call in calls if call["kind"] == "speech" and call["cell"] == cell and call["path"] == path
                   and f"{prefix}pesq" in call]
            if not own:
                continue
            figures: dict = {"calls": len(own)}
            for score in ("pesq", "stoi"):
                value, half = mean([(call["talker"], call[prefix + score]) for call in own])
                figures |= {score: round(value, 4), f"{score}_half": round(half, 4)}
            if heading == "record":
                figures["identical"] = sum(call["differing"] == 0 for call in own) / len(own)
            result.setdefault(cell, {})[heading] = figures
    return result


def differences(calls: list[dict]) -> dict[str, dict[str, dict]]:
    """The same of the first server less the second, call by call."""
    against = {(call["path"], call["cell"], call["talker"], call["seed"]): call for call in calls if call["side"] == "against"}
    pairs = []
    for call in calls:
        other = against.get((call["path"], call["cell"], call["talker"], call["seed"]))
        if call["side"] == "main" and other and call["kind"] == "speech" == other["kind"]:
            pairs.append(call | {name: call[name] - other[name] for name in call
                                 if name.endswith(("pesq", "stoi")) and name in other and not name.startswith("spandsp")})
    return {cell: {name: figures for name, figures in columns.items() if name != "spandsp"} for cell, columns in cells(pairs).items()}


def table(figures: dict[str, dict[str, dict]], signed: bool = False) -> str:
    """PESQ and STOI with half their 95 % interval."""
    headings = [heading for heading in COLUMNS if any(heading in columns for columns in figures.values())]
    width = 25
    if not headings:
        return "no speech was measured"
    last = "" if signed or "record" not in headings else "identical"
    lines = [f"{'':28}" + "".join(f"{heading:<{width}}" for heading in headings) + last,
             f"{'':28}" + "".join(f"{'PESQ       STOI':<{width}}" for _ in headings)]
    sign = "+" if signed else ""
    for cell, columns in figures.items():
        line = f"{cell:28}"
        for heading in headings:
            part, text = columns.get(heading), ""
            if part:
                text = " ".join(f"{part[score]:{sign}.{digits}f} " + ("".ljust(digits + 3) if math.isnan(part[f"{score}_half"]) else
                                                                      f"±{part[f'{score}_half']:.{digits}f}")
                                for score, digits in (("pesq", 2), ("stoi", 3)))
            line += f"{text:<{width}}"
        if not signed and "record" in columns:
            line += f"{columns['record']['identical'] * 100:5.0f} %"
        lines.append(line.rstrip())
    return "\n".join(lines)


def write(path: Path, report: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1, ensure_ascii=False))


def plot(path: Path, figures: dict[str, dict[str, dict]], title: str) -> None:
    import matplotlib
    matplotlib.use("svg")
    import matplotlib.pyplot as pyplot

    names = list(figures)
    headings = [heading for heading in COLUMNS if any(heading in columns for columns in figures.values())]
    figure, panels = pyplot.subplots(2, 1, figsize=(max(6, 0.7 * len(names) + 2), 8), sharex=True)
    for panel, score, label in zip(panels, ("pesq", "stoi"), ("PESQ (MOS-LQO)", "STOI")):
        for number, heading in enumerate(headings):
            own = [(place, figures[name][heading]) for place, name in enumerate(names) if heading in figures[name]]
            panel.errorbar([place + (number - len(headings) / 2 + 0.5) * 0.13 for place, _ in own], [each[score] for _, each in own],
                           yerr=[each[f"{score}_half"] for _, each in own], fmt="x" if heading == "spandsp" else "o", markersize=4,
                           capsize=2, label=heading)
        panel.set_ylabel(label)
        panel.grid(axis="y", alpha=0.3)
    panels[0].set_title(title, fontsize=9)
    panels[0].legend(ncols=len(headings), fontsize=8, loc="lower left")
    panels[1].set_xticks(range(len(names)), names, rotation=45, ha="right", fontsize=8)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    pyplot.close(figure)
