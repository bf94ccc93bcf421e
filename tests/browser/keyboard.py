"""Somebody who uses a page with the Tab key alone."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

_MARK = """() => {
  const style = element => {
    const seen = getComputedStyle(element);
    return ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'backgroundColor', 'borderColor', 'color',
      'stroke', 'strokeWidth', 'textDecorationLine', 'transform', 'clipPath'].map(name => seen[name]).join('|');
  };
  const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]';
  const usable = element => element.tabIndex >= 0 && !element.disabled && element.checkVisibility();
  window.tabbed = {style, elements: [...document.querySelectorAll(wanted)].filter(usable)};
  window.tabbed.before = window.tabbed.elements.map(style);
  document.activeElement?.blur();
  return window.tabbed.elements.length;
}"""
_AT = """() => {
  const element = document.activeElement, place = window.tabbed.elements.indexOf(element);
  const box = element.getBoundingClientRect();
  const inView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const ring = element.matches(':focus-visible') && window.tabbed.style(element) !== window.tabbed.before[place];
  return {place, body: element === document.body, shown: inView && ring};
}"""
_NAME = "place => window.tabbed.elements[place].outerHTML.slice(0, 200)"


@dataclass
class Walk:
    """Where Tab led, in order, and what is wrong with it."""

    places: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def mark_reachable(page: Page) -> int:
    """Note everything that can be used on the page, as it looks without the focus; how much that is."""
    count: int = page.evaluate(_MARK)
    return count


def walk(page: Page) -> Walk:
    """Press Tab until it leaves the page or goes round."""
    count: int = page.evaluate("window.tabbed.elements.length")
    walked = Walk()
    for _ in range(count + 1):
        page.keyboard.press("Tab")
        at = page.evaluate(_AT)
        if at["body"] or at["place"] in walked.places:
            break
        if at["place"] >= 0:
            walked.places.append(at["place"])
            if not at["shown"]:
                walked.faults.append(f"the focus is not seen: {page.evaluate(_NAME, at['place'])}")
    missed = sorted(set(range(count)) - set(walked.places))
    walked.faults += [f"not reached: {page.evaluate(_NAME, place)}" for place in missed]
    return walked
