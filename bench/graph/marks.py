"""The shapes and signs of the kinds of rule, which say in grey what colour says."""

from __future__ import annotations

from .placing import STRIP

ICONS = {
    # a door ajar, with its knob
    "permit": "M-7 9 V-9 H7 V9 M-10 9 H10 M-7 -9 L2 -6 V12 L-7 9 M-1 2 V2.1",
    # a door and an arrow through it
    "oblige": "M1 -9 H9 V9 H1 M-10 0 H4 M0 -4 L4 0 L0 4",
    # no entry
    "forbid": "M0 -9 A9 9 0 1 1 0 9 A9 9 0 1 1 0 -9 M-5 0 H5",
    # struck out
    "disapply": "M0 -9 A9 9 0 1 1 0 9 A9 9 0 1 1 0 -9 M-6.4 6.4 L6.4 -6.4",
    # a list with a tick
    "require": "M-8 -6 L-6 -4 L-3 -8 M1 -6 H9 M-8 1 L-6 3 L-3 -1 M1 1 H9 M-8 8 H-3 M1 8 H9",
    # a word of advice
    "advise": "M-9 -8 H9 V4 H-1 L-5 9 V4 H-9 Z",
}


def outline(effect: str, width: float, height: float) -> str:
    """A kind's shape, with its dark strip on the left."""
    shape = _SHAPES[effect](width, height)
    strip = _SHAPES[effect](min(STRIP, width), height, open_right=True)
    return f'<path class="box" d="{shape}"/><path class="strip" d="{strip}"/>'


def _round(width: float, height: float, *, open_right: bool = False, radius: float = 4.0) -> str:
    right = "" if open_right else f"a{radius:g} {radius:g} 0 0 1 {radius:g} {radius:g}"
    edge = width if open_right else width - radius
    side = f"V{height:g}" if open_right else f"V{height - radius:g}a{radius:g} {radius:g} 0 0 1 -{radius:g} {radius:g}"
    return (
        f"M{radius:g} 0H{edge:g}{right}{side}H{radius:g}a{radius:g} {radius:g} 0 0 1 -{radius:g} -{radius:g}"
        f"V{radius:g}a{radius:g} {radius:g} 0 0 1 {radius:g} -{radius:g}Z"
    )


def _pill(width: float, height: float, *, open_right: bool = False) -> str:
    return _round(width, height, open_right=open_right, radius=min(16.0, height / 2))


def _square(width: float, height: float, *, open_right: bool = False) -> str:
    del open_right
    return f"M0 0H{width:g}V{height:g}H0Z"


def _cut_corners(width: float, height: float, *, open_right: bool = False) -> str:
    """An octagon, as of a stop sign."""
    c = 11.0
    if open_right:
        return f"M{c:g} 0H{width:g}V{height:g}H{c:g}L0 {height - c:g}V{c:g}Z"
    return (
        f"M{c:g} 0H{width - c:g}L{width:g} {c:g}V{height - c:g}L{width - c:g} {height:g}H{c:g}"
        f"L0 {height - c:g}V{c:g}Z"
    )  # fmt: skip


def _pointed(width: float, height: float, *, open_right: bool = False) -> str:
    """A box whose right side points at what it strikes out."""
    if open_right:
        return f"M0 0H{width:g}V{height:g}H0Z"
    return f"M0 0H{width - 12:g}L{width:g} {height / 2:g}L{width - 12:g} {height:g}H0Z"


def _arch(width: float, height: float, *, open_right: bool = False) -> str:
    """A door's arch on the left."""
    radius = min(STRIP / 2, height / 2)
    if open_right:
        return f"M0 {height:g}V{radius:g}A{radius:g} {radius:g} 0 0 1 {radius:g} 0H{width:g}V{height:g}Z"
    return f"M0 {height:g}V{radius:g}A{radius:g} {radius:g} 0 0 1 {radius:g} 0H{width:g}V{height:g}Z"


_SHAPES = {
    "permit": _arch, "oblige": _arch, "forbid": _cut_corners, "disapply": _pointed, "require": _pill, "advise": _square,
}  # fmt: skip
